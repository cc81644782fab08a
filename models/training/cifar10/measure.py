"""What the classifier is worth: accuracy on the test pictures, and a threshold for "I am sure"."""
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional as F

from cifar10 import pictures
from cifar10.training import logits

SOFTENED = 2000
PRECISION = 0.97  # wanted among confident answers, on held-out training pictures


@dataclass
class Measured:
    threshold: float
    accuracy: float
    precision: float  # of confident answers on the test pictures
    coverage: float  # share of test pictures with a confident answer
    soft_accuracy: float  # on SOFTENED test pictures of half the detail
    per_class: list


def answers(scores):
    """(best class, its probability) of each row of logits."""
    best = torch.softmax(scores, 1).max(1)
    return best.indices.numpy(), best.values.numpy()


def threshold_of(right, chance, precision=PRECISION):
    """The lowest threshold, in steps of 0.01, from which on confident answers are right often enough."""
    threshold = 0.99
    for step in np.arange(98, 19, -1) / 100.0:
        sure = chance >= step
        if sure.any() and right[sure].mean() < precision:
            break
        threshold = float(step)
    return threshold


def softened(batch):
    """Pictures shrunk to 16 x 16 and back."""
    x = torch.from_numpy(batch).permute(0, 3, 1, 2).float()
    x = F.interpolate(F.avg_pool2d(x, 2), size=(32, 32), mode='bilinear', align_corners=False)
    return x.round().clamp(0, 255).byte().permute(0, 2, 3, 1).numpy()


def of_network(network, data, held):
    x, y = pictures.load(data, 'test')
    best, chance = answers(logits(network, held[0]))
    threshold = threshold_of(best == held[1], chance)
    best, chance = answers(logits(network, x))
    right, sure = best == y, chance >= threshold
    soft, _ = answers(logits(network, softened(x[:SOFTENED])))
    return Measured(threshold, float(right.mean()), float(right[sure].mean()), float(sure.mean()),
                    float((soft == y[:SOFTENED]).mean()), [float(right[y == k].mean()) for k in range(10)])

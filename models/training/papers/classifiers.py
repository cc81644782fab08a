"""The classifiers of the papers: their table, what they are trained on, and what they are worth."""
from dataclasses import dataclass
from typing import Callable

import numpy as np
import torch
from torch.nn import functional as F

from papers import ciphers, measure, networks, pictures


@dataclass(frozen=True)
class Classifier:
    name: str
    paper: str
    summary: str
    pictures: str  # of papers/pictures.py
    network: Callable
    labels: tuple
    threshold: float = 0.5
    optimiser: str = 'Adam'
    rate: float = 2e-3
    batch: int = 48
    shift: int = 0  # the pictures move by up to so many pixels
    flips: str = ''  # of 'x' and 'y': which ways they are mirrored
    light: float = 0.0  # how much brightness and contrast change
    steps: int = 1500
    merge: Callable = staticmethod(lambda labels: labels)


TABLE = {spec.name: spec for spec in [
    Classifier('paper-2-digits', 'P2', 'digits in gray pictures of 28 x 28', 'mnist', networks.digits, tuple('0123456789'),
               threshold=0.8, batch=128, shift=2, steps=3000),
    Classifier('paper-4-encrypted', 'P4', 'encrypted by logistic-chaos, or plain: gray pictures of 128 x 128', 'photos',
               networks.encrypted, ('encrypted', 'plain'), batch=32, flips='xy', light=0.3, steps=600),
    Classifier('paper-1-diagnosis', 'P1', 'normal or pneumonia, from gray X-rays of 200 x 200', 'xray', networks.diagnosis,
               ('NORMAL', 'PNEUMONIA'), shift=12, light=0.15, steps=1500),
    Classifier('paper-3-grade', 'P3', 'diabetic retinopathy of grade 2 and above, or less, from photographs of 224 x 224',
               'fundus', networks.grade, ('grade 0 or 1', 'grade 2 to 4'), shift=10, flips='xy', light=0.2, steps=2000,
               merge=lambda labels: (labels >= 2).astype(np.int64))]}

MEAN, STD = 0.5, 0.25  # of samples in 0..1, all channels


class Task:
    def __init__(self, spec, data):
        self.spec, self.data, self.network = spec, data, spec.network
        self.train, self.labels = self.load('train')
        self.held = self.load('held')

    def load(self, split):
        x, labels = pictures.load(self.data, self.spec.pictures, split)
        if self.spec.pictures == 'photos':  # every picture once as it is and once encrypted
            rng = np.random.default_rng({'train': 1, 'held': 2, 'test': 3}[split])
            keys, half = ciphers.chaos_keys(rng, len(x)), len(x) // 2
            cipher = np.concatenate([ciphers.logistic_chaos(x[:half, 0], keys[:, :half]),
                                     ciphers.logistic_chaos(x[half:, 0], keys[:, half:], single=True)])
            return np.concatenate([cipher[:, None], x]), np.repeat([0, 1], len(x))
        return x, self.spec.merge(labels)

    def changed(self, x, rng):
        """Shifted, mirrored, lightened or darkened."""
        spec, n = self.spec, len(x)
        if spec.shift:
            side = x.shape[2:]
            x = np.pad(x, ((0, 0), (0, 0), (spec.shift,) * 2, (spec.shift,) * 2), mode='edge')
            at = rng.integers(0, 2 * spec.shift + 1, (n, 2))
            x = np.stack([p[:, a:a + side[0], b:b + side[1]] for p, (a, b) in zip(x, at)])
        for axis, letter in ((3, 'x'), (2, 'y')):
            if letter in spec.flips:
                turn = rng.random(n) < 0.5
                x = np.where(turn[:, None, None, None], np.flip(x, axis), x)
        x = normalised(x)
        if spec.light:
            gain, shift = (torch.from_numpy(rng.uniform(-spec.light, spec.light, n).astype(np.float32))[:, None, None, None]
                           for _ in range(2))
            x = x * (1 + gain) + 2 * shift
        return x.contiguous(memory_format=torch.channels_last)

    def loss(self, network, rng, autocast):
        index = rng.integers(0, len(self.train), self.spec.batch)
        x = self.changed(self.train[index], rng)
        with autocast:
            out = network(x)
        return F.cross_entropy(out.float(), torch.from_numpy(self.labels[index]), label_smoothing=0.05)

    def held_out(self, network):
        x, labels = self.held
        found = measure.of_answers(labels, chances(network, x))
        return ', '.join(f'{name} {value:g}' for name, value in found.items())


def normalised(pictures):
    return (measure.unit(pictures) - MEAN) / STD


def chances(network, x):
    """Probabilities [N,classes] for u8 pictures."""
    return torch.softmax(measure.batches(network, x, normalised), 1).numpy()

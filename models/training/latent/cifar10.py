"""CIFAR-10 as latents: pictures enlarged to 128 x 128 and encoded once, a few variants of each, with the answers of the
pixel classifier beside them."""
import os

import numpy as np
import torch
from PIL import Image
from torch.nn import functional as F

from cifar10 import pictures
from cifar10.training import split_train
from common import onnx_run
from common.cache import kept
from common.options import MODELS
from latent.network import Deep
from latent.source import QUALITIES, Source
from latent.teacher import Teacher

SIDE = 128  # of the enlarged pictures
VARIANTS = 3  # of each training picture: as it is, then shifted, mirrored, lighter or darker
SHARE = 0.7  # of the teacher's answers in the loss, the labels have the rest
TEMPERATURE = 2.0
FEATURES_ONLY = 0.2  # of the training, at first: until the features are like the teacher's, its layers had better stay


def enlarged(batch):
    """u8 [N,32,32,3] -> [N,128,128,3]: Pillow's bicubic (a = -0.5), edges repeated."""
    return np.stack([np.asarray(Image.fromarray(p).resize((SIDE, SIDE), Image.BICUBIC)) for p in batch])


def shrunk(batch):
    """u8 [N,128,128,3] -> [N,32,32,3]: Pillow's bilinear, which averages when it shrinks, as cnnclassify does it."""
    return np.stack([np.asarray(Image.fromarray(p).resize((32, 32), Image.BILINEAR)) for p in batch])


def pixel_logits(batch, size=250):
    """What the bundle cifar10 makes of u8 pictures [N,32,32,3]: f32 [N,classes]."""
    with open(os.path.join(MODELS, 'cifar10', 'classifier.onnx'), 'rb') as file:
        graph = file.read()
    return np.concatenate([onnx_run.run(graph, pictures.normalise(batch[i:i + size]).numpy())
                           for i in range(0, len(batch), size)])


def _lit(batch, rng):
    """Contrast and brightness a little changed."""
    gain = rng.uniform(0.85, 1.15, (len(batch), 1, 1, 1)).astype(np.float32)
    shift = rng.uniform(-20, 20, (len(batch), 1, 1, 1)).astype(np.float32)
    return np.clip((batch - 128.0) * gain + 128.0 + shift, 0, 255).round().astype(np.uint8)


class Latents:
    peak, warm_steps = 0.04, 100

    def __init__(self, options, say):
        self.source, self.teacher = Source(), Teacher().to(memory_format=torch.channels_last)
        (x, y), (held_x, self.held_y) = split_train(options.data)
        self.labels = torch.from_numpy(y)
        self.pictures = [x] + [self._variant(x, np.random.default_rng((options.seed, k))) for k in range(1, VARIANTS)]
        where = os.path.join(options.work, f'{options.bundle}-{self.source.identity[:8]}')
        self.latents = []
        for k, some in enumerate(self.pictures):
            say(f'latents of {len(x)} pictures, variant {k + 1} of {VARIANTS}')
            self.latents.append(kept(f'{where}-{options.seed}-{k}.npy', lambda: self._encoded(some)))
        self.held = kept(f'{where}-held.npy', lambda: self._encoded(held_x, exact=True))
        self.held_quality = np.random.default_rng(options.seed).integers(QUALITIES[0], QUALITIES[1] + 1, len(self.held))

    @staticmethod
    def _variant(x, rng):
        """All pictures, changed."""
        padded, parts = pictures.pad(x), []
        for first in range(0, len(x), 500):
            rows = np.arange(first, min(first + 500, len(x)))
            parts.append(_lit(pictures.shifted(padded, rows, rng), rng))
        return np.concatenate(parts)

    def _encoded(self, x, exact=False):
        return np.concatenate([self.source.latents(enlarged(x[i:i + 500]), exact) for i in range(0, len(x), 500)])

    def __len__(self):
        return len(self.labels)

    def spread(self):
        """Root mean square of each channel of the restored latents."""
        y = self.source.restored(self.latents[0][:2000], 35)
        return y.square().mean((0, 2, 3)).sqrt().clamp_min(0.02 * float(y.square().mean().sqrt()))

    def batch(self, indices, rng, progress):
        variant = rng.integers(0, VARIANTS, len(indices))
        y = np.stack([self.latents[k][i] for k, i in zip(variant, indices)])
        x = np.stack([self.pictures[k][i] for k, i in zip(variant, indices)])
        y = self.source.restored(y, rng.integers(QUALITIES[0], QUALITIES[1] + 1, len(y)))
        x = pictures.normalise(x).contiguous(memory_format=torch.channels_last)
        return y, (self.labels[indices], x, progress)

    def loss(self, network, y, target):
        labels, x, progress = target
        with torch.no_grad():
            wanted = self.teacher.features(x)
        found = network.features(y)
        apart = (found.float() - wanted.float()).square().mean() / wanted.float().square().mean()
        if progress < FEATURES_ONLY:
            return apart
        with torch.no_grad():
            answer = torch.softmax(self.teacher.answer(wanted).float() / TEMPERATURE, 1)
        out = network.head(network.deeper(found))[0].float()
        told = F.kl_div(F.log_softmax(out / TEMPERATURE, 1), answer, reduction='batchmean') * TEMPERATURE ** 2
        return (1 - SHARE) * F.cross_entropy(out, labels, label_smoothing=0.1) + SHARE * told + apart

    def held_out(self, network):
        found = logits(network, self.source.restored(self.held, self.held_quality))
        return float((found.argmax(1).numpy() == self.held_y).mean())


@torch.no_grad()
def logits(network, y, size=250):
    """Of restored latents [N,C,h,w]."""
    network.eval()
    return torch.cat([network(y[i:i + size]) for i in range(0, len(y), size)])


def network_of(data):
    network = Deep(data.source.channels, 10)
    network.stem.spread.copy_(data.spread())
    network.borrow(data.teacher)
    return network

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
from common.options import MODELS
from latent.network import Deep
from latent.source import QUALITIES, Source

SIDE = 128  # of the enlarged pictures
VARIANTS = 3  # of each training picture: as it is, then shifted, mirrored, lighter or darker
TEACHER = 'cifar10'
SHARE = 0.5  # of the teacher in the loss
TEMPERATURE = 2.0


def enlarged(batch):
    """u8 [N,32,32,3] -> [N,128,128,3]: Pillow's bicubic (a = -0.5), edges repeated."""
    return np.stack([np.asarray(Image.fromarray(p).resize((SIDE, SIDE), Image.BICUBIC)) for p in batch])


def shrunk(batch):
    """u8 [N,128,128,3] -> [N,32,32,3]: Pillow's bilinear, which averages when it shrinks, as cnnclassify does it."""
    return np.stack([np.asarray(Image.fromarray(p).resize((32, 32), Image.BILINEAR)) for p in batch])


def teacher_logits(batch, bf16=True, size=250):
    """The pixel classifier's f32 [N,classes] of u8 pictures [N,32,32,3]."""
    with open(os.path.join(MODELS, TEACHER, 'classifier.onnx'), 'rb') as file:
        graph = file.read()
    with torch.autocast('cpu', dtype=torch.bfloat16, enabled=bf16):
        return np.concatenate([onnx_run.run(graph, pictures.normalise(batch[i:i + size]).numpy())
                               for i in range(0, len(batch), size)]).astype(np.float32)


def _lit(batch, rng):
    """Contrast and brightness a little changed."""
    gain = rng.uniform(0.85, 1.15, (len(batch), 1, 1, 1)).astype(np.float32)
    shift = rng.uniform(-20, 20, (len(batch), 1, 1, 1)).astype(np.float32)
    return np.clip((batch - 128.0) * gain + 128.0 + shift, 0, 255).round().astype(np.uint8)


def _kept(path, make):
    """The array in a file, mapped; made when it is not there."""
    if not os.path.exists(path):
        np.save(path + '.part.npy', make())
        os.replace(path + '.part.npy', path)
    return np.load(path, mmap_mode='r')


class Latents:
    warm_steps = 150

    def __init__(self, options, say):
        self.source = Source()
        (x, y), (held_x, self.held_y) = split_train(options.data)
        self.labels = torch.from_numpy(y)
        padded = pictures.pad(x)

        def variant(k):
            say(f'latents of {len(x)} pictures, variant {k + 1} of {VARIANTS}')
            rng = np.random.default_rng((options.seed, k))
            parts = []
            for first in range(0, len(x), 500):
                rows = np.arange(first, min(first + 500, len(x)))
                some = x[rows] if k == 0 else _lit(pictures.shifted(padded, rows, rng), rng)
                parts.append(self.source.latents(enlarged(some)))
            return np.concatenate(parts)
        where = os.path.join(options.work, f'{options.bundle}-{self.source.identity[:8]}')
        self.variants = [_kept(f'{where}-{options.seed}-{k}.npy', lambda: variant(k)) for k in range(VARIANTS)]
        self.held = _kept(f'{where}-held.npy', lambda: self.source.latents(enlarged(held_x), exact=True))
        self.held_quality = np.random.default_rng(options.seed).integers(QUALITIES[0], QUALITIES[1] + 1, len(self.held))
        say('answers of the pixel classifier')
        told = _kept(f'{where}-teacher.npy', lambda: teacher_logits(x))
        self.taught = torch.softmax(torch.from_numpy(np.array(told)) / TEMPERATURE, 1)

    def __len__(self):
        return len(self.labels)

    def spread(self):
        """Root mean square of each channel of the restored latents."""
        y = self.source.restored(self.variants[0][:2000], 35)
        return y.square().mean((0, 2, 3)).sqrt().clamp_min(0.02 * float(y.square().mean().sqrt()))

    def batch(self, indices, rng, strength):
        variant = rng.integers(0, VARIANTS, len(indices))
        y = np.stack([self.variants[k][i] for k, i in zip(variant, indices)])
        y = self.source.restored(y, rng.integers(QUALITIES[0], QUALITIES[1] + 1, len(y)))
        rows, columns = rng.integers(-1, 8, len(y)), rng.integers(-1, 8, len(y))
        for k in np.flatnonzero(rng.random(len(y)) < 0.7 * strength):
            y[k, :, max(0, rows[k]):rows[k] + 2, max(0, columns[k]):columns[k] + 2] = 0.0
        return y, (self.labels[indices], self.taught[indices])

    def loss(self, out, target):
        label, taught = target
        told = F.kl_div(F.log_softmax(out / TEMPERATURE, 1), taught, reduction='batchmean') * TEMPERATURE ** 2
        return (1 - SHARE) * F.cross_entropy(out, label, label_smoothing=0.1) + SHARE * told

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
    return network

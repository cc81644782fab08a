"""The coders of the papers: their table, what they are trained on, and what they are worth."""
from dataclasses import dataclass
from typing import Callable

import numpy as np
import torch

from papers import ciphers, damage, measure, networks, pictures

SECRET = b'paper 2, study secret, 32 bytes.'


@dataclass(frozen=True)
class Coder:
    name: str
    paper: str
    reading: str
    summary: str
    pictures: str  # of papers/pictures.py
    network: Callable
    loss: str = 'mse'
    optimiser: str = 'Adam'
    rate: float = 1e-3
    batch: int = 32
    crop: int = 0  # side of the training squares; 0: whole pictures
    steps: int = 4000
    seen: str = 'plain'  # what the encoder gets: plain, masked, or damaged
    wanted: str = 'plain'  # what the decoder gives: plain or masked

    @property
    def key(self):
        return SECRET if 'masked' in (self.seen, self.wanted) else None


def _p1(layers, pools):
    place = 'after the first and the second convolution' if pools == 2 else 'after the first convolution only'
    return Coder(f'paper-1-{layers}layers-{pools}pool{"s" if pools > 1 else ""}', 'P1', f'{layers} layers, pooling {place}',
                 f'X-rays of 200 x 200 as published: {layers} convolutions, {pools} pooling{"s" if pools > 1 else ""}',
                 'xray', lambda: networks.p1(layers, pools), loss='msle', batch=16, crop=64, steps=2500)


def _p2(name, words, picture_set, network, batch, steps):
    readings = {'masked': ('masked', 'masked', 'trained on masked pictures; the receiver unmasks what the decoder gives'),
                'unmasking': ('masked', 'plain', 'encodes masked pictures; the decoder gives them unmasked'),
                'plain': ('plain', 'plain', 'encodes plain pictures; a mask goes over the latent (our remark)')}
    return [Coder(f'paper-2-{name}-{kind}', 'P2', reading, f'{words}, {reading.split(";")[0]}', picture_set, network,
                  batch=batch, steps=steps, seen=seen, wanted=wanted)
            for kind, (seen, wanted, reading) in readings.items()]


TABLE = {spec.name: spec for spec in [
    *_p2('mnist', 'digits of 28 x 28 as 784 bytes', 'mnist', lambda: networks.p2(28, 1, 8, 16), 64, 4000),
    *_p2('cifar10', 'pictures of 32 x 32 as 1024 bytes', 'cifar10', lambda: networks.p2(32, 3, 8, 16), 64, 5000),
    Coder('paper-4-gray', 'P4', 'the encoder first, chaos on its bytes; or chaos alone, on the picture',
          'gray pictures of 128 x 128 as 2048 bytes', 'photos', networks.p4, batch=16, steps=5000),
    Coder('paper-4-chaos', 'P4', 'chaos first, the encoder on what it gives', 'encrypted gray pictures of 128 x 128 as 2048 bytes',
          'photos-encrypted', networks.p4, batch=16, steps=5000),
    _p1(3, 2),
    Coder('paper-3-fundus', 'P3', 'the table of layers, with the dense layers that make the latent a picture',
          'fundus photographs of 224 x 224 as 112 x 112 x 3 floats', 'fundus', networks.p3, optimiser='Adamax', rate=4e-3,
          batch=8, crop=48, steps=3000),
    Coder('paper-5-restore', 'P5', 'no compression; the decoder is the reconstruction network',
          'gray X-rays of 200 x 200, restored after hidden records and lossy coding', 'xray', networks.p5, loss='log mse',
          batch=16, crop=64, steps=16000, seen='damaged'),
    _p1(3, 1), _p1(2, 2), _p1(2, 1)]}

LOSSES = {
    'mse': lambda out, x: ((out - x) ** 2).mean(),
    'msle': lambda out, x: ((torch.log1p(out) - torch.log1p(x)) ** 2).mean(),
    'log mse': lambda out, x: torch.log(((out - x) ** 2).mean((1, 2, 3)) + 1e-6).mean(),  # each picture's dB count alike
}


class Task:
    def __init__(self, spec, data):
        self.spec, self.data, self.network = spec, data, spec.network
        self.train, _ = pictures.load(data, spec.pictures, 'train')
        self.held, _ = pictures.load(data, spec.pictures, 'held')
        self.mask = None
        if spec.key:
            channels, height, width = self.train.shape[1:]
            self.mask = ciphers.mask(spec.key, height, width, channels).transpose(2, 0, 1)
        if spec.seen == 'damaged':  # a few versions of each; a new one for each step would take longer than the step
            rng = np.random.default_rng(5)
            self.versions = np.stack([damage.some(self.train, rng) for _ in range(12)])

    def transformed(self, plain, how):
        return plain ^ self.mask if how == 'masked' else plain

    def batch(self, rng):
        """(what the encoder sees, what the decoder should give), u8."""
        spec = self.spec
        index = rng.integers(0, len(self.train), spec.batch)
        plain = self.train[index]
        if spec.seen == 'damaged':
            plain = np.concatenate([plain, self.versions[rng.integers(0, len(self.versions), spec.batch), index]], 1)
        if spec.crop:
            plain = pictures.crops(plain, spec.crop, rng)
        if spec.pictures not in ('mnist',) and not spec.key and rng.random() < 0.5:
            plain = plain[:, :, :, ::-1]
        if spec.seen == 'damaged':
            return plain[:, 1:], plain[:, :1]
        return self.transformed(plain, spec.seen), self.transformed(plain, spec.wanted)

    def loss(self, network, rng, autocast):
        seen, wanted = self.batch(rng)
        with autocast:
            out = network(measure.unit(seen).contiguous(memory_format=torch.channels_last))
        return LOSSES[self.spec.loss](out.float(), measure.unit(wanted))

    def retrieved(self, network, plain, damaged=None):
        """u8 pictures as the receiver has them."""
        seen = plain if damaged is None else damaged
        out = measure.to_u8(measure.batches(network, self.transformed(seen, self.spec.seen)))
        return self.transformed(out, self.spec.wanted)

    def held_out(self, network):
        damaged = damage.some(self.held, np.random.default_rng(6)) if self.spec.seen == 'damaged' else None
        return f'{measure.psnr(self.held, self.retrieved(network, self.held, damaged)):.2f} dB'

"""Trains an autoencoder with all quality levels at once: loss = lambda * 255^2 * MSE + bits per pixel."""
import os

import numpy as np
import torch

from common import checkpoint, photos
from common.progress import Progress, quiet_torch
from common.schedule import Clock, warm_cosine
from autoencoder import start
from autoencoder.levels import lambda_of, mixed_levels
from autoencoder.network import Codec, macs_per_pixel
from autoencoder.shape import SHAPES

REFERENCE_LAMBDA = 0.0067
SHOWN = (4, 18, 32, 46, 60)  # levels of the held-out report
SPEED = {'log_gain': 2.0, 'log_inverse': 2.0, 'log_scale': 5.0, 'mix': 5.0}  # learning rate, relative


def to_input(pixels):
    """u8 [B,3,H,W] -> float 0..1 in the layout that convolutions like."""
    x = torch.from_numpy(np.ascontiguousarray(pixels)).float().div(255.0)
    return x.contiguous(memory_format=torch.channels_last)


def cost(codec, x, level):
    """(lambda * 255^2 * MSE + bpp, MSE of 0..255, bpp), each [B]."""
    restored, bits = codec(x, level)
    error = ((restored - x) ** 2).mean((1, 2, 3)) * 255.0 ** 2
    bpp = bits.sum((1, 2, 3)) / (x.shape[2] * x.shape[3])
    return lambda_of(level) * error + bpp, error, bpp


def optimiser_of(codec, peak):
    groups = {}
    for name, parameter in codec.named_parameters():
        groups.setdefault(SPEED.get(name, 1.0), []).append(parameter)
    return torch.optim.Adam([{'params': p, 'speed': s} for s, p in groups.items()], lr=peak, betas=(0.9, 0.99))


class Trainer:
    def __init__(self, options):
        quiet_torch(options.threads)
        checkpoint.seed_everything(options.seed)
        os.makedirs(options.work, exist_ok=True)
        self.options = options
        self.path = os.path.join(options.work, f'{options.bundle}.pt')
        self.progress = Progress(os.path.join(options.work, f'{options.bundle}.log'))
        self.clock = Clock(options.steps, options.minutes)
        self.shape = SHAPES[options.bundle]
        self.codec = Codec(self.shape)
        state = None if options.restart else checkpoint.load(self.path)
        if not state:
            self._begin()
        self.codec = self.codec.to(memory_format=torch.channels_last)
        self.optimiser = optimiser_of(self.codec, options.rate)
        self.ema = checkpoint.Ema(self.codec, 0.9993)
        if state:
            self._resume(state)

    def _begin(self):
        crops = photos.Crops(photos.training(self.options.data), 256)
        rng = np.random.default_rng(self.options.seed)
        if self.options.init:
            begin = start.from_bundle if os.path.isdir(self.options.init) else start.from_prototype
            begin(self.codec, self.options.init, to_input(crops.batch(96, rng)))
        else:
            patches = [crops.one(rng)[:, y:y + 16, x:x + 16] for _ in range(500)
                       for y, x in rng.integers(0, 240, (24, 2))]
            start.from_pca(self.codec, torch.from_numpy(np.stack(patches)).float() / 255.0)

    def _resume(self, state):
        self.codec.load_state_dict(state['codec'])
        self.optimiser.load_state_dict(state['optimiser'])
        self.ema.restore(state['ema'])
        self.clock.restore(state['clock'])
        self.progress.say(f'resumed at step {self.clock.step}')

    def save(self):
        checkpoint.save(self.path, {'codec': self.codec.state_dict(), 'optimiser': self.optimiser.state_dict(),
                                    'ema': self.ema.state(), 'clock': self.clock.state()})

    def step(self, crops):
        options = self.options
        rng = np.random.default_rng((options.seed, self.clock.step))
        rate = warm_cosine(self.clock.progress(), self.clock.step, options.rate, 300)
        for group in self.optimiser.param_groups:
            group['lr'] = rate * group['speed']
        x = to_input(crops.batch(options.batch, rng))
        level = mixed_levels(options.batch, rng)
        with torch.autocast('cpu', dtype=torch.bfloat16, enabled=options.bf16):
            loss, _, _ = cost(self.codec, x, level)
        # without this the finest levels would own the gradient
        loss = (loss * (REFERENCE_LAMBDA / lambda_of(level)) ** 0.5).mean()
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.codec.parameters(), 3.0)
        self.optimiser.step()
        self.ema.update(self.codec)
        self.clock.step += 1
        return float(loss.detach())

    def averaged(self):
        codec = Codec(self.shape)
        codec.load_state_dict(self.ema.mean)
        return codec.eval()

    @torch.no_grad()
    def held_out_report(self):
        """Loss of the averaged network on the middle of each held-out picture."""
        codec = self.averaged().to(memory_format=torch.channels_last)
        sums = np.zeros((len(SHOWN), 3))
        files = photos.held_out(self.options.data)
        for path in files:
            picture = photos.load(path)
            y, x = (picture.shape[0] - 256) // 2, (picture.shape[1] - 256) // 2
            pixels = to_input(picture[None, y:y + 256, x:x + 256].transpose(0, 3, 1, 2))
            for k, level in enumerate(SHOWN):
                with torch.autocast('cpu', dtype=torch.bfloat16, enabled=self.options.bf16):
                    values = cost(codec, pixels, torch.tensor([float(level)]))
                sums[k] += [float(v) for v in values]
        rows = ' | '.join(f'q{q} {j:.4f} = {10 * np.log10(65025 / e):.2f} dB {r:.3f} bpp'
                          for q, (j, e, r) in zip(SHOWN, sums / len(files)))
        self.progress.report(self.clock, 'held out: ' + rows)

    def run(self):
        if self.clock.progress() >= 1.0:
            return self.averaged()
        crops = photos.Crops(photos.training(self.options.data), self.options.crop)
        self.progress.say(f'{len(crops.pictures)} pictures; {macs_per_pixel(self.codec.encoder):.0f} and '
                          f'{macs_per_pixel(self.codec.decoder):.0f} MAC a pixel')
        self.held_out_report()
        loss = 0.0
        while self.clock.progress() < 1.0:
            value = self.step(crops)
            loss = value if loss == 0.0 else 0.995 * loss + 0.005 * value
            if self.progress.due():
                self.progress.report(self.clock, f'loss {loss:.4f}')
            if self.clock.step % 1000 == 0:
                self.save()
            if self.clock.step % 3000 == 0:
                self.held_out_report()
        self.save()
        self.held_out_report()
        return self.averaged()

"""Trains an autoencoder with all quality levels at once (loss.py)."""
import os

import numpy as np
import torch

from common import bundle, checkpoint, noise
from common.photos import Crops
from common.progress import Progress, quiet_torch
from common.schedule import Clock, warm_cosine
from common.stop import Stop
from autoencoder import loss, native, start
from autoencoder.levels import lambda_of, mixed_levels
from autoencoder.network import Codec, macs_per_pixel
from autoencoder.shape import SHAPES, STRIDE
from autoencoder.sources import SOURCES

REFERENCE_LAMBDA = 0.0067
SHOWN = (4, 18, 32, 46, 60)  # levels of the held-out report
KEPT = ('init', 'rate', 'emphasis', 'batch', 'crop', 'seed')  # options that stay what they were when a training began
SPEED = {'log_gain': 2.0, 'log_inverse': 2.0, 'log_scale': 5.0, 'mix': 5.0}  # learning rate, relative


def entropy_of(q):
    """Bits of a position [B,C,h,w], each channel with its own empirical table."""
    values = q.permute(1, 0, 2, 3).flatten(1).clamp(-40, 40).long() + 40
    counts = torch.zeros(len(values), 81).scatter_add_(1, values, torch.ones(values.shape))
    share = counts / values.shape[1]
    return float(-(share * torch.log2(share.clamp_min(1e-12))).sum())


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
        self.source = SOURCES[self.shape.source]
        self.codec = Codec(self.shape)
        self.origin = None  # the latent space that these weights started in
        state = checkpoint.earlier(self.path, options, self.progress.say)
        if not state:
            self._begin()
        self.optimiser = optimiser_of(self.codec, options.rate)
        self.ema = checkpoint.Ema(self.codec, 0.9993)
        if state:
            self._resume(state)

    def _begin(self):
        crops = Crops(self.source.training(self.options.data), 256)
        rng = np.random.default_rng(self.options.seed)
        if self.options.init:
            self.origin = bundle.identity(self.options.init)[:8]
            start.from_bundle(self.codec, self.options.init, loss.to_input(crops.batch(96, rng)))
        else:
            patches = [crops.one(rng)[:, y:y + 16, x:x + 16] for _ in range(500)
                       for y, x in rng.integers(0, 240, (24, 2))]
            start.from_pca(self.codec, torch.from_numpy(np.stack(patches)).float() / 255.0)

    def _resume(self, state):
        try:
            self.codec.load_state_dict(state['codec'])
        except RuntimeError:
            raise SystemExit(f'{self.path}: of another shape than {self.shape.name}; --restart begins anew') from None
        self.optimiser.load_state_dict(state['optimiser'])
        self.ema.restore(state['ema'])
        self.clock.restore(state['clock'])
        self.origin = state.get('origin')
        self.progress.say(f'resumed at step {self.clock.step}')

    def save(self):
        checkpoint.save(self.path, {'codec': self.codec.state_dict(), 'optimiser': self.optimiser.state_dict(),
                                    'ema': self.ema.state(), 'clock': self.clock.state(), 'origin': self.origin,
                                    'options': {name: getattr(self.options, name) for name in KEPT}})

    def step(self, crops):
        options = self.options
        rng = np.random.default_rng((options.seed, self.clock.step))
        rate = warm_cosine(self.clock.progress(), self.clock.step, options.rate, 300)
        for group in self.optimiser.param_groups:
            group['lr'] = rate * group['speed']
        pixels = crops.batch(options.batch, rng)
        level = mixed_levels(options.batch, rng)
        seen = noise.some(pixels, rng) if self.shape.denoises else pixels
        cost, _, _ = self.cost(pixels, seen, level)
        # without this the finest levels would own the gradient
        value = (cost * (REFERENCE_LAMBDA / lambda_of(level)) ** 0.5).mean()
        self.optimiser.zero_grad(set_to_none=True)
        value.backward()
        torch.nn.utils.clip_grad_norm_(self.codec.parameters(), 3.0)
        self.optimiser.step()
        self.ema.update(self.codec)
        self.clock.step += 1
        return float(value.detach())

    def cost(self, pixels, seen, level):
        b, _, h, w = pixels.shape
        rounding = torch.rand(b, h // STRIDE, w // STRIDE, self.shape.latent) - 0.5
        if self.fast:
            return native.cost(self.codec, pixels, seen, level, rounding, self.options.emphasis)
        return loss.plain_cost(self.codec, pixels, seen, level, rounding, self.options.emphasis, self.options.bf16)

    def averaged(self):
        codec = Codec(self.shape)
        codec.load_state_dict(self.ema.mean)
        return codec.eval()

    @torch.no_grad()
    def held_out_report(self):
        """The averaged network on the middle of each held-out picture, in really rounded latents: lambda * 255^2 * MSE +
        the entropy of each channel by itself, as if it had one table of its own."""
        codec = self.averaged().to(memory_format=torch.channels_last)
        pixels = []
        for picture in self.source.held_out(self.options.data):
            y, x = (picture.shape[0] - 256) // 2, (picture.shape[1] - 256) // 2
            pixels.append(picture[y:y + 256, x:x + 256].transpose(2, 0, 1))
        pixels = loss.to_input(np.stack(pixels))
        latent = codec.encoder(pixels)
        total, row = 0.0, []
        for level in SHOWN:
            at = torch.tensor([float(level)])
            q = (latent * codec.gain(at)[:, :, None, None]).round()
            error = float((codec.restore(q, at) - pixels).square().mean((1, 2, 3)).mul(255.0 ** 2).mean())
            bpp = entropy_of(q) / 256
            cost = float(lambda_of(level)) * error + bpp
            total += np.log(cost) / len(SHOWN)
            row.append(f'q{level} {cost:.4f} = {10 * np.log10(65025 / error):.2f} dB {bpp:.3f} bpp')
        self.progress.report(self.clock, f'held out {100 * total:.2f}: ' + ' | '.join(row))

    def run(self):
        if self.clock.progress() >= 1.0:
            return self.averaged()
        self.fast = self.options.bf16 and native.available(self.progress.say)
        crops = Crops(self.source.training(self.options.data), self.options.crop)
        self.progress.say(f'{len(crops.pictures)} pictures; {macs_per_pixel(self.codec.encoder):.0f} and '
                          f'{macs_per_pixel(self.codec.decoder):.0f} MAC a pixel')
        self.held_out_report()
        mean = 0.0
        with Stop() as stop:
            while self.clock.progress() < 1.0:
                value = self.step(crops)
                mean = value if mean == 0.0 else 0.995 * mean + 0.005 * value
                if self.progress.due():
                    self.progress.report(self.clock, f'loss {mean:.4f}')
                if stop.asked:
                    self.save()
                    raise SystemExit(f'stopped and saved at step {self.clock.step}; the same command goes on')
                if self.clock.step % 1000 == 0:
                    self.save()
                if self.clock.step % 3000 == 0:
                    self.held_out_report()
        self.save()
        self.held_out_report()
        return self.averaged()

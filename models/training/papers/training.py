"""Trains a coder or a classifier of the papers: any optimiser, cosine, running mean of the weights, resumable."""
import os

import numpy as np
import torch

from common import checkpoint
from common.progress import Progress, quiet_torch
from common.schedule import Clock, warm_cosine
from common.stop import Stop


class Trainer:
    """`spec` has name, optimiser and rate; `task` has network(), loss(network, rng, autocast) and held_out(network)."""

    def __init__(self, options, spec, task):
        quiet_torch(options.threads)
        checkpoint.seed_everything(options.seed)
        os.makedirs(options.work, exist_ok=True)
        self.options, self.spec, self.task = options, spec, task
        self.path = os.path.join(options.work, f'{spec.name}.pt')
        self.progress = Progress(os.path.join(options.work, f'{spec.name}.log'))
        state = checkpoint.earlier(self.path, options, self.progress.say)
        self.clock = Clock(options.steps, options.minutes)
        self.network = task.network().to(memory_format=torch.channels_last)
        self.optimiser = getattr(torch.optim, spec.optimiser)(self.network.parameters(), lr=spec.rate)
        self.ema = checkpoint.Ema(self.network, 0.995)
        if state:
            checkpoint.resume_training(self.path, state, self.network, self.optimiser, self.ema, self.clock,
                                       self.progress.say)

    def save(self):
        checkpoint.save_training(self.path, self.options.seed, self.network, self.optimiser, self.ema, self.clock)

    def step(self):
        for group in self.optimiser.param_groups:
            group['lr'] = warm_cosine(self.clock.progress(), self.clock.step, self.spec.rate, 50)
        rng = np.random.default_rng((self.options.seed, self.clock.step))
        self.network.train()
        loss = self.task.loss(self.network, rng, torch.autocast('cpu', dtype=torch.bfloat16, enabled=self.options.bf16))
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        self.optimiser.step()
        self.ema.update(self.network)
        self.clock.step += 1
        return float(loss.detach())

    def averaged(self):
        network = self.task.network()
        network.load_state_dict(self.ema.mean)
        return network.eval()

    def run(self):
        """The trained network."""
        loss, saved = None, self.clock.seconds()
        with Stop() as stop:
            while self.clock.progress() < 1.0:
                value = self.step()
                loss = value if loss is None else 0.98 * loss + 0.02 * value
                if self.progress.due():
                    self.progress.report(self.clock, f'loss {loss:.5f}')
                if stop.asked:
                    self.save()
                    raise SystemExit(f'stopped and saved at step {self.clock.step}; the same command goes on')
                if self.clock.seconds() - saved > 60:
                    self.save()
                    saved = self.clock.seconds()
        self.save()
        network = self.averaged()
        self.progress.say(f'{self.clock.step} steps in {self.clock.seconds() / 60:.1f} minutes; held out: '
                          f'{self.task.held_out(network)}')
        return network

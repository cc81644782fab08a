"""Trains a classifier: SGD, warm cosine, running mean of the weights, batches that depend on seed and step only."""
import copy
import os

import numpy as np
import torch

from common import checkpoint
from common.progress import Progress, quiet_torch
from common.schedule import Clock, warm_cosine
from common.stop import Stop

BATCH = 128
DECAY = 5e-4


def strength_at(progress):
    """Of what makes examples harder: the last part of a training sees them as they are used."""
    return min(1.0, 4.0 * (1.0 - progress))


def optimiser_of(network, peak):
    plain = [p for p in network.parameters() if p.ndim == 1]
    decayed = [p for p in network.parameters() if p.ndim > 1]
    groups = [{'params': decayed, 'weight_decay': DECAY}, {'params': plain, 'weight_decay': 0.0}]
    return torch.optim.SGD(groups, lr=peak, momentum=0.9, nesterov=True)


class Trainer:
    """`network_of(data)` makes the network. `data` says what is learnt:

        len(data)                            examples
        data.peak, data.warm_steps           learning rate, and how many steps lead to it
        data.batch(indices, rng, progress)   (input, target); progress 0..1 of the training
        data.loss(network, x, target)        a number
        data.held_out(network)               accuracy on examples that are not among them
    """

    def __init__(self, options, network_of, data_of):
        quiet_torch(options.threads)
        checkpoint.seed_everything(options.seed)
        os.makedirs(options.work, exist_ok=True)
        self.path = os.path.join(options.work, f'{options.bundle}.pt')
        self.progress = Progress(os.path.join(options.work, f'{options.bundle}.log'))
        state = checkpoint.earlier(self.path, options, self.progress.say)
        self.data = data_of(options, self.progress.say)
        self.per_epoch = len(self.data) // BATCH
        self.clock = Clock(options.epochs * self.per_epoch, options.minutes)
        self.network = network_of(self.data).to(memory_format=torch.channels_last)
        self.optimiser = optimiser_of(self.network, self.data.peak)
        self.ema = checkpoint.Ema(self.network, 0.998)
        self.seed = options.seed
        self.bf16 = options.bf16
        if state:
            checkpoint.resume_training(self.path, state, self.network, self.optimiser, self.ema, self.clock,
                                       self.progress.say)

    def save(self):
        checkpoint.save_training(self.path, self.seed, self.network, self.optimiser, self.ema, self.clock)

    def epochs(self):
        return round(self.clock.step / self.per_epoch)

    def batch(self):
        """The examples of the current step: the order of an epoch depends on seed and epoch only."""
        epoch, place = divmod(self.clock.step, self.per_epoch)
        order = np.random.default_rng((self.seed, epoch)).permutation(len(self.data))
        rng = np.random.default_rng((self.seed, epoch, place))
        x, target = self.data.batch(order[place * BATCH:(place + 1) * BATCH], rng, self.clock.progress())
        return x.contiguous(memory_format=torch.channels_last), target

    def step(self):
        rate = warm_cosine(self.clock.progress(), self.clock.step, self.data.peak, self.data.warm_steps, floor=0.002)
        for group in self.optimiser.param_groups:
            group['lr'] = rate
        x, target = self.batch()
        self.network.train()
        with torch.autocast('cpu', dtype=torch.bfloat16, enabled=self.bf16):
            loss = self.data.loss(self.network, x, target)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        self.optimiser.step()
        self.ema.update(self.network)
        self.clock.step += 1
        return float(loss.detach())

    def averaged(self):
        network = copy.deepcopy(self.network)
        network.load_state_dict(self.ema.mean)
        return network.eval()

    def run(self):
        self.progress.say(f'{len(self.data)} examples, {self.per_epoch} steps an epoch')
        loss = 0.0
        with Stop() as stop:
            while self.clock.progress() < 1.0:
                value = self.step()
                loss = value if loss == 0.0 else 0.98 * loss + 0.02 * value
                if self.progress.due():
                    self.progress.report(self.clock, f'loss {loss:.3f}')
                if stop.asked:
                    self.save()
                    raise SystemExit(f'stopped and saved at step {self.clock.step}; the same command goes on')
                if self.clock.step % self.per_epoch == 0:
                    self.save()
                if self.clock.step % (2 * self.per_epoch) == 0:
                    held = self.data.held_out(self.averaged())
                    self.progress.report(self.clock, f'epoch {self.epochs()} held-out {100 * held:.2f} %')
        self.save()
        return self.averaged()

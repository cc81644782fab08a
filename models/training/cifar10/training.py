"""Trains the CIFAR-10 classifier: SGD, warm cosine, label smoothing, running mean of the weights."""
import os

import numpy as np
import torch
from torch.nn import functional as F

from cifar10 import pictures
from cifar10.network import Network, macs
from common import checkpoint
from common.progress import Progress, quiet_torch
from common.schedule import Clock, warm_cosine
from common.stop import Stop

HELD_OUT = 1500  # last training pictures, for the threshold only
BATCH = 128
PEAK = 0.12
DECAY = 5e-4


def split_train(data):
    """(train pictures, labels), (held-out pictures, labels)."""
    x, y = pictures.load(data, 'train')
    return (x[:-HELD_OUT], y[:-HELD_OUT]), (x[-HELD_OUT:], y[-HELD_OUT:])


@torch.no_grad()
def logits(network, batch, size=250):
    network.eval()
    return torch.cat([network(pictures.normalise(batch[i:i + size])) for i in range(0, len(batch), size)])


def accuracy(network, batch, labels):
    return float((logits(network, batch).argmax(1).numpy() == labels).mean())


def optimiser_of(network):
    plain = [p for p in network.parameters() if p.ndim == 1]
    decayed = [p for p in network.parameters() if p.ndim > 1]
    groups = [{'params': decayed, 'weight_decay': DECAY}, {'params': plain, 'weight_decay': 0.0}]
    return torch.optim.SGD(groups, lr=PEAK, momentum=0.9, nesterov=True)


class Trainer:
    def __init__(self, options):
        quiet_torch(options.threads)
        checkpoint.seed_everything(options.seed)
        os.makedirs(options.work, exist_ok=True)
        self.path = os.path.join(options.work, 'cifar10.pt')
        self.progress = Progress(os.path.join(options.work, 'cifar10.log'))
        state = checkpoint.earlier(self.path, options, self.progress.say)
        (self.x, self.y), self.held = split_train(options.data)
        self.padded = pictures.pad(self.x)
        self.per_epoch = len(self.x) // BATCH
        self.clock = Clock(options.epochs * self.per_epoch, options.minutes)
        self.network = Network().to(memory_format=torch.channels_last)
        self.optimiser = optimiser_of(self.network)
        self.ema = checkpoint.Ema(self.network, 0.998)
        self.seed = options.seed
        self.bf16 = options.bf16
        if state:
            self._resume(state)

    def _resume(self, state):
        self.network.load_state_dict(state['network'])
        self.optimiser.load_state_dict(state['optimiser'])
        self.ema.restore(state['ema'])
        self.clock.restore(state['clock'])
        self.progress.say(f'resumed at step {self.clock.step}')

    def save(self):
        checkpoint.save(self.path, {'network': self.network.state_dict(), 'optimiser': self.optimiser.state_dict(),
                                    'ema': self.ema.state(), 'clock': self.clock.state(),
                                    'options': {'seed': self.seed}})

    def batch(self):
        """The pictures of the current step: the order of an epoch depends on seed and epoch only."""
        epoch, place = divmod(self.clock.step, self.per_epoch)
        order = np.random.default_rng((self.seed, epoch)).permutation(len(self.x))
        rng = np.random.default_rng((self.seed, epoch, place))
        indices = order[place * BATCH:(place + 1) * BATCH]
        x = pictures.normalise(pictures.shifted(self.padded, indices, rng))
        # the last part sees the pictures as they are used
        strength = min(1.0, 4.0 * (1.0 - self.clock.progress()))
        x = pictures.camera_like(x, rng, strength)
        return x.contiguous(memory_format=torch.channels_last), torch.from_numpy(self.y[indices])

    def step(self):
        rate = warm_cosine(self.clock.progress(), self.clock.step, PEAK, 2 * self.per_epoch, floor=0.002)
        for group in self.optimiser.param_groups:
            group['lr'] = rate
        x, y = self.batch()
        self.network.train()
        with torch.autocast('cpu', dtype=torch.bfloat16, enabled=self.bf16):
            out = self.network(x)
        loss = F.cross_entropy(out.float(), y, label_smoothing=0.1)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        self.optimiser.step()
        self.ema.update(self.network)
        self.clock.step += 1
        return float(loss.detach())

    def averaged(self):
        network = Network()
        network.load_state_dict(self.ema.mean)
        return network.eval()

    def run(self):
        self.progress.say(f'{len(self.x)} pictures, {macs() / 1e6:.1f} MMAC, {self.per_epoch} steps an epoch')
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
                if self.clock.step % (2 * self.per_epoch) == 0:
                    held = accuracy(self.averaged(), *self.held)
                    epoch = self.clock.step // self.per_epoch
                    self.progress.report(self.clock, f'epoch {epoch} held-out {100 * held:.2f} %')
                    self.save()
        self.save()
        return self.averaged()

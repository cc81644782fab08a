"""Checkpoints that survive a kill at any moment, and the running mean of the weights."""
import os
import random

import numpy as np
import torch


def save(path, state):
    """Writes beside the target and renames, so that the file at `path` is always whole."""
    state = dict(state, random=random.getstate(), numpy=np.random.get_state(), torch=torch.get_rng_state())
    beside = f'{path}.part'
    torch.save(state, beside)
    os.replace(beside, path)


def load(path):
    """State of an earlier run with the random generators set back, or None where there is none."""
    if not os.path.exists(path):
        return None
    options = {'weights_only': False} if torch.__version__ >= '2.4' else {}
    state = torch.load(path, map_location='cpu', **options)
    random.setstate(state['random'])
    np.random.set_state(state['numpy'])
    torch.set_rng_state(state['torch'])
    return state


def earlier(path, options, say):
    """State of the training that `options` go on with, or None where they begin one. What it was begun with
    (state['options']) goes into `options`."""
    state = None if options.restart else load(path)
    if options.bundle_only and not state:
        raise SystemExit(f'{path}: no checkpoint, which --bundle-only writes the bundle from; train without it first')
    # before 2026-11-28 there was none in a checkpoint: then this command line is believed
    for name, value in (state or {}).get('options', {}).items():
        if getattr(options, name) != value:
            say(f'--{name} stays {value}, as when this training began; --restart begins another')
            setattr(options, name, value)
    return state


def save_training(path, seed, network, optimiser, ema, clock):
    save(path, {'network': network.state_dict(), 'optimiser': optimiser.state_dict(), 'ema': ema.state(),
                'clock': clock.state(), 'options': {'seed': seed}})


def resume_training(path, state, network, optimiser, ema, clock, say):
    """Puts back what save_training() kept."""
    try:
        network.load_state_dict(state['network'])
    except RuntimeError:
        raise SystemExit(f'{path}: of another network than this training\'s; --restart begins anew') from None
    optimiser.load_state_dict(state['optimiser'])
    ema.restore(state['ema'])
    clock.restore(state['clock'])
    say(f'resumed at step {clock.step}')


def seed_everything(seed):
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


class Ema:
    """Exponential mean of a module's floating-point state (weights and batch statistics)."""

    def __init__(self, module, decay):
        self.decay = decay
        self.steps = 0
        self.mean = {k: v.detach().clone() for k, v in module.state_dict().items()}

    @torch.no_grad()
    def update(self, module):
        self.steps += 1
        decay = min(self.decay, self.steps / (self.steps + 10.0))
        for name, value in module.state_dict().items():
            if value.is_floating_point():
                self.mean[name].lerp_(value, 1.0 - decay)
            else:
                self.mean[name].copy_(value)

    def state(self):
        return {'steps': self.steps, 'mean': self.mean}

    def restore(self, state):
        self.steps, self.mean = state['steps'], state['mean']

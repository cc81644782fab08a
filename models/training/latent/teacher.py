"""The pixel classifier cifar10 as it was exported, batch norms folded: it teaches, and lends its deeper layers."""
import os

import torch
from torch import nn
from torch.nn import functional as F

from autoencoder.start import constants
from cifar10.network import WIDTHS
from common.options import MODELS


def conv(inputs, outputs, stride=1):
    return nn.Conv2d(inputs, outputs, 3, stride, 1)


class PlainBlock(nn.Module):
    """A residual block without norms."""

    def __init__(self, width):
        super().__init__()
        self.first, self.second = conv(width, width), conv(width, width)

    def forward(self, x):
        return F.relu(x + self.second(F.relu(self.first(x))))


class Deeper(nn.Module):
    """What follows the features at half of the sides: twice, half the size, double the width, one block."""

    def __init__(self):
        super().__init__()
        self.downs = nn.ModuleList(conv(a, b, 2) for a, b in zip(WIDTHS[1:], WIDTHS[2:]))
        self.blocks = nn.ModuleList(PlainBlock(w) for w in WIDTHS[2:])

    def forward(self, x):
        for down, block in zip(self.downs, self.blocks):
            x = block(F.relu(down(x)))
        return x


class Teacher(nn.Module):
    """Normalised RGB [B,3,32,32]; one look, without the mirror image."""

    def __init__(self, folder=os.path.join(MODELS, 'cifar10')):
        super().__init__()
        self.stem, self.down, self.block = conv(3, WIDTHS[0]), conv(WIDTHS[0], WIDTHS[1], 2), PlainBlock(WIDTHS[1])
        self.deeper = Deeper()
        named = constants(os.path.join(folder, 'classifier.onnx'))
        self.head = nn.Linear(WIDTHS[-1], len(named['head.bias']))
        renamed = {'down0': 'down', 'block0': 'block', 'down1': 'deeper.downs.0', 'block1': 'deeper.blocks.0',
                   'down2': 'deeper.downs.1', 'block2': 'deeper.blocks.1'}
        state = {}
        for name, values in named.items():
            first, _, rest = name.partition('.')
            state[f'{renamed.get(first, first)}.{rest}'] = values
        state['head.weight'] *= 2.0  # of both looks, which were added
        self.load_state_dict({k: v for k, v in state.items() if not k.startswith('mirror')})
        self.requires_grad_(False).eval()

    def features(self, x):
        """[B,64,16,16]."""
        return self.block(F.relu(self.down(F.relu(self.stem(x)))))

    def forward(self, x):
        return self.answer(self.features(x))

    def answer(self, features):
        return self.head(self.deeper(features).mean((2, 3)))

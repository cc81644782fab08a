"""Two classifiers for a few hundred pictures: one of pixels, and one of latents that makes the features of the first at
1/8 of the picture's sides and goes on as it does."""
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from cifar10.network import Block, ConvNorm
from latent.network import Head, Stem

WIDTHS = (16, 32, 64)
SPLIT_WIDTH = 48  # of latents at twice their positions
CLASSES = 2


class Deeper(nn.Module):
    """What follows the features: half the sides, one block, the evidence. Dropout of whole channels."""

    def __init__(self):
        super().__init__()
        self.dropout = nn.Dropout2d(0.3)
        self.block = Block(WIDTHS[-1])
        self.head = Head(WIDTHS[-1], CLASSES)

    def forward(self, x):
        return self.head(self.dropout(self.block(self.dropout(F.max_pool2d(x, 2)))))


class _Classifier(nn.Module):
    """features(x) [B,64,h/8,w/8] of its own, and what follows them."""

    def evidence(self, x):
        return self.deeper(self.features(x))

    def forward(self, x):
        return self.evidence(x)[0]


class PixelClassifier(_Classifier):
    def __init__(self):
        super().__init__()
        self.first = ConvNorm(3, WIDTHS[0], stride=2)
        self.convs = nn.ModuleList(ConvNorm(a, b) for a, b in zip(WIDTHS, WIDTHS[1:]))
        self.deeper = Deeper()

    def features(self, x):
        x = F.relu(self.first(x))
        for conv in self.convs:
            x = F.relu(conv(F.max_pool2d(x, 2)))
        return x


class LatentClassifier(_Classifier):
    def __init__(self, inputs):
        super().__init__()
        self.stem = Stem(inputs, SPLIT_WIDTH, split=2)
        self.fine = ConvNorm(SPLIT_WIDTH, WIDTHS[-1])
        self.deeper = Deeper()

    def features(self, y):
        return F.relu(self.fine(self.stem(y)))


def to_input(some):
    """u8 [N,H,W], [N,H,W,1] or [N,H,W,3] -> [N,3,H,W] in -2..2, channels last; gray as RGB."""
    n, h, w = some.shape[:3]
    rgb = np.broadcast_to(some.reshape(n, h, w, -1), (n, h, w, 3))
    return torch.from_numpy(rgb.astype(np.float32)).mul_(4.0 / 255.0).sub_(2.0).permute(0, 3, 1, 2)

"""The pixel classifier beside which latents are measured: another stem on the same small network."""
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from autoencoder.shape import PATCH
from cifar10.network import ConvNorm
from latent.network import Small

WIDTH = 32


class PixelStem(nn.Module):
    """Squares of 8 x 8 pixels [B,192,2h,2w], as a codec begins with them, to WIDTH channels at 1/16."""

    def __init__(self):
        super().__init__()
        self.patch = nn.Conv2d(3 * PATCH * PATCH, WIDTH, 1, bias=False)
        self.norm = nn.BatchNorm2d(WIDTH)
        self.down = ConvNorm(WIDTH, WIDTH, stride=2)

    def forward(self, x):
        return F.relu(self.down(F.relu(self.norm(self.patch(x)))))


def pixel_classifier():
    return Small(PixelStem(), 2, WIDTH)


def squares(pictures):
    """u8 [N,H,W], [N,H,W,1] or [N,H,W,3] -> [N,H/8,W/8,192]; gray as RGB."""
    n, h, w = pictures.shape[:3]
    parts = np.broadcast_to(pictures.reshape(n, h, w, -1), (n, h, w, 3)).reshape(n, h // PATCH, PATCH, w // PATCH, PATCH, 3)
    return np.ascontiguousarray(parts.transpose(0, 1, 3, 2, 4, 5)).reshape(n, h // PATCH, w // PATCH, -1)


def to_input(some):
    """Squares, u8 [N,h,w,192] -> [N,192,h,w] in -2..2, channels last."""
    return torch.from_numpy(some).float().mul_(4.0 / 255.0).sub_(2.0).permute(0, 3, 1, 2)

"""The pixel classifier beside which latents are measured: another stem on the same small network."""
import torch
from torch import nn
from torch.nn import functional as F

from autoencoder.shape import PATCH
from cifar10.network import ConvNorm
from latent.network import Small

WIDTH = 32


class PixelStem(nn.Module):
    """RGB 0..1 [B,3,16h,16w] to WIDTH channels at 1/16: squares of 8 x 8, as the codec begins, then stride 2."""

    def __init__(self):
        super().__init__()
        self.patch = nn.Conv2d(3 * PATCH * PATCH, WIDTH, 1, bias=False)
        self.norm = nn.BatchNorm2d(WIDTH)
        self.down = ConvNorm(WIDTH, WIDTH, stride=2)

    def forward(self, x):
        x = F.pixel_unshuffle((x - 0.5) * 4.0, PATCH)
        return F.relu(self.down(F.relu(self.norm(self.patch(x)))))


def pixel_classifier():
    return Small(PixelStem(), 2, WIDTH)


def to_input(pictures):
    """u8 [N,H,W,3] -> [N,3,H,W] in 0..1."""
    return torch.from_numpy(pictures).permute(0, 3, 1, 2).float().div(255.0)

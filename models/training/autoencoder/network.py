"""The autoencoder: convolutions at 1/8 and at 1/16 of the picture's sides, latents at 1/16.

The block is x + conv1x1(act(conv1x1(dw3x3(x)))).
"""
import torch
from torch import nn
from torch.nn import functional as F

from autoencoder.levels import ANCHORS, at_level
from autoencoder.shape import PATCH, STRIDE

LOGISTICS = 3
SLOPE = 0.1
# pixels 0..1 enter as (x - SHIFT) * SCALE and leave as x / SCALE + SHIFT
SHIFT, SCALE = 0.5, 4.0


class Block(nn.Module):
    """Residual branch at zero at the start, so that an untrained network is linear."""

    def __init__(self, width, hidden):
        super().__init__()
        self.depth = nn.Conv2d(width, width, 3, padding=1, groups=width)
        self.widen = nn.Conv2d(width, hidden, 1)
        self.narrow = nn.Conv2d(hidden, width, 1)
        nn.init.zeros_(self.narrow.weight)
        nn.init.zeros_(self.narrow.bias)

    def forward(self, x):
        return x + self.narrow(F.leaky_relu(self.widen(self.depth(x)), SLOPE))


def blocks(count, width, hidden):
    return nn.Sequential(*[Block(width, hidden) for _ in range(count)])


class Encoder(nn.Module):
    """Picture 0..1 [B,3 or 1,16h,16w] -> latent before gain [B,C,h,w]."""

    def __init__(self, shape):
        super().__init__()
        self.patch = nn.Conv2d(shape.channels * PATCH * PATCH, shape.fine, 1)
        self.fine = blocks(shape.encoder_fine, shape.fine, shape.fine_hidden)
        self.down = nn.Conv2d(shape.fine, shape.latent, 2, stride=2)
        self.coarse = blocks(shape.encoder_coarse, shape.latent, shape.latent_hidden)

    def features(self, x):
        """What `down` reads, [B,fine,2h,2w]."""
        return self.fine(self.patch(F.pixel_unshuffle((x - SHIFT) * SCALE, PATCH)))

    def forward(self, x):
        return self.coarse(self.down(self.features(x)))


class Decoder(nn.Module):
    """Dequantised latent [B,C,h,w] -> picture about 0..1."""

    def __init__(self, shape):
        super().__init__()
        self.coarse = blocks(shape.decoder_coarse, shape.latent, shape.latent_hidden)
        self.up = nn.Conv2d(shape.latent, 4 * shape.fine, 1)
        self.fine = blocks(shape.decoder_fine, shape.fine, shape.fine_hidden)
        self.patch = nn.Conv2d(shape.fine, shape.channels * PATCH * PATCH, 1)

    def forward(self, y):
        x = self.fine(F.pixel_shuffle(self.up(self.coarse(y)), 2))
        return F.pixel_shuffle(self.patch(x), PATCH) / SCALE + SHIFT


class Codec(nn.Module):
    """Both sides, the gains, and the prior that stands for the entropy coder during training."""

    def __init__(self, shape):
        super().__init__()
        self.shape = shape
        self.encoder = Encoder(shape)
        self.decoder = Decoder(shape)
        self.log_gain = nn.Parameter(torch.zeros(ANCHORS, shape.latent))
        self.log_inverse = nn.Parameter(torch.zeros(ANCHORS, shape.latent))
        # zero-mean logistics per channel: log scale and mixing logits
        self.log_scale = nn.Parameter(torch.zeros(ANCHORS, shape.latent, LOGISTICS))
        self.mix = nn.Parameter(torch.zeros(ANCHORS, shape.latent, LOGISTICS))

    def gain(self, level):
        return at_level(self.log_gain, level).exp()

    def inverse_gain(self, level):
        return at_level(self.log_inverse, level).exp()

    def scaled(self, x, level):
        """Latent times gain, in f32: what is rounded."""
        return self.encoder(x).float() * self.gain(level)[:, :, None, None]

    def restore(self, q, level):
        y = q * self.inverse_gain(level)[:, :, None, None]
        return self.decoder(y.contiguous(memory_format=torch.channels_last)).float()

    def bits(self, value, level):
        """-log2 of the probability of the unit bin around each value, [B,C,h,w]."""
        mix = torch.softmax(at_level(self.mix, level), -1)
        steep = torch.exp(-at_level(self.log_scale, level))
        size = value.abs()
        chance = 0.0
        for k in range(LOGISTICS):
            s = steep[:, :, k, None, None]
            upper, lower = torch.sigmoid((0.5 - size) * s), torch.sigmoid((-0.5 - size) * s)
            chance = chance + mix[:, :, k, None, None] * (upper - lower)
        return -torch.log2(chance.clamp_min(1e-9))


def macs_per_pixel(side):
    """Multiply-adds for one pixel of an Encoder or a Decoder."""
    step = {'patch': PATCH, 'fine': PATCH, 'down': STRIDE, 'coarse': STRIDE, 'up': STRIDE}
    total = 0.0
    for name, module in side.named_modules():
        if isinstance(module, nn.Conv2d):
            total += module.weight.numel() / step[name.split('.')[0]] ** 2
    return total

"""What training minimises: lambda * 255^2 * weighted squared error + bits a pixel, and what both engines share of it."""
import torch
from torch.nn import functional as F

from autoencoder.levels import lambda_of
from autoencoder.shape import PATCH

FLOOR = 40.0  # of the variance, in squared units of 8 bits
DEAD = 0.05  # a latent rounds to zero below 0.5 + this: the encoder drops what is not worth its bits


def weight_of(pixels, emphasis):
    """Weights [B,H/8,W/8] of mean 1 for u8 pixels [B,3,H,W]: local variance to the power of -emphasis. An eye and MS-SSIM
    see less where there is much, and the mean of decibels counts smooth pictures as much as busy ones. 0: plain error."""
    gray = torch.from_numpy(pixels).float().mean(1)
    b, h, w = gray.shape
    blocks = gray.view(b, h // PATCH, PATCH, w // PATCH, PATCH).permute(0, 1, 3, 2, 4).flatten(3)
    variance = F.avg_pool2d(blocks.var(-1, unbiased=False)[:, None], 3, 1, 1, count_include_pad=False)[:, 0]
    weight = (variance + FLOOR).pow(-emphasis)
    return weight / weight.mean()


def rounded(scaled):
    """Integers, with the gradient of the real values."""
    whole = torch.where(scaled.abs() < 0.5 + DEAD, torch.zeros(()), scaled.round())
    return scaled + (whole - scaled).detach()


def total(level, square, weight, bits, pixels):
    """(loss, MSE of 0..255, bpp), each [B].  square: [B,H/8,W/8] of 0..1; bits [B]."""
    error = (square * weight).mean((1, 2)) * 255.0 ** 2
    bpp = bits / pixels
    return lambda_of(level) * error + bpp, error, bpp


def plain_cost(codec, pixels, seen, level, noise, emphasis, bf16):
    """The slow twin of native.cost: u8 pixels [B,3,H,W] that are wanted, those that the encoder sees, levels [B], noise
    [B,h,w,C] in -0.5..0.5."""
    x = to_input(pixels)
    with torch.autocast('cpu', dtype=torch.bfloat16, enabled=bf16):
        scaled = codec.scaled(to_input(seen), level)
        bits = codec.bits(scaled + noise.permute(0, 3, 1, 2), level).sum((1, 2, 3))
        restored = codec.restore(rounded(scaled), level)
    square = F.avg_pool2d((restored - x).square().mean(1), PATCH)
    return total(level, square, weight_of(pixels, emphasis), bits, pixels.shape[2] * pixels.shape[3])


def to_input(pixels):
    """u8 [B,3,H,W] -> float 0..1 in the layout that convolutions like."""
    x = torch.from_numpy(pixels).float().div(255.0)
    return x.contiguous(memory_format=torch.channels_last)

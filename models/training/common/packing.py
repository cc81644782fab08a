"""Weights in 8 bits: for each output channel whole numbers of -127..127 and a step."""
import torch
from torch import nn


def packed(weight):
    """(int8 of the same shape, f32 step [outputs]) of a weight [outputs, ...]."""
    step = weight.detach().flatten(1).abs().amax(1).clamp_min(1e-12) / 127
    shape = (-1,) + (1,) * (weight.ndim - 1)
    return (weight.detach() / step.view(shape)).round().clamp(-127, 127).to(torch.int8), step


def unpacked(whole, step):
    return whole.float() * step.view((-1,) + (1,) * (whole.ndim - 1))


@torch.no_grad()
def round_weights(module):
    """The weights of all convolutions become what they are once packed; depthwise ones stay."""
    for conv in module.modules():
        if isinstance(conv, nn.Conv2d) and conv.groups == 1:
            conv.weight.copy_(unpacked(*packed(conv.weight)))

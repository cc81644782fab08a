"""Classifiers of latents. Their logits are means over positions of the evidence that each position gives for each
class, so that any size can be classified and the evidence is a map of where an answer comes from."""
import torch
from torch import nn
from torch.nn import functional as F

from cifar10.network import WIDTHS, ConvNorm
from latent.teacher import Deeper


class Stem(nn.Module):
    """1x1 convolution of latents brought to similar spreads; with `split` 2 to four times the positions."""

    def __init__(self, inputs, outputs, split=1):
        super().__init__()
        self.register_buffer('spread', torch.ones(inputs))
        self.conv = nn.Conv2d(inputs, outputs * split * split, 1, bias=False)
        self.norm = nn.BatchNorm2d(outputs * split * split)
        self.split = split

    def forward(self, y):
        x = self.norm(self.conv(y / self.spread[:, None, None]))
        return F.relu(F.pixel_shuffle(x, self.split) if self.split > 1 else x)


class Head(nn.Module):
    """Evidence a position [B,classes,h,w], and the logits, its mean. One position of the input may stand for `spread` x
    `spread` of the evidence."""

    def __init__(self, inputs, classes, spread=1):
        super().__init__()
        self.conv = nn.Conv2d(inputs, classes, 1)
        self.spread = spread

    def forward(self, x):
        evidence = self.conv(x)
        return evidence.mean((2, 3)), F.interpolate(evidence, scale_factor=self.spread) if self.spread > 1 else evidence


class Deep(nn.Module):
    """For many classes and much data. At half the latents' stride it makes the features of a pixel classifier, whose
    deeper layers then go on, to positions of twice the latents' stride."""

    def __init__(self, inputs, classes):
        super().__init__()
        self.stem = Stem(inputs, WIDTHS[1], split=2)
        self.fine = ConvNorm(WIDTHS[1], WIDTHS[1])
        self.deeper = Deeper()
        self.head = Head(WIDTHS[-1], classes, spread=2)

    def features(self, y):
        return F.relu(self.fine(self.stem(y)))

    def evidence(self, y):
        return self.head(self.deeper(self.features(y)))

    def forward(self, y):
        return self.evidence(y)[0]

    def borrow(self, teacher):
        """The deeper layers of a Teacher."""
        self.deeper.load_state_dict(teacher.deeper.state_dict())
        with torch.no_grad():
            self.head.conv.weight.copy_(teacher.head.weight[:, :, None, None])
            self.head.conv.bias.copy_(teacher.head.bias)


@torch.no_grad()
def macs(network, *input_shape):
    """Multiply-adds of the convolutions for one input."""
    total = 0

    def count(conv, _, out):
        nonlocal total
        total += conv.weight.numel() * out.shape[2] * out.shape[3]
    hooks = [m.register_forward_hook(count) for m in network.modules() if isinstance(m, nn.Conv2d)]
    was_training = network.training
    network.eval()(torch.zeros(1, *input_shape))
    network.train(was_training)
    for hook in hooks:
        hook.remove()
    return total

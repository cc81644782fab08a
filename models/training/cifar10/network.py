"""The classifier: a small residual network on 32 x 32 RGB, about 72 MMAC."""
from torch import nn
from torch.nn import functional as F

MEAN = (0.4914, 0.4822, 0.4465)
STD = (0.2470, 0.2435, 0.2616)
WIDTHS = (32, 64, 128, 256)


class ConvNorm(nn.Module):
    def __init__(self, inputs, outputs, stride=1):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.norm = nn.BatchNorm2d(outputs)

    def forward(self, x):
        return self.norm(self.conv(x))


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.first = ConvNorm(width, width)
        self.second = ConvNorm(width, width)
        nn.init.zeros_(self.second.norm.weight)  # starts as the identity

    def forward(self, x):
        return F.relu(x + self.second(F.relu(self.first(x))))


class Network(nn.Module):
    """Stem at 32 x 32, then three times: halve the size, double the width, one residual block."""

    def __init__(self, classes=10):
        super().__init__()
        self.stem = ConvNorm(3, WIDTHS[0])
        self.downs = nn.ModuleList(ConvNorm(a, b, stride=2) for a, b in zip(WIDTHS, WIDTHS[1:]))
        self.blocks = nn.ModuleList(Block(w) for w in WIDTHS[1:])
        self.head = nn.Linear(WIDTHS[-1], classes)

    def forward(self, x):
        x = F.relu(self.stem(x))
        for down, block in zip(self.downs, self.blocks):
            x = block(F.relu(down(x)))
        return self.head(x.mean((2, 3)))


def macs(size=32):
    """Multiply-adds of one picture."""
    total, area = 9 * 3 * WIDTHS[0] * size * size, size * size
    for a, b in zip(WIDTHS, WIDTHS[1:]):
        area //= 4
        total += 9 * area * (a * b + 2 * b * b)
    return total + WIDTHS[-1] * 10

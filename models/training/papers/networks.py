"""The networks of the five papers, layer by layer as papers.md restates them."""
import torch
from torch import nn

from common.sequential import Residual, Spread


def conv(inputs, outputs, size=3, stride=1):
    return nn.Conv2d(inputs, outputs, size, stride, size // 2)


def relus(*layers):
    """A relu after each convolution and dense layer."""
    out = []
    for layer in layers:
        out += [layer, nn.ReLU()] if isinstance(layer, (nn.Conv2d, nn.Linear)) else [layer]
    return out


def normed(inputs, outputs, size=3, stride=1):
    """Of classifiers: convolution, batch norm, relu."""
    return [nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()]


class Coder(nn.Module):
    """encoder, rounding to bytes where there is a step, decoder."""

    def __init__(self, encoder, decoder, step=None):
        super().__init__()
        self.encoder, self.decoder, self.step = nn.Sequential(*encoder), nn.Sequential(*decoder), step
        for layer in self.modules():
            if isinstance(layer, (nn.Conv2d, nn.Linear)):
                nn.init.kaiming_normal_(layer.weight, nonlinearity='relu')
                nn.init.constant_(layer.bias, 0.01)

    def latent(self, x):
        y = self.encoder(x).float()
        if self.step:
            y = y.clamp(max=255 * self.step)
            y = y + (self.to_bytes(y) * self.step - y).detach()  # the gradient passes as if nothing were rounded
        return y

    def to_bytes(self, y):
        return (y / self.step).round().clamp(0, 255)

    def forward(self, x):
        return self.decoder(self.latent(x)).float()


def p1(layers, pools, nodes=(32, 64, 128), activation=nn.ReLU):
    """Two or three convolutions, one or two poolings."""
    a, b, c = nodes
    pool, up = ([nn.MaxPool2d(2)], [nn.Upsample(scale_factor=2)]) if pools == 2 else ([], [])
    encoder = [conv(1, a), activation(), nn.MaxPool2d(2), conv(a, b), activation(), *pool]
    decoder = [conv(b, a), activation(), *up, conv(a, 1), nn.Sigmoid()]
    if layers == 3:
        encoder += [conv(b, c), activation()]
        decoder = [conv(c, c), activation(), nn.Upsample(scale_factor=2), conv(c, b), activation(), *up, conv(b, 1),
                   nn.Sigmoid()]
    else:
        decoder = [conv(b, b), activation(), nn.Upsample(scale_factor=2), *decoder]
    return Coder(encoder, decoder)


def p2(side, channels, narrow, latent_channels):
    """Convolutions and dense layers; `narrow` channels at a quarter of the side lie between them."""
    small = side // 4
    inner, latent = narrow * small * small, latent_channels * small * small
    encoder = relus(conv(channels, 32), nn.MaxPool2d(2), conv(32, narrow), nn.MaxPool2d(2), nn.Flatten(),
                    nn.Linear(inner, latent))
    decoder = relus(nn.Flatten(), nn.Linear(latent, inner), nn.Unflatten(1, (narrow, small, small)), conv(narrow, 64),
                    nn.Upsample(scale_factor=2), conv(64, 32), nn.Upsample(scale_factor=2))
    return Coder([*encoder, nn.Unflatten(1, (latent_channels, small, small))],
                 [*decoder, conv(32, channels), nn.Sigmoid()], step=1 / 64)


def p3():
    def spread(inputs, outputs):
        return Spread(inputs, outputs, 3, 1, 1)
    encoder = relus(conv(3, 64), nn.MaxPool2d(2), conv(64, 64), conv(64, 32), nn.Conv2d(32, 3, 1))
    decoder = relus(nn.Conv2d(3, 3, 1), spread(3, 32), nn.Upsample(scale_factor=2), spread(32, 64), spread(64, 64))
    coder = Coder(encoder, [*decoder, spread(64, 3), nn.Sigmoid()])
    for layer in (encoder[-2], decoder[0]):  # three channels only: none may begin silent
        nn.init.constant_(layer.bias, 0.3)
    return coder


def _cosines(count, side=8):
    """The first basis pictures of the cosine transform, [count,1,side,side], low frequencies first."""
    at = torch.arange(side)
    lines = torch.stack([torch.cos((2 * at + 1) * k * torch.pi / (2 * side)) * (2 / side) ** 0.5 for k in range(side)])
    lines[0] /= 2 ** 0.5
    order = sorted(((u, v) for u in range(side) for v in range(side)), key=lambda at: (sum(at), abs(at[0] - at[1])))
    return torch.stack([torch.outer(lines[u], lines[v]) for u, v in order[:count]])[:, None]


def p4():
    """128 x 128 to 16 x 16 x 8. Begins as the low frequencies of 8 x 8 blocks, since nothing about the start is published."""
    refine, smooth = relus(conv(8, 64), conv(64, 64)), relus(conv(1, 16), conv(16, 16))
    coder = Coder([nn.Conv2d(1, 8, 16, 8, 4), nn.ReLU()],
                  [Residual(*refine, conv(64, 8)), conv(8, 64), nn.PixelShuffle(8), Residual(*smooth, conv(16, 1))], step=1 / 64)
    first, (inner, last, _, outer) = coder.encoder[0], coder.decoder
    scale = 0.4 / torch.tensor([2.0, 0.5, 0.5, 0.25, 0.3, 0.3, 0.2, 0.2])  # of the deviations of photographs
    basis, mean = _cosines(8), torch.tensor([4.0] + 7 * [0.0])
    with torch.no_grad():
        for layer in (first, last):
            layer.weight.mul_(0.01)
        for layer in (inner[-1], outer[-1]):
            layer.weight.mul_(0.01)
            layer.bias.zero_()
        first.weight[:, :, 4:12, 4:12] = basis * scale[:, None, None, None]
        first.bias[:] = 2 - mean * scale
        back = basis.flatten(1).T / scale
        last.weight[:, :, 1, 1] = back
        last.bias[:] = basis.flatten(1).T @ mean - back.sum(1) * 2
    return coder


def p5():
    """The picture as it is, and a network that restores it: at half the side, where twice as much is in view."""
    layers = relus(nn.Conv2d(1, 48, 4, 2, 1), *(conv(48, 48) for _ in range(5)))
    coder = Coder([nn.Identity()], [Residual(*layers, conv(48, 4), nn.PixelShuffle(2))])
    with torch.no_grad():
        coder.decoder[0][-2].weight.mul_(0.01)
        coder.decoder[0][-2].bias.zero_()
    coder.step = 1 / 255
    return coder


def diagnosis():
    """Two convolutions."""
    return nn.Sequential(*normed(1, 16, 5, 2), nn.MaxPool2d(4), *normed(16, 32, 5), nn.MaxPool2d(5), nn.Flatten(),
                         nn.Dropout(0.3), nn.Linear(32 * 5 * 5, 2))


def digits():
    return nn.Sequential(*normed(1, 16), *normed(16, 16), nn.MaxPool2d(2), *normed(16, 32), *normed(32, 32), nn.MaxPool2d(2),
                         nn.Flatten(), nn.Dropout(0.3), nn.Linear(32 * 7 * 7, 10))


def grade():
    return nn.Sequential(*normed(3, 16, 5, 2), nn.MaxPool2d(2), *normed(16, 32), nn.MaxPool2d(2), *normed(32, 64),
                         nn.MaxPool2d(2), *normed(64, 64), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 2))


def encrypted():
    return nn.Sequential(*normed(1, 8, 3, 2), nn.MaxPool2d(2), *normed(8, 16), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
                         nn.Linear(16, 2))

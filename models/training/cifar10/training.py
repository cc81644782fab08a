"""What the CIFAR-10 classifier learns from: training pictures, changed as cameras would, with smoothed labels."""
import torch
from torch.nn import functional as F

from cifar10 import pictures
from cifar10.network import Network
from common import supervised

HELD_OUT = 1500  # last training pictures, for the threshold only


def split_train(data):
    """(train pictures, labels), (held-out pictures, labels)."""
    x, y = pictures.load(data, 'train')
    return (x[:-HELD_OUT], y[:-HELD_OUT]), (x[-HELD_OUT:], y[-HELD_OUT:])


@torch.no_grad()
def logits(network, batch, size=250):
    network.eval()
    return torch.cat([network(pictures.normalise(batch[i:i + size])) for i in range(0, len(batch), size)])


class Pictures:
    peak = 0.12

    def __init__(self, options, say):
        (self.x, self.y), self.held = split_train(options.data)
        self.padded = pictures.pad(self.x)

    def __len__(self):
        return len(self.x)

    @property
    def warm_steps(self):
        return 2 * (len(self) // supervised.BATCH)

    def batch(self, indices, rng, progress):
        x = pictures.normalise(pictures.shifted(self.padded, indices, rng))
        return pictures.camera_like(x, rng, supervised.strength_at(progress)), torch.from_numpy(self.y[indices])

    def loss(self, network, x, target):
        return F.cross_entropy(network(x).float(), target, label_smoothing=0.1)

    def held_out(self, network):
        x, y = self.held
        return float((logits(network, x).argmax(1).numpy() == y).mean())


def trainer(options):
    return supervised.Trainer(options, lambda data: Network(), Pictures)

"""CIFAR-10 from the shared sheets, and the changes that make it look like camera frames."""
import glob
import os

import numpy as np
import torch
from PIL import Image
from torch.nn import functional as F

from cifar10.network import MEAN, STD

PAD = 4


def load(data, split):
    """Pictures [N,32,32,3] u8 and labels [N]; sheets are 25 rows x 40 columns in reading order."""
    folder = os.path.join(data, 'cifar10')
    sheets = sorted(glob.glob(os.path.join(folder, f'{split}_*')))
    if not sheets:
        raise SystemExit(f'no CIFAR-10 sheets "{split}_*" in {folder}: set --data to the folder of the data sets')
    parts = []
    for sheet in sheets:
        pixels = np.asarray(Image.open(sheet).convert('RGB')).reshape(25, 32, 40, 32, 3)
        parts.append(pixels.swapaxes(1, 2).reshape(1000, 32, 32, 3))
    labels = np.load(os.path.join(folder, 'labels.npz'))
    return np.concatenate(parts), labels[split].astype(np.int64)


def names(data):
    return [str(n) for n in np.load(os.path.join(data, 'cifar10', 'labels.npz'))['names']]


def normalise(batch):
    """[N,32,32,3] u8 -> [N,3,32,32] float as the network expects it."""
    x = torch.from_numpy(np.ascontiguousarray(batch)).permute(0, 3, 1, 2).float().div(255.0)
    return (x - torch.tensor(MEAN)[:, None, None]) / torch.tensor(STD)[:, None, None]


def pad(pictures):
    return np.pad(pictures, ((0, 0), (PAD, PAD), (PAD, PAD), (0, 0)), mode='reflect')


def shifted(padded, indices, rng):
    """Random 32 x 32 windows of padded pictures, half of them mirrored."""
    out = np.empty((len(indices), 32, 32, 3), np.uint8)
    offsets = rng.integers(0, 2 * PAD + 1, (len(indices), 2))
    mirror = rng.random(len(indices)) < 0.5
    for k, i in enumerate(indices):
        y, x = offsets[k]
        window = padded[i, y:y + 32, x:x + 32]
        out[k] = window[:, ::-1] if mirror[k] else window
    return out


def _soften(x):
    """Half the detail gone, as in a small object of a larger frame."""
    small = F.avg_pool2d(x, 2)
    return F.interpolate(small, size=x.shape[2:], mode='bilinear', align_corners=False)


def camera_like(x, rng, strength):
    """Blur, light, contrast, noise and one hidden square, each on a part of the batch. x is normalised."""
    n = len(x)
    soft = torch.from_numpy((rng.random(n) < 0.25 * strength).astype(np.float32))[:, None, None, None]
    share = torch.from_numpy(rng.uniform(0.3, 1.0, n).astype(np.float32))[:, None, None, None] * soft
    x = x + share * (_soften(x) - x)
    gain = torch.from_numpy(rng.uniform(1 - 0.25 * strength, 1 + 0.25 * strength, n).astype(np.float32))
    shift = torch.from_numpy(rng.uniform(-0.25 * strength, 0.25 * strength, (n, 3)).astype(np.float32))
    x = x * gain[:, None, None, None] + shift[:, :, None, None]
    noisy = torch.from_numpy((rng.random(n) < 0.2 * strength).astype(np.float32))[:, None, None, None]
    x = x + 0.08 * noisy * torch.randn_like(x)
    ys, xs = rng.integers(-4, 32, n), rng.integers(-4, 32, n)
    for k in np.flatnonzero(rng.random(n) < 0.7 * strength):
        x[k, :, max(0, ys[k]):ys[k] + 9, max(0, xs[k]):xs[k] + 9] = 0.0
    return x

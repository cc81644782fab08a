"""The pictures of the papers: u8 [N,C,H,W] of a split of a data set."""
import functools
import glob
import gzip
import os

import numpy as np
from PIL import Image

from cifar10 import pictures as cifar10
from common import photos
from papers import ciphers

HELD_OUT = {'mnist': 2000, 'cifar10': 1000, 'xray': 40, 'fundus': 36, 'photos': 96,
            'photos-encrypted': 96}  # of the training pictures


def _sheets(data, name, split, count):
    """Tiles of 256 x 256 of sheets of 8 rows x 10 columns."""
    files = sorted(glob.glob(os.path.join(data, name, f'{split}_*')))
    if not files:
        raise SystemExit(f'no sheets "{split}_*" in {data}/{name}: set --data to the folder of the data sets')
    tiles = []
    for file in files:
        sheet = np.asarray(Image.open(file))
        sheet = sheet.reshape(8, 256, 10, 256, *sheet.shape[2:])
        tiles.append(sheet.swapaxes(1, 2).reshape(80, 256, 256, *sheet.shape[4:]))
    return np.concatenate(tiles)[:count]


def resized(pictures, side):
    return np.stack([np.asarray(Image.fromarray(p).resize((side, side), Image.LANCZOS)) for p in pictures])


def _medical(data, name, split, side):
    labels = np.load(os.path.join(data, name, 'labels.npz'))[f'y_{split}'].astype(np.int64)
    return resized(_sheets(data, name, split, len(labels)), side), labels


def _mnist(data, split):
    kind = {'train': 'train', 'test': 't10k'}[split]
    with gzip.open(os.path.join(data, 'mnist', f'{kind}-images-idx3-ubyte.gz')) as file:
        x = np.frombuffer(file.read(), np.uint8, offset=16).reshape(-1, 28, 28)
    with gzip.open(os.path.join(data, 'mnist', f'{kind}-labels-idx1-ubyte.gz')) as file:
        y = np.frombuffer(file.read(), np.uint8, offset=8)
    return x, y.astype(np.int64)


def _gray_squares(files, count, rng):
    """Gray squares of 128 x 128: random windows of the files, shrunk."""
    out = []
    for k in range(count):
        picture = Image.open(files[k % len(files)]).convert('L')
        side = int(rng.uniform(min(128, *picture.size), min(picture.size) + 1))
        x, y = (int(rng.integers(0, whole - side + 1)) for whole in picture.size)
        out.append(np.asarray(picture.resize((128, 128), Image.LANCZOS, (x, y, x + side, y + side))))
    return np.stack(out)


def _photos(data, split):
    rng = np.random.default_rng(7)
    if split == 'test':
        files = sorted(glob.glob(os.path.join(data, 'kodak', '*.png')))
        x = np.stack([np.asarray(_centre(Image.open(f).convert('L')).resize((128, 128), Image.LANCZOS)) for f in files])
    else:  # the last HELD_OUT are windows of photographs that no other window is of
        x = np.concatenate([_gray_squares(photos.training(data), 1200, rng),
                            _gray_squares(photos.held_out(data), HELD_OUT['photos'], rng)])
    return x, np.zeros(len(x), np.int64)


def _encrypted(data, split):
    """Each under keys of its own."""
    x, labels = _whole(data, 'photos', split)
    return ciphers.logistic_chaos(x, ciphers.chaos_keys(np.random.default_rng({'train': 4, 'test': 5}[split]), len(x))), labels


def _centre(picture):
    side = min(picture.size)
    x, y = ((whole - side) // 2 for whole in picture.size)
    return picture.crop((x, y, x + side, y + side))


LOADERS = {'mnist': _mnist, 'cifar10': cifar10.load, 'photos': _photos, 'photos-encrypted': _encrypted,
           'xray': lambda data, split: _medical(data, 'xray', split, 200),
           'fundus': lambda data, split: _medical(data, 'fundus', split, 224)}


@functools.lru_cache(maxsize=2)
def _whole(data, name, split):
    return LOADERS[name](data, split)


def load(data, name, split):
    """u8 [N,C,H,W] and labels [N] of 'train', 'held' (the last of the training pictures, for choices) or 'test'."""
    x, y = _whole(data, name, 'test' if split == 'test' else 'train')
    x = np.ascontiguousarray(x[:, None] if x.ndim == 3 else x.transpose(0, 3, 1, 2))
    if split == 'test':
        return x, y
    held = np.zeros(len(x), bool)
    if name in ('xray', 'fundus'):  # these lie sorted by class
        held[::len(x) // HELD_OUT[name]] = True
    else:
        held[-HELD_OUT[name]:] = True
    return (x[held], y[held]) if split == 'held' else (x[~held], y[~held])


_PHOTOS = ('photographs of several research sets (BSDS500: non-commercial research and education; others under Creative '
           'Commons or free licences)')
SETS = {  # what cards say of them: the test pictures, and the terms
    'mnist': ('MNIST', 'MNIST (LeCun, Cortes and Burges), licence commonly stated as CC BY-SA 3.0'),
    'cifar10': ('CIFAR-10', 'CIFAR-10 (A. Krizhevsky, 2009), which states no formal licence: free for research with citation'),
    'photos': ('Kodak, the middle shrunk to 128 x 128, gray', _PHOTOS),
    'photos-encrypted': ('the same of Kodak, encrypted by logistic-chaos', _PHOTOS),
    'xray': ('X-rays', 'chest X-rays of children (Kermany et al. 2018), CC BY 4.0'),
    'fundus': ('fundus photographs', 'fundus photographs of the EyePACS set (Kaggle, Diabetic Retinopathy Detection, 2015), '
               'released for research under the rules of the competition'),
}


def crops(pictures, side, rng):
    """One random square of each picture."""
    height, width = pictures.shape[2:]
    ys, xs = rng.integers(0, height - side + 1, len(pictures)), rng.integers(0, width - side + 1, len(pictures))
    return np.stack([p[:, y:y + side, x:x + side] for p, y, x in zip(pictures, ys, xs)])

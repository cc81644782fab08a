"""Medical pictures from the shared sheets, folds of them, and changes that leave the answer what it is."""
import glob
import os

import numpy as np
from PIL import Image

from medical.tasks import SIDE, Task

ROWS, COLUMNS = 8, 10  # of a sheet
FOLDS = 5


def load(data, name, split):
    """u8 [N,256,256] or [N,256,256,3] as they are stored, grades [N], names [N]."""
    folder = os.path.join(data, name)
    sheets = sorted(glob.glob(os.path.join(folder, f'{split}_*')))
    if not sheets:
        raise SystemExit(f'no sheets "{split}_*" in {folder}: set --data to the folder of the data sets')
    parts = []
    for sheet in sheets:
        pixels = np.asarray(Image.open(sheet))
        pixels = pixels.reshape(ROWS, SIDE, COLUMNS, SIDE, *pixels.shape[2:])
        parts.append(pixels.swapaxes(1, 2).reshape(ROWS * COLUMNS, SIDE, SIDE, *pixels.shape[4:]))
    table = np.load(os.path.join(folder, 'labels.npz'))
    grades = table[f'y_{split}']
    return np.concatenate(parts)[:len(grades)], grades, [str(n) for n in table[f'name_{split}']]


def as_rgb(pictures):
    return pictures if pictures.ndim == 4 else np.repeat(pictures[..., None], 3, 3)


def folds(labels, patients, seed):
    """The fold of each picture, each with about as many of both labels; a patient is in one only."""
    rng = np.random.default_rng(seed)
    names = sorted(set(patients))
    kind = {p: max(int(l) for l, q in zip(labels, patients) if q == p) for p in names}
    fold_of = {}
    for wanted in (0, 1):
        some = [p for p in names if kind[p] == wanted]
        for place, k in enumerate(rng.permutation(len(some))):
            fold_of[some[k]] = place % FOLDS
    return np.array([fold_of[p] for p in patients])


def varied(pictures, task: Task, rng):
    """Turned by up to 10 degrees, enlarged by up to a sixth, shifted by up to 12 pixels, mirrored, relit."""
    out = np.empty_like(pictures)
    for k, picture in enumerate(pictures):
        angle, zoom = np.deg2rad(rng.uniform(-10, 10)), rng.uniform(1.0, 1.17)
        c, s = np.cos(angle) / zoom, np.sin(angle) / zoom
        dx, dy = rng.uniform(-12, 12, 2)
        middle = SIDE / 2
        x, y = middle + dx, middle + dy
        matrix = (c, s, middle - c * x - s * y, -s, c, middle + s * x - c * y)
        turned = np.asarray(Image.fromarray(picture).transform((SIDE, SIDE), Image.AFFINE, matrix, Image.BILINEAR))
        if rng.random() < 0.5:
            turned = turned[:, ::-1]
        if task.upside_down and rng.random() < 0.5:
            turned = turned[::-1]
        gain, shift = rng.uniform(0.85, 1.15), rng.uniform(-15, 15)
        out[k] = np.clip((turned - 128.0) * gain + 128.0 + shift, 0, 255).round()
    return out

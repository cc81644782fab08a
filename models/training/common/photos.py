"""Photographs for training, a few held out, and random crops of pictures."""
import glob
import os

import numpy as np
from PIL import Image

HOLD_OUT_EVERY = 32


def names(data):
    files = sorted(glob.glob(os.path.join(data, 'photos-train', '*.jpg')))
    if not files:
        raise SystemExit(f'no photographs in {data}/photos-train: set --data to the folder of the data sets')
    return files


def held_out(data):
    return names(data)[7::HOLD_OUT_EVERY]


def training(data):
    kept = set(held_out(data))
    return [n for n in names(data) if n not in kept]


def load(path):
    return np.asarray(Image.open(path).convert('RGB'))


def cropped_to(picture, step):
    """The largest top-left part with sides that are multiples of `step`."""
    return picture[:picture.shape[0] // step * step, :picture.shape[1] // step * step]


def image(picture):
    """Pillow's, of a u8 picture [H][W][3 or 1]."""
    return Image.fromarray(picture[..., 0] if picture.shape[2] == 1 else picture)


def resized(picture, side):
    return np.asarray(image(picture).resize((side, side), Image.LANCZOS)).reshape(side, side, -1)


class Crops:
    """Random squares [N,channels,size,size] u8: mirrored, turned, some shrunk, lively ones preferred."""

    def __init__(self, pictures, size):
        self.size = size
        self.pictures = [p for p in pictures if min(p.shape[:2]) >= size]
        areas = np.array([p.shape[0] * p.shape[1] for p in self.pictures], float)
        self.chance = np.sqrt(areas) / np.sqrt(areas).sum()

    def _window(self, rng):
        picture = self.pictures[rng.choice(len(self.pictures), p=self.chance)]
        side = self.size
        if rng.random() < 0.35:
            side = int(side * rng.uniform(1.05, 1.7))
            side = min(side, *picture.shape[:2])
        y = rng.integers(0, picture.shape[0] - side + 1)
        x = rng.integers(0, picture.shape[1] - side + 1)
        return picture[y:y + side, x:x + side]

    def one(self, rng):
        window = self._window(rng)
        if window[::8, ::8].std() < 12 and rng.random() < 0.7:
            window = self._window(rng)  # flat sky teaches little
        if window.shape[0] != self.size:
            window = resized(window, self.size)
        if rng.random() < 0.5:
            window = window[:, ::-1]
        if rng.random() < 0.3:
            window = window.transpose(1, 0, 2)
        return window.transpose(2, 0, 1)

    def batch(self, count, rng):
        return np.stack([self.one(rng) for _ in range(count)])

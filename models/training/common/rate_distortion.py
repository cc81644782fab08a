"""Rate-distortion curves: JPEG and WebP files, and the Bjontegaard rate difference."""
import glob
import io
import os

import numpy as np
from PIL import Image

from common.photos import image

JPEG_QUALITIES = (5, 10, 15, 20, 30, 40, 50, 60, 70, 80, 86, 91, 95)
WEBP_QUALITIES = (0, 5, 10, 20, 30, 45, 60, 70, 80, 88, 94, 98)


def kodak(data):
    files = sorted(glob.glob(os.path.join(data, 'kodak', '*.png')))
    if len(files) != 24:
        raise SystemExit(f'{data}/kodak should hold the 24 Kodak pictures, found {len(files)}')
    return [np.asarray(Image.open(f).convert('RGB')) for f in files]


def psnr(a, b):
    return -10.0 * np.log10(((a.astype(np.float64) - b.astype(np.float64)) ** 2).mean() / 255.0 ** 2)


def of_files(pictures, kind, qualities, **options):
    """[(bits per pixel, mean PSNR)] of real files, as Pillow's libraries write them."""
    curve = []
    for quality in qualities:
        rates, values = [], []
        for picture in pictures:
            data = io.BytesIO()
            original = image(picture)
            original.save(data, kind, quality=quality, **options)
            rates.append(8.0 * data.tell() / (picture.shape[0] * picture.shape[1]))
            values.append(psnr(np.asarray(Image.open(data).convert(original.mode)), np.asarray(original)))
        curve.append((float(np.mean(rates)), float(np.mean(values))))
    return curve


def jpeg(pictures):
    return of_files(pictures, 'JPEG', JPEG_QUALITIES, subsampling=2, optimize=True)


def webp(pictures):
    return of_files(pictures, 'WEBP', WEBP_QUALITIES, method=4)


def rate_at(curve, value):
    """Bits per pixel at a PSNR, linear in the logarithm of the rate."""
    points = sorted(curve, key=lambda p: p[1])
    return np.exp(np.interp(value, [p for _, p in points], [np.log(r) for r, _ in points]))


def bd_rate(anchor, curve, low=27.0, high=40.0):
    """(percent of rate against the anchor at equal PSNR, lowest and highest PSNR that both reach)."""
    low = max(low, min(p for _, p in anchor), min(p for _, p in curve))
    high = min(high, max(p for _, p in anchor), max(p for _, p in curve))
    values = np.linspace(low, high, 400)
    ratio = np.log(rate_at(curve, values)) - np.log(rate_at(anchor, values))
    return 100.0 * (np.exp(ratio.mean()) - 1.0), low, high

"""What a bundle is worth: the test pictures at many qualities, in bits of the exact code length."""
from dataclasses import dataclass

import numpy as np

from common import rate_distortion as rd
from entropy import context
from autoencoder import latents
from autoencoder.sources import SOURCES

QUALITIES = (0, 7, 14, 21, 28, 35, 42, 49, 56, 63)
# a file of one frame carries a header besides its code; see runtime/codec/FORMAT.md
HEADER_BITS = 8 * 40


@dataclass
class Point:
    quality: int
    bpp: float  # with a header a picture
    psnr: float
    jpeg: float  # bpp of JPEG at this PSNR
    webp: float


@dataclass
class Measured:
    points: list
    jpeg_percent: float
    jpeg_range: tuple
    webp_percent: float
    webp_range: tuple


def _one(codec, tables, y, picture, quality):
    """(bits, PSNR) of one picture at one quality."""
    q = latents.rounded(y, tables.forward[quality])
    bits = sum(context.picture_bits(q[:, :, tables.order], int(tables.level[quality]), tables)) + HEADER_BITS
    decoded = latents.picture_of(codec, q, tables.inverse[quality], *picture.shape[:2])
    return bits / (picture.shape[0] * picture.shape[1]), rd.psnr(decoded, picture)


def of_codec(codec, tables, data, say, qualities=QUALITIES):
    source = SOURCES[codec.shape.source]
    pictures = source.test(data)
    jpeg, webp = rd.jpeg(pictures), rd.webp(pictures)
    ys = [latents.latent(codec, p) for p in pictures]
    points = []
    for quality in qualities:
        bpp, psnr = np.mean([_one(codec, tables, y, p, quality) for y, p in zip(ys, pictures)], 0)
        point = Point(quality, bpp, psnr, rd.rate_at(jpeg, psnr), rd.rate_at(webp, psnr))
        say(f'tested, quality {quality}: {bpp:.4f} bpp, {psnr:.2f} dB; JPEG {point.jpeg:.4f}, WebP {point.webp:.4f}')
        points.append(point)
    curve = [(p.bpp, p.psnr) for p in points]
    against_jpeg, against_webp = (rd.bd_rate(rival, curve, *source.decibels) for rival in (jpeg, webp))
    say(f'BD-rate {against_jpeg[0]:.1f} % against JPEG, {against_webp[0]:.1f} % against WebP')
    return Measured(points, against_jpeg[0], against_jpeg[1:], against_webp[0], against_webp[1:])

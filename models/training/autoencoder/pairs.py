"""Pairs of frames as a camera at rest sees them, made from training pictures: noise, light, things that move."""
import numpy as np

from entropy.temporal import Pair
from autoencoder import latents
from autoencoder.levels import QUALITIES

SIDE = 384  # of a frame, or as large as the pictures are
STICKINESS = 0.25  # the encoder's: an integer stays while the new value is within half a step and this much more


def _window(picture, side, rng):
    y = rng.integers(0, picture.shape[0] - side + 1)
    x = rng.integers(0, picture.shape[1] - side + 1)
    return picture[y:y + side, x:x + side].astype(np.float32)


def frames(pictures, side, rng):
    """Two frames, u8 [side][side][channels]: one background, up to three patches of other pictures that move, noise."""
    ground = _window(pictures[rng.integers(len(pictures))], side, rng)
    first, second = ground.copy(), ground.copy()
    for _ in range(rng.integers(0, 4)):
        patch = _window(pictures[rng.integers(len(pictures))], int(rng.integers(24, 128)), rng)
        part = len(patch)
        y, x = rng.integers(16, side - part - 16, 2)
        dy, dx = np.round(rng.normal(0, 4, 2)).clip(-16, 16).astype(int)
        first[y:y + part, x:x + part] = patch
        second[y + dy:y + dy + part, x + dx:x + dx + part] = patch
    if rng.random() < 0.25:
        second = second * rng.uniform(0.97, 1.03)
    sigma = rng.choice([0.0, 1.0, 2.0, 3.0])
    return [np.clip(f + rng.normal(0, sigma, f.shape), 0, 255).round().astype(np.uint8) for f in (first, second)]


def sticky(y, forward, reference):
    plain = latents.rounded(y, forward)
    return np.where(np.abs(y * forward - reference) <= 0.5 + STICKINESS, reference, plain)


def of_codec(codec, pictures, tables, count, seed):
    """`count` pairs, each at one quality of every level, ranks in coding order."""
    rng = np.random.default_rng((seed, 77))
    chosen = [pictures[n] for n in rng.choice(len(pictures), 60, replace=False)]
    side = min(SIDE, max(min(p.shape[:2]) for p in chosen))
    chosen = [p for p in chosen if min(p.shape[:2]) >= side]
    levels = len(tables.weights)
    out = []
    for _ in range(count):
        first, second = (latents.latent(codec, f) for f in frames(chosen, side, rng))
        for level in range(levels):
            quality = level * (QUALITIES // levels) + int(rng.integers(QUALITIES // levels))
            reference = latents.rounded(first, tables.forward[quality])
            q = sticky(second, tables.forward[quality], reference)
            out.append(Pair(q[:, :, tables.order], reference[:, :, tables.order], level))
    return out

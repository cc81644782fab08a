"""Noise of cameras and of the literature on pictures, to train encoders that leave it out."""
import numpy as np

CLEAN = 0.4  # share of the pictures that stay as they are, so that these lose nothing


def one(picture, rng):
    """u8 [3,H,W] -> the same with noise of some kind and strength."""
    x = picture.astype(np.float32)
    kind = rng.random()
    if kind < 0.55:
        x += rng.normal(0, rng.uniform(1, 25), x.shape)
    elif kind < 0.75:
        photons = np.exp(rng.uniform(np.log(30), np.log(2000)))
        x = rng.poisson(x * (photons / 255.0)) * (255.0 / photons)
    elif kind < 0.85:
        x *= 1 + rng.normal(0, rng.uniform(0.02, 0.2), x.shape)
    else:
        hit = rng.random(x.shape[1:]) < np.exp(rng.uniform(np.log(0.001), np.log(0.05)))
        x[:, hit] = 255.0 * (rng.random(hit.sum()) < 0.5)
    return np.clip(np.round(x), 0, 255).astype(np.uint8)


def some(pictures, rng):
    """Noise on most of u8 [B,3,H,W]."""
    return np.stack([p if rng.random() < CLEAN else one(p, rng) for p in pictures])

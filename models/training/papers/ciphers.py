"""The studied ciphers that trainings need, as in runtime/study (tests/unit/study/known_answers.py is their judge)."""
import hashlib
import subprocess

import numpy as np


def expand_key(secret, label, size):
    """AES-256-CTR from a zero counter under SHA-256(secret || label), by the program openssl."""
    key = hashlib.sha256(secret + label.encode()).digest()
    try:
        done = subprocess.run(['openssl', 'enc', '-aes-256-ctr', '-K', key.hex(), '-iv', bytes(16).hex(), '-nopad'],
                              input=bytes(size), capture_output=True, check=True)
    except FileNotFoundError:
        raise SystemExit('the program openssl is needed for the masks: apt install openssl') from None
    return done.stdout


def mask(secret, height, width, channels):
    """Mask of xor-mask for pictures [H,W,C]."""
    return np.frombuffer(expand_key(secret, 'xor-mask', height * width * channels), np.uint8).reshape(height, width, channels)


def _orbits(r, x, steps):
    """[steps,n]: what follows x in n logistic maps."""
    out = np.empty((steps, len(x)), x.dtype)
    one = x.dtype.type(1)
    for k in range(steps):
        x = r * x * (one - x)
        out[k] = x
    return out


def chaos_keys(rng, count):
    """r and x0 of the stream, r and x0 of the blocks: four rows."""
    u = rng.random((4, count))
    return np.stack([3.57 + 0.43 * u[0], 0.001 + 0.997 * u[1], 3.57 + 0.43 * u[2], 0.001 + 0.997 * u[3]])


def logistic_chaos(pictures, keys, single=False, block=8):
    """u8 [n,H,W], each encrypted by logistic-chaos under its column of the keys; without the byte that tells the largest."""
    n, height, width = pictures.shape
    r, x, block_r, block_x = keys
    down, across = height // block, width // block
    order = np.argsort(_orbits(block_r, block_x, down * across), axis=0, kind='stable').T
    moved = pictures.copy()  # what is left over at the right and below stays
    inner = pictures[:, :down * block, :across * block]
    blocks = inner.reshape(n, down, block, across, block).swapaxes(2, 3).reshape(n, down * across, block, block)
    blocks = np.take_along_axis(blocks, order[:, :, None, None], 1).reshape(n, down, across, block, block)
    moved[:, :down * block, :across * block] = blocks.swapaxes(2, 3).reshape(inner.shape)
    kind = np.float32 if single else np.float64
    stream = _orbits(r.astype(kind), x.astype(kind), height * width)
    largest = pictures.reshape(n, -1).max(1).astype(kind)
    return moved ^ (stream * largest).astype(np.uint8).T.reshape(n, height, width)

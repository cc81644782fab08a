"""What P5's pictures go through: a record in the least significant bits, and lossy coding."""
import io

import numpy as np
from PIL import Image


def hide(pictures, rng):
    """Random bits in place of the least significant ones: a record that fills the picture."""
    return (pictures & 254) | rng.integers(0, 2, pictures.shape, dtype=np.uint8)


def coded(pictures, kind, quality):
    """u8 [N,1,H,W] through files of JPEG or WEBP; one quality, or one for each."""
    out = np.empty_like(pictures)
    for k, (picture, q) in enumerate(zip(pictures, np.broadcast_to(quality, len(pictures)))):
        file = io.BytesIO()
        Image.fromarray(picture[0]).save(file, kind, quality=int(q))
        out[k, 0] = np.asarray(Image.open(file).convert('L'))
    return out


def some(pictures, rng):
    """Each picture with a record; two of three also coded at a low quality."""
    hidden = hide(pictures, rng)
    quality = rng.integers(8, 61, len(pictures))
    turn = rng.integers(0, 3, len(pictures))
    for which, kind in ((1, 'JPEG'), (2, 'WEBP')):
        hidden[turn == which] = coded(hidden[turn == which], kind, quality[turn == which])
    return hidden

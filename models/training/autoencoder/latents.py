"""Latents of whole pictures before gain, and the rounding that follows."""
import numpy as np
import torch

from common.photos import cropped_to
from autoencoder.levels import QUALITIES, all_levels
from autoencoder.shape import STRIDE


def gains(codec):
    """(forward, inverse), f32 [64][C]."""
    with torch.no_grad():
        return codec.gain(all_levels()).numpy(), codec.inverse_gain(all_levels()).numpy()


def padded(picture):
    """u8 [H][W][channels] -> the same with edges repeated up to multiples of 16."""
    more = [(0, -side % STRIDE) for side in picture.shape[:2]]
    return np.pad(picture, (*more, (0, 0)), mode='edge')


@torch.no_grad()
def latent(codec, picture):
    """f32 [H/16][W/16][C] of a u8 picture [H][W][3 or 1]."""
    x = torch.from_numpy(padded(picture).transpose(2, 0, 1).copy()).float().div(255.0)[None]
    y = codec.encoder(x.contiguous(memory_format=torch.channels_last))
    return y[0].permute(1, 2, 0).contiguous().numpy()


def rounded(y, forward):
    """As the encoder does it: half away from zero."""
    scaled = y * forward
    return (np.sign(scaled) * np.floor(np.abs(scaled) + 0.5)).clip(-32767, 32767).astype(np.int32)


@torch.no_grad()
def picture_of(codec, q, inverse, height, width):
    """Decoded u8 picture [height][width][3 or 1] of integers [h][w][C]."""
    y = torch.from_numpy((q * inverse).astype(np.float32).transpose(2, 0, 1).copy())[None]
    x = codec.decoder(y.contiguous(memory_format=torch.channels_last))[0].permute(1, 2, 0).numpy()
    return np.clip(np.round(x * 255.0), 0, 255).astype(np.uint8)[:height, :width]


def training_latents(codec, pictures, most=700):
    """Latents of training pictures; of a large one a window of at most `most` positions from its middle."""
    out = []
    for picture in pictures:
        picture = cropped_to(picture, STRIDE)
        height, width = picture.shape[:2]
        while (height // STRIDE) * (width // STRIDE) > most:
            height, width = height - STRIDE, width - STRIDE
        y = (picture.shape[0] - height) // 2
        x = (picture.shape[1] - width) // 2
        out.append(latent(codec, picture[y:y + height, x:x + width]))
    return out


def level_of_quality(levels=8):
    return np.arange(QUALITIES) * levels // QUALITIES

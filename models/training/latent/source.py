"""Latents as a classifier sees them: a codec of the zoo encodes pictures, its gains round and restore them."""
import os

import numpy as np
import torch

from autoencoder import native, start
from autoencoder.network import Codec
from autoencoder.shape import SHAPES
from common import bundle
from common.options import MODELS
from entropy.tables import from_bytes

QUALITIES = (20, 50)  # what the classifiers are trained for, both included


class Source:
    """A bundle's encoder, decoder and gains."""

    def __init__(self, name='lc5'):
        self.name, folder = name, os.path.join(MODELS, name)
        self.identity = bundle.identity(folder)
        self.codec: Codec = start.bundle_as_codec(folder, SHAPES[name])
        with open(os.path.join(folder, 'entropy.bin'), 'rb') as file:
            tables = from_bytes(file.read())
        self.forward = torch.from_numpy(np.array(tables.forward, np.float32))
        self.inverse = torch.from_numpy(np.array(tables.inverse, np.float32))
        self.fast = native.available(print)

    @property
    def channels(self):
        return self.codec.shape.latent

    @torch.no_grad()
    def latents(self, pictures, exact=False, size=64):
        """Latents before gain, f16 [N,h,w,C], of u8 pictures [N,H,W,3] with sides that are multiples of 16. exact: in
        f32 as the exported network computes them, otherwise in bf16."""
        out = []
        for first in range(0, len(pictures), size):
            pixels = np.ascontiguousarray(pictures[first:first + size].transpose(0, 3, 1, 2))
            if exact or not self.fast:
                x = torch.from_numpy(pixels).float().div(255.0).contiguous(memory_format=torch.channels_last)
                y = self.codec.encoder(x).permute(0, 2, 3, 1)
            else:
                y = native.encode(self.codec.encoder, native.patches(pixels).to(torch.bfloat16))
            out.append(y.half().numpy())
        return np.concatenate(out)

    def restored(self, y, quality):
        """What the decoder gets of latents [N,h,w,C] at a quality each: f32 [N,C,h,w] in channels-last order."""
        quality = torch.as_tensor(quality).reshape(-1)
        forward, inverse = self.forward[quality][:, None, None], self.inverse[quality][:, None, None]
        scaled = torch.from_numpy(np.array(y, np.float32)).mul_(forward)
        return scaled.add_(scaled.sign().mul_(0.5)).trunc_().mul_(inverse).permute(0, 3, 1, 2)

    @torch.no_grad()
    def pictures(self, y, quality, size=64):
        """Decoded u8 pictures [N,16h,16w,3] of latents [N,h,w,C] at one quality."""
        out = []
        for first in range(0, len(y), size):
            x = self.codec.decoder(self.restored(y[first:first + size], quality)).permute(0, 2, 3, 1)
            out.append(x.mul(255.0).round().clamp(0, 255).byte().numpy())
        return np.concatenate(out)

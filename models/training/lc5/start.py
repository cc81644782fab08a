"""Where a training of lc5 begins: PCA of the pictures, or the weights of the four-level prototype."""
import math

import numpy as np
import torch
from torch.nn import functional as F

from lc5.levels import ANCHORS, LAMBDA_HIGH, LAMBDA_LOW, QUALITIES, lambda_of, level_of
from lc5.network import FINE, LATENT, PATCH, SCALE, SHIFT

PROTOTYPE_LAMBDAS = (0.0035, 0.0067, 0.013, 0.025)


def anchor_lambdas():
    return [float(lambda_of(k * (QUALITIES - 1) / (ANCHORS - 1))) for k in range(ANCHORS)]


@torch.no_grad()
def from_pca(codec, crops):
    """A linear transform codec in two steps: 8x8 RGB patches to FINE, 2x2 of those to LATENT.

    crops: [N,3,16,16] in 0..1.
    """
    patches = F.pixel_unshuffle((crops - SHIFT) * SCALE, PATCH)  # [N,192,2,2]
    flat = patches.permute(0, 2, 3, 1).reshape(-1, patches.shape[1]).double()
    values, vectors = torch.linalg.eigh(flat.T @ flat / len(flat))
    fine, power = vectors[:, -FINE:].flip(1), values[-FINE:].flip(0).clamp_min(1e-6)
    coefficients = (flat @ fine).reshape(-1, 4, FINE).permute(0, 2, 1).reshape(-1, 4 * FINE)
    values, vectors = torch.linalg.eigh(coefficients.T @ coefficients / len(coefficients))
    coarse, deep = vectors[:, -LATENT:].flip(1), values[-LATENT:].flip(0).clamp_min(1e-6)
    # spread the power: features enter the blocks with the fourth root of it taken out
    a, b = power.sqrt().sqrt(), deep.sqrt().sqrt()
    encoder, decoder = codec.encoder, codec.decoder
    encoder.patch.weight.copy_((fine.T / a[:, None]).float()[:, :, None, None])
    encoder.down.weight.copy_((coarse.T.reshape(LATENT, FINE, 2, 2) * a[None, :, None, None] / b[:, None, None, None]).float())
    up = (coarse * b).reshape(FINE, 4, LATENT) / a[:, None, None]
    decoder.up.weight.copy_(up.reshape(4 * FINE, LATENT).float()[:, :, None, None])
    decoder.patch.weight.copy_((fine * a).float()[:, :, None, None])
    for conv in (encoder.patch, encoder.down, decoder.up, decoder.patch):
        conv.bias.zero_()
    for k, lam in enumerate(anchor_lambdas()):
        step = 0.8 * math.sqrt(26.0 / lam) * SCALE / 255.0
        codec.log_gain[k] = torch.log(b / step).float()
        codec.log_inverse[k] = -codec.log_gain[k]
        spread = (deep.sqrt() / step * 0.55).clamp_min(0.05).log().float()
        codec.log_scale[k] = spread[:, None] + torch.tensor([-1.3, -0.5, 0.4])


def _stretched(levels, anchors):
    """Values known at the prototype's levels, at ours: linear inside, and outside a slope that the caller adds."""
    inside = np.clip(anchors, levels[0], levels[-1])
    return inside, anchors - inside


def _interpolate(values, levels, places):
    """values [4, ...] at `levels` -> [len(places), ...]"""
    out = []
    for place in places:
        k = int(np.clip(np.searchsorted(levels, place) - 1, 0, len(levels) - 2))
        share = float((place - levels[k]) / (levels[k + 1] - levels[k]))
        out.append(values[k] * (1.0 - share) + values[k + 1] * share)
    return torch.stack(out)


@torch.no_grad()
def from_prototype(codec, path):
    """Reads the prototype's weights under their own names. Gains beyond its levels follow sqrt(lambda)."""
    old = torch.load(path, map_location='cpu')
    target = codec.state_dict()
    parts = {'e_in': 'encoder.patch', 'e': 'encoder.fine', 'e_dn': 'encoder.down', 'el': 'encoder.coarse',
             'd_lo': 'decoder.coarse', 'd_up': 'decoder.up', 'd': 'decoder.fine', 'd_out': 'decoder.patch'}
    convs = {'dw': 'depth', 'a': 'widen', 'b': 'narrow'}
    for name, value in old.items():
        words = name.split('.')
        if words[0] not in parts:
            continue
        words[0] = parts[words[0]]
        ours = '.'.join(convs.get(w, w) for w in words)
        if target[ours].shape != value.shape:
            raise SystemExit(f'{path}: {name} has shape {tuple(value.shape)}, expected {tuple(target[ours].shape)}')
        target[ours].copy_(value)
    levels = np.array([level_of(lam) for lam in PROTOTYPE_LAMBDAS])
    places = np.linspace(0, QUALITIES - 1, ANCHORS)
    inside, beyond = _stretched(levels, places)
    slope = 0.5 * math.log(LAMBDA_HIGH / LAMBDA_LOW) / (QUALITIES - 1)
    more = torch.tensor(beyond * slope, dtype=torch.float32)[:, None]
    codec.log_gain.copy_(_interpolate(old['lgain'], levels, inside) + more)
    codec.log_inverse.copy_(_interpolate(old['ligain'], levels, inside) - more)
    codec.log_scale.copy_(_interpolate(old['ls'], levels, inside) + more[:, :, None])
    codec.mix.copy_(_interpolate(old['lw'], levels, inside))

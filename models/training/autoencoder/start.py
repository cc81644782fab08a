"""Where a training begins: PCA of the pictures, or a bundle of the zoo, grown to the wanted shape."""
import math
import os
from dataclasses import replace

import numpy as np
import torch
from torch.nn import functional as F

from common import packing
from autoencoder.levels import ANCHORS, QUALITIES, lambda_of, mixed_levels
from autoencoder.network import SCALE, SHIFT, Codec
from autoencoder.shape import PATCH
from entropy.tables import from_bytes

GROWS = ('latent', 'fine_hidden', 'latent_hidden', 'encoder_fine', 'encoder_coarse', 'decoder_coarse', 'decoder_fine')
LEFT_OUT_AT = 41.0  # the level whose error new latents learn to tell
RIDGE = 1e-4
SHRINK = 0.6  # of the new latents' share in pixels: the blocks amplify it; least error of 0.1 .. 1


def anchor_lambdas():
    return [float(lambda_of(k * (QUALITIES - 1) / (ANCHORS - 1))) for k in range(ANCHORS)]


def _set_prior(codec, channels, spread, step_of):
    """Gains and prior of `channels` whose latents have the standard deviation `spread`, by the step at each lambda."""
    for k, lam in enumerate(anchor_lambdas()):
        step = step_of(lam)
        codec.log_gain[k, channels] = -torch.log(step)
        codec.log_inverse[k, channels] = torch.log(step)
        scale = (spread / step * 0.55).clamp_min(0.05).log()
        codec.log_scale[k, channels] = scale[:, None] + torch.tensor([-1.3, -0.5, 0.4])


def _pixel_step(lam):
    """Quantiser step that fits lambda, in the units of a pixel inside the network."""
    return 0.8 * math.sqrt(26.0 / lam) * SCALE / 255.0


@torch.no_grad()
def from_pca(codec, crops):
    """A linear transform codec in two steps: 8x8 RGB patches to `fine`, 2x2 of those to the latent.

    crops: [N,3,16,16] in 0..1.
    """
    fine_width, latent = codec.shape.fine, codec.shape.latent
    patches = F.pixel_unshuffle((crops - SHIFT) * SCALE, PATCH)  # [N,192,2,2]
    flat = patches.permute(0, 2, 3, 1).reshape(-1, patches.shape[1]).double()
    values, vectors = torch.linalg.eigh(flat.T @ flat / len(flat))
    fine, power = vectors[:, -fine_width:].flip(1), values[-fine_width:].flip(0).clamp_min(1e-6)
    coefficients = (flat @ fine).reshape(-1, 4, fine_width).permute(0, 2, 1).reshape(-1, 4 * fine_width)
    values, vectors = torch.linalg.eigh(coefficients.T @ coefficients / len(coefficients))
    coarse, deep = vectors[:, -latent:].flip(1), values[-latent:].flip(0).clamp_min(1e-6)
    # spread the power: features enter the blocks with the fourth root of it taken out
    a, b = power.sqrt().sqrt(), deep.sqrt().sqrt()
    encoder, decoder = codec.encoder, codec.decoder
    encoder.patch.weight.copy_((fine.T / a[:, None]).float()[:, :, None, None])
    encoder.down.weight.copy_(
        (coarse.T.reshape(latent, fine_width, 2, 2) * a[None, :, None, None] / b[:, None, None, None]).float())
    up = (coarse * b).reshape(fine_width, 4, latent) / a[:, None, None]
    decoder.up.weight.copy_(up.reshape(4 * fine_width, latent).float()[:, :, None, None])
    decoder.patch.weight.copy_((fine * a).float()[:, :, None, None])
    for conv in (encoder.patch, encoder.down, decoder.up, decoder.patch):
        conv.bias.zero_()
    _set_prior(codec, slice(None), (deep.sqrt() / b).float(), lambda lam: (_pixel_step(lam) / b).float())


def constants(path):
    """{name: f32 tensor} of an exported network, without its quantisation annotations ("name:scale")."""
    import onnx
    from onnx import numpy_helper
    named = {t.name: torch.from_numpy(numpy_helper.to_array(t).copy()) for t in onnx.load(path).graph.initializer
             if ':' not in t.name}
    steps = {n[:-len('.step')]: named.pop(n) for n in list(named) if n.endswith('.step')}
    return {n: packing.unpacked(v, steps[n]) if n in steps else v for n, v in named.items()}


@torch.no_grad()
def from_bundle(codec, folder, crops):
    """Weights and gains of a bundle, which may have fewer latents, blocks and hidden units. The prior of training is no
    part of a bundle: it is fitted to the latents of `crops` ([N,3,H,W] in 0..1)."""
    old = bundle_as_codec(folder, codec.shape)
    if codec.shape.channels == 1 and old.shape.channels == 3:
        old = _as_gray(old)
    grow(codec, old, crops)
    _fit_prior(codec, codec.encoder(crops))


def _as_gray(codec):
    """An RGB codec as it treats gray pictures: the same value in all channels in, their mean out."""
    gray = Codec(replace(codec.shape, channels=1)).eval()
    state = codec.state_dict()
    area = PATCH ** 2
    state['encoder.patch.weight'] = state['encoder.patch.weight'].unflatten(1, (3, area)).sum(1)
    for name in ('decoder.patch.weight', 'decoder.patch.bias'):
        state[name] = state[name].unflatten(0, (3, area)).mean(0)
    gray.load_state_dict(state)
    return gray


@torch.no_grad()
def bundle_as_codec(folder, shape):
    """The bundle as a Codec of its own shape, undoing what export.py folds."""
    with open(os.path.join(folder, 'entropy.bin'), 'rb') as file:
        tables = from_bytes(file.read())
    sides = {}
    for side in ('encoder', 'decoder'):
        named = constants(os.path.join(folder, f'{side}.onnx'))
        weight, bias = named['patch.weight'].double(), named['patch.bias'].double()
        if side == 'encoder':
            plain = weight / SCALE
            bias = bias + SHIFT * SCALE * plain.sum((1, 2, 3))
            weight = plain.reshape(plain.shape[0], -1, 1, 1)
        else:
            weight, bias = weight * SCALE, (bias - SHIFT) * SCALE
        named.update({'patch.weight': weight.float(), 'patch.bias': bias.float()})
        sides[side] = named
    channels = sides['encoder']['patch.weight'].shape[1] // PATCH ** 2

    def blocks(side, stage):
        return len({n.split('.')[1] for n in sides[side] if n.startswith(stage + '.') and n.endswith('depth.weight')})
    fine, latent = sides['encoder']['patch.weight'].shape[0], sides['encoder']['down.weight'].shape[0]
    codec = Codec(replace(shape, channels=channels, fine=fine, latent=latent,
                          fine_hidden=sides['encoder']['fine.0.widen.weight'].shape[0],
                          latent_hidden=sides['encoder']['coarse.0.widen.weight'].shape[0],
                          encoder_fine=blocks('encoder', 'fine'), encoder_coarse=blocks('encoder', 'coarse'),
                          decoder_coarse=blocks('decoder', 'coarse'), decoder_fine=blocks('decoder', 'fine'))).eval()
    for side, named in sides.items():
        getattr(codec, side).load_state_dict(named)
    anchors = np.round(np.linspace(0, QUALITIES - 1, ANCHORS)).astype(int)
    codec.log_gain.copy_(torch.from_numpy(np.log(np.maximum(tables.forward[anchors], 1e-6))))
    codec.log_inverse.copy_(torch.from_numpy(np.log(np.maximum(tables.inverse[anchors], 1e-6))))
    return codec


@torch.enable_grad()
def _fit_prior(codec, latents, steps=300, rate=0.05):
    """The prior alone, for the network as it is; a wrong one would pull the network along. latents: [N,C,h,w]."""
    with torch.no_grad():
        scale = (latents.std((0, 2, 3)) * codec.log_gain.exp() * 0.55).clamp_min(0.05).log()
        codec.log_scale.copy_(scale[:, :, None] + torch.tensor([-1.3, -0.5, 0.4]))
    rng = np.random.default_rng(5)
    optimiser = torch.optim.Adam([codec.log_scale, codec.mix], lr=rate, betas=(0.9, 0.99))
    for step in range(steps):
        optimiser.param_groups[0]['lr'] = rate * (1.01 - step / steps)
        level = mixed_levels(8, rng)
        some = latents[torch.from_numpy(rng.choice(len(latents), 8))]
        scaled = some * codec.gain(level).detach()[:, :, None, None]
        bits = codec.bits(scaled + torch.rand_like(scaled) - 0.5, level).sum((1, 2, 3))
        optimiser.zero_grad(set_to_none=True)
        (bits / bits.detach()).sum().backward()  # all levels alike
        optimiser.step()


def _copy_overlap(new, old):
    """Copies `old` into the leading corner of `new`, whose rest becomes zero."""
    new.zero_()
    new[tuple(map(slice, old.shape))] = old


def _copy_block(new, old):
    """A block grown in width (new channels pass) and in hidden units (new ones see, and say nothing yet)."""
    _copy_overlap(new.depth.weight, old.depth.weight)
    _copy_overlap(new.depth.bias, old.depth.bias)
    new.depth.weight[old.depth.weight.shape[0]:, :, 1, 1] = 1.0
    units = len(old.widen.weight)
    fresh = new.widen.weight[units:].clone()
    _copy_overlap(new.widen.weight, old.widen.weight)
    new.widen.weight[units:] = fresh
    _copy_overlap(new.widen.bias, old.widen.bias)
    _copy_overlap(new.narrow.weight, old.narrow.weight)
    _copy_overlap(new.narrow.bias, old.narrow.bias)


def _two_by_two(x):
    """[B,C,2h,2w] -> [B*h*w, 4C], channels slowest, as pixel_shuffle and the 2x2 convolution count."""
    return F.pixel_unshuffle(x, 2).permute(0, 2, 3, 1).reshape(-1, 4 * x.shape[1])


@torch.no_grad()
def _new_latents(new, old, crops):
    """Latents that the old codec has not: what `down` can still tell of what the decoder leaves out, by reduced-rank
    regression. They pass all blocks untouched at first. crops: [N,3,H,W] in 0..1."""
    first, count = old.shape.latent, new.shape.latent - old.shape.latent
    if not count:
        return
    inverse = _gentle_inverse(new.decoder.patch.weight[:, :, 0, 0].double())  # [fine,192]
    level = torch.tensor([LEFT_OUT_AT])
    seen = wanted = 0.0
    for crop in crops.split(8):
        restored = old.restore(old.scaled(crop, level).round(), level)
        rest = F.pixel_unshuffle((crop - restored) * SCALE, PATCH).double()
        target = _two_by_two(torch.einsum('fp,bphw->bfhw', inverse, rest))
        known = _two_by_two(old.encoder.features(crop)).double()
        seen, wanted = seen + known.T @ known, wanted + known.T @ target
    ridge = RIDGE * seen.diagonal().mean() * torch.eye(len(seen), dtype=torch.float64)
    best = torch.linalg.solve(seen + ridge, wanted)  # [4 fine, 4 fine]
    values, vectors = torch.linalg.eigh(best.T @ seen @ best)
    axes = vectors[:, -count:].flip(1)  # of the target
    length = _pixel_length(new, axes)
    rows = (best @ axes * length).T.reshape(count, new.shape.fine, 2, 2)
    new.encoder.down.weight[first:] = rows.float()
    new.encoder.down.bias[first:] = 0.0
    new.decoder.up.weight[:, first:, 0, 0] = (SHRINK * axes / length).float()
    positions = len(crops) * crops.shape[2] * crops.shape[3] // (4 * PATCH * PATCH)
    spread = (values[-count:].flip(0).clamp_min(1e-9) / positions).sqrt() * length
    _set_prior(new, slice(first, None), spread.float(), lambda lam: torch.full((count,), _pixel_step(lam)))


def _gentle_inverse(matrix):
    """Pseudo-inverse that leaves weak directions alone: features there would be large, and the blocks amplify them."""
    gram = matrix.T @ matrix
    return torch.linalg.solve(gram + 0.1 * gram.diagonal().mean() * torch.eye(len(gram), dtype=gram.dtype), matrix.T)


def _pixel_length(codec, axes):
    """How long each column of `axes` [4 fine, n] is in pixels after the decoder's last layer."""
    patch = codec.decoder.patch.weight[:, :, 0, 0].double()
    parts = axes.reshape(codec.shape.fine, 4, -1)
    return torch.einsum('pf,fkn->pkn', patch, parts).square().sum((0, 1)).sqrt()


def _refuse_to_lose(old, new):
    """A Shape grows in all but `fine`, and shrinks in nothing."""
    wrong = [n for n in GROWS if getattr(old, n) > getattr(new, n)] + ['fine'] * (old.fine != new.fine)
    wrong += ['channels'] * (old.channels != new.channels)
    if wrong:
        sizes = ', '.join(f'{n} {getattr(old, n)} instead of {getattr(new, n)}' for n in wrong)
        raise SystemExit(f'--init does not fit into {new.name}, it has {sizes}: start from another, or from nothing')


@torch.no_grad()
def grow(codec, old, crops):
    """Everything that `old` has; what is new changes no pixel at first."""
    _refuse_to_lose(old.shape, codec.shape)
    for side in ('encoder', 'decoder'):
        new_side, old_side = getattr(codec, side), getattr(old, side)
        for stage in ('fine', 'coarse'):
            for new_block, old_block in zip(getattr(new_side, stage), getattr(old_side, stage)):
                _copy_block(new_block, old_block)
        for name, conv in new_side.named_children():
            if name in ('patch', 'down', 'up'):
                _copy_overlap(conv.weight, getattr(old_side, name).weight)
                _copy_overlap(conv.bias, getattr(old_side, name).bias)
    for name in ('log_gain', 'log_inverse', 'log_scale', 'mix'):
        _copy_overlap(getattr(codec, name), getattr(old, name))
    _new_latents(codec, old, crops)

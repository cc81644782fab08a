"""The training step on a CPU, about twice as fast as in modules of PyTorch: matrices [positions][channels] in bf16, and
kernels of our own (kernels.cc, compiled on first use) where PyTorch is slow. loss.plain_cost is its slow twin."""
import ctypes
import os
import shutil
import subprocess
import tempfile

import torch
from torch.nn import functional as F

from autoencoder import loss
from autoencoder.levels import at_level
from autoencoder.network import SCALE, SHIFT, SLOPE
from autoencoder.shape import PATCH

BF16 = torch.bfloat16
_kernels = None


def available(say):
    """Compiles the kernels where that has not happened yet; False, and says why, where it cannot."""
    global _kernels
    if _kernels:
        return True
    source = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'kernels.cc')
    compiler = shutil.which('g++')
    if not compiler:
        say('no g++: the slow training step is used; install g++ for the fast one')
        return False
    with tempfile.TemporaryDirectory(prefix='latentcast-kernels-') as folder:
        library = os.path.join(folder, 'kernels.so')
        built = subprocess.run([compiler, '-O3', '-march=native', '-ffast-math', '-fopenmp-simd', '-shared', '-fPIC',
                                '-o', library, source, '-lm'], capture_output=True, text=True)
        if built.returncode != 0:
            say('the slow training step is used, since g++ refuses kernels.cc: ' + built.stderr.strip().split('\n')[0])
            return False
        _kernels = ctypes.CDLL(library)
    return True


def _call(name, *arguments):
    """Tensors as pointers, floats as f32, integers as 64 bits."""
    def argument(a):
        if isinstance(a, torch.Tensor):
            return ctypes.c_void_p(a.data_ptr())
        return ctypes.c_float(a) if isinstance(a, float) else ctypes.c_int64(a)
    getattr(_kernels, name)(*map(argument, arguments))


class Block(torch.autograd.Function):
    """network.Block on x [B,h,w,C] bf16 contiguous."""

    @staticmethod
    def forward(ctx, x, taps, tap_bias, widen, widen_bias, narrow, narrow_bias):
        b, h, w, c = x.shape
        taps = taps.reshape(c, 9).t().contiguous()
        lapped = torch.empty_like(x)
        _call('depthwise', x, taps, tap_bias, lapped, b, h, w, c)
        widen, narrow = widen[:, :, 0, 0].to(BF16), narrow[:, :, 0, 0].to(BF16)
        hidden = torch.addmm(widen_bias.to(BF16), lapped.view(-1, c), widen.t())
        _call('leaky', hidden, SLOPE, hidden.numel())
        y = torch.addmm(x.view(-1, c), hidden, narrow.t())
        y += narrow_bias.to(BF16)
        ctx.save_for_backward(x, lapped, hidden, taps, widen, narrow)
        return y.view(b, h, w, c)

    @staticmethod
    def backward(ctx, g):
        x, lapped, hidden, taps, widen, narrow = ctx.saved_tensors
        b, h, w, c = x.shape
        g = g.contiguous()
        flat = g.view(-1, c)
        rows, units = hidden.shape
        g_narrow, g_narrow_bias = flat.t() @ hidden, torch.empty(c)
        _call('column_sum', flat, g_narrow_bias, rows, c)
        g_hidden, g_widen_bias = flat @ narrow, torch.empty(units)
        _call('leaky_back', hidden, g_hidden, SLOPE, g_widen_bias, rows, units)
        g_widen, g_lapped = g_hidden.t() @ lapped.view(-1, c), g_hidden @ widen
        g_x, g_taps, g_tap_bias = torch.empty_like(x), torch.empty(9, c), torch.empty(c)
        _call('depthwise_back', x, g_lapped, g, taps, g_x, g_taps, g_tap_bias, b, h, w, c)
        return (g_x, g_taps.t().reshape(c, 1, 3, 3), g_tap_bias, g_widen.float()[:, :, None, None], g_widen_bias,
                g_narrow.float()[:, :, None, None], g_narrow_bias)


class LogisticBits(torch.autograd.Function):
    """network.Codec.bits, summed: value [B,h,w,C] f32; mix, steep [B,3,C] -> [B]."""

    @staticmethod
    def forward(ctx, value, mix, steep):
        b, c = value.shape[0], value.shape[-1]
        value, mix, steep = value.contiguous(), mix.contiguous(), steep.contiguous()
        bits, by_value, by_mix, by_steep = (torch.empty(b), torch.empty_like(value), torch.empty_like(mix),
                                            torch.empty_like(steep))
        _call('logistic_bits', value, mix, steep, bits, by_value, by_mix, by_steep, b, value.numel() // (b * c), c)
        ctx.save_for_backward(by_value, by_mix, by_steep)
        return bits

    @staticmethod
    def backward(ctx, g):
        by_value, by_mix, by_steep = ctx.saved_tensors
        return by_value * g[:, None, None, None], by_mix * g[:, None, None], by_steep * g[:, None, None]


def bits(codec, value, level):
    """[B] of value [B,h,w,C]."""
    mix = torch.softmax(at_level(codec.mix, level), -1).transpose(1, 2)
    steep = torch.exp(-at_level(codec.log_scale, level)).transpose(1, 2)
    return LogisticBits.apply(value, mix, steep)


def _blocks(stage, x):
    for k in stage:
        x = Block.apply(x, k.depth.weight, k.depth.bias, k.widen.weight, k.widen.bias, k.narrow.weight, k.narrow.bias)
    return x


def _linear(conv, x):
    return F.linear(x, conv.weight[:, :, 0, 0].to(BF16), conv.bias.to(BF16))


def patches(pixels):
    """u8 [B,3,H,W] -> f32 [B,H/8,W/8,192], as the first layer takes them."""
    b, c, h, w = pixels.shape
    x = torch.from_numpy(pixels).view(b, c, h // PATCH, PATCH, w // PATCH, PATCH).permute(0, 2, 4, 1, 3, 5)
    return (x.reshape(b, h // PATCH, w // PATCH, -1).float() * (1 / 255.0) - SHIFT) * SCALE


def encode(encoder, p):
    """[B,2h,2w,192] bf16 -> latent before gain [B,h,w,C]."""
    x = _blocks(encoder.fine, _linear(encoder.patch, p))
    b, h, w, c = x.shape
    x = x.view(b, h // 2, 2, w // 2, 2, c).permute(0, 1, 3, 2, 4, 5).reshape(b, h // 2, w // 2, 4 * c)
    weight = encoder.down.weight.permute(0, 2, 3, 1).reshape(-1, 4 * c)
    return _blocks(encoder.coarse, F.linear(x, weight.to(BF16), encoder.down.bias.to(BF16)))


def decode(decoder, y):
    """[B,h,w,C] bf16 -> patches [B,2h,2w,192]."""
    x = _blocks(decoder.coarse, y)
    b, h, w, c = x.shape
    fine = decoder.up.weight.shape[0] // 4
    weight = decoder.up.weight[:, :, 0, 0].view(fine, 4, c).permute(1, 0, 2).reshape(4 * fine, c)
    x = F.linear(x, weight.to(BF16), decoder.up.bias.view(fine, 4).t().reshape(-1).to(BF16))
    x = x.view(b, h, w, 2, 2, fine).permute(0, 1, 3, 2, 4, 5).reshape(b, 2 * h, 2 * w, fine)
    return _linear(decoder.patch, _blocks(decoder.fine, x))


def cost(codec, pixels, seen, level, noise, emphasis):
    """As loss.plain_cost."""
    p = patches(pixels)
    y = encode(codec.encoder, (p if seen is pixels else patches(seen)).to(BF16))
    scaled = y.float() * codec.gain(level)[:, None, None, :]
    spent = bits(codec, scaled + noise, level)
    y = loss.rounded(scaled) * codec.inverse_gain(level)[:, None, None, :]
    square = (decode(codec.decoder, y.to(BF16)).float() - p).square().mean(3) / SCALE ** 2
    return loss.total(level, square, loss.weight_of(pixels, emphasis), spent, pixels.shape[2] * pixels.shape[3])

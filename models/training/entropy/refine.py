"""Context weights by descent on the code length itself, from those of least squares.

Costs between the middles of two classes are interpolated, so that they have a slope; everything else is as in context.py.
"""
import numpy as np
import torch

from entropy import context
from entropy.fit import UNIT, as_integers
from entropy.tables import GROUP, LARGEST, SYMBOLS, TOTAL

BATCH = 3000  # positions
FLOOR = 2e-3  # expected magnitude


class _Steps:
    """Cost tables over classes that are evenly spaced in the logarithm."""

    def __init__(self, thresholds, cost):
        edges = np.log(thresholds / UNIT)
        self.step = float((edges[-1] - edges[0]) / (len(edges) - 1))
        self.first = float(edges[0]) - 0.5 * self.step  # middle of class 0
        self.cost = torch.from_numpy(cost.astype(np.float32))  # [classes][...]
        self.last = len(cost) - 1

    def place(self, x):
        t = ((x.clamp_min(FLOOR).log() - self.first) / self.step).clamp(0.0, self.last - 1e-3)
        low = t.detach().floor()
        return low.long(), t - low

    def of(self, x, entry=None):
        low, share = self.place(x)
        if entry is None:
            a, b = self.cost[low], self.cost[low + 1]
        else:
            flat, width = self.cost.view(-1), self.cost.shape[1]
            a, b = flat[low * width + entry], flat[(low + 1) * width + entry]
        return a + share * (b - a)


class Refiner:
    def __init__(self, tables):
        self.clip = tables.clip
        frequency = tables.frequency.astype(np.float64)
        self.symbols = _Steps(tables.thresholds, -np.log2(frequency / TOTAL))
        zero = tables.flag_zero.astype(np.float64) / TOTAL
        self.flags = _Steps(tables.flag_thresholds, np.stack([-np.log2(1 - zero), -np.log2(zero)], 1))
        self.boost = _Steps(tables.flag_thresholds, tables.flag_boost / 256.0)

    def bits(self, s, around, near, bias, earlier, real):
        """Mean bits of a position. s [n][C] int; around [4][n][C] magnitudes. C is a multiple of GROUP, `real` of it are
        coded."""
        n, channels = s.shape
        size = s.abs().clamp_max(self.clip).float()
        group = torch.arange(channels) // GROUP
        same = (group[:, None] == group[None, :]).float()
        upper = torch.triu(earlier, 1)
        across = bias + (around * near[:, None, :]).sum(0) + size @ (upper * (1 - same))
        now = across + size @ (upper * same)
        before = across.clamp_min(0.0)
        now = now.clamp_min(FLOOR)
        grouped = s.view(n, -1, GROUP)
        empty = (grouped == 0).all(2)
        before = before.view(n, -1, GROUP)
        total = self.flags.of(before.sum(2), empty.long()).sum()
        set_before = (grouped != 0).cumsum(2) - (grouped != 0).long()
        rest = before.flip(2).cumsum(2).flip(2)
        coded = ~empty[:, :, None] & (torch.arange(channels) < real).view(-1, GROUP)
        symbol, x, r = grouped[coded], now.view(n, -1, GROUP)[coded], rest[coded]
        first = set_before[coded] == 0
        x = torch.where(first, x * self.boost.of(r), x)
        entry = torch.where(symbol.abs() <= LARGEST, symbol + LARGEST, torch.full_like(symbol, SYMBOLS - 1))
        total = total + self.symbols.of(x, entry.long()).sum()
        return total / n


def refine(symbols, weights, tables, steps, seed=1, rate=2e-3):
    """(better Weights, bits a position) for the symbols [rows][columns][C] of some pictures."""
    real = symbols[0].shape[2]
    more = -real % GROUP
    channels = real + more
    symbols = [np.pad(s, ((0, 0), (0, 0), (0, more))) for s in symbols]
    refiner = Refiner(tables)
    flat = torch.from_numpy(np.concatenate([s.reshape(-1, channels) for s in symbols]).astype(np.int32))
    around = torch.from_numpy(np.stack([np.concatenate([
        np.minimum(np.abs(n), tables.clip).reshape(-1, channels) for n in part]).astype(np.uint8)
        for part in zip(*(context.neighbours(s) for s in symbols))]))

    def parameter(values, pads=(0, more)):  # of every axis
        return torch.from_numpy(np.pad(values.astype(np.float32) / UNIT, pads)).requires_grad_()
    near = parameter(weights.neighbours, ((0, 0), (0, more)))
    bias, earlier = parameter(weights.bias), parameter(weights.earlier)
    optimiser = torch.optim.Adam([near, bias, earlier], lr=rate, betas=(0.9, 0.99))
    rng = np.random.default_rng(seed)
    seen = 0.0
    for step in range(steps):
        for g in optimiser.param_groups:
            g['lr'] = rate * min(1.0, (step + 1) / 20) * (1.02 - step / steps)
        rows = torch.from_numpy(rng.integers(0, len(flat), BATCH))
        loss = refiner.bits(flat[rows], around[:, rows].float(), near, bias, earlier, real)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        seen = float(loss) if step == 0 else 0.97 * seen + 0.03 * float(loss)
    with torch.no_grad():
        earlier = np.triu(earlier.numpy(), 1)[:real, :real]
        return as_integers(near.numpy()[:, :real], bias.numpy()[:real], earlier), seen

"""The context model in exact integers, and the length of its code; twin of the C++ coder.

Arrays of one picture or slice are [rows][columns][C], channels in coding order (by rank).
"""
from dataclasses import dataclass

import numpy as np

from entropy.tables import GROUP, LARGEST, SYMBOLS, TOTAL

LIMIT = 2 ** 24 - 1


def neighbours(values):
    """Left, up, up-left and up-right of every position, with the page's rules for the borders."""
    left, up, up_left, up_right = (np.zeros_like(values) for _ in range(4))
    left[:, 1:] = values[:, :-1]
    left[1:, 0] = values[:-1, 0]
    up[1:] = values[:-1]
    up[0] = left[0]
    up_left[1:, 1:] = values[:-1, :-1]
    up_left[0], up_left[1:, 0] = left[0], left[1:, 0]
    up_right[1:, :-1] = values[:-1, 1:]
    up_right[0], up_right[1:, -1] = up[0], up[1:, -1]
    return left, up, up_left, up_right


def residual(q, dpcm):
    """Coded symbols s: q minus the integer prediction of the ranks that have one."""
    q = q.astype(np.int32)
    used = sorted({rank for terms in dpcm.terms for _, rank, _ in terms})
    at = dict(zip(used, range(len(used))))
    places = [*neighbours(q[:, :, used]), q[:, :, used]]
    s = q.copy()
    for k, terms in zip(dpcm.ranks, dpcm.terms):
        total = sum(weight * places[place][:, :, at[rank]] for place, rank, weight in terms)
        s[:, :, k] -= np.clip((total + 128) >> 8, -32767, 32767)
    return s


@dataclass
class Expected:
    """u of all ranks: `before` its group was begun, and `now`, with the earlier ranks of the group."""
    before: np.ndarray
    now: np.ndarray


def expected(s, weights, clip):
    size = np.minimum(np.abs(s), clip).astype(np.int32)  # no sum below leaves 32 bits, see the page
    base = weights.bias + sum(n * w for n, w in zip(neighbours(size), weights.neighbours.astype(np.int32)))
    channels = s.shape[2]
    group = np.arange(channels) // GROUP
    flat = size.reshape(-1, channels).astype(np.float64)  # products and sums stay below 2^53: exact
    earlier = weights.earlier.astype(np.float64)
    within = earlier * (group[:, None] == group[None, :])
    across = base + (flat @ (earlier - within)).astype(np.int32).reshape(s.shape)
    here = (flat @ within).astype(np.int32).reshape(s.shape)
    return Expected(np.clip(across, 0, LIMIT), np.clip(across + here, 0, LIMIT))


def classes(values, thresholds):
    return np.searchsorted(thresholds, values, side='right')


def by_group(values):
    """[rows][columns][C] -> [positions][groups][GROUP], short last group filled with zeros."""
    channels = values.shape[2]
    groups = -(-channels // GROUP)
    filled = np.zeros((values.shape[0] * values.shape[1], groups * GROUP), values.dtype)
    filled[:, :channels] = values.reshape(-1, channels)
    return filled.reshape(-1, groups, GROUP)


@dataclass
class Coded:
    """What is coded, position by position: flags of groups, and the symbols of groups that are not all zero."""
    flag_size: np.ndarray  # m of each group, [positions][groups]
    empty: np.ndarray  # all zero?
    coded: np.ndarray  # mask [positions][groups][GROUP]
    symbol: np.ndarray  # s, same shape
    first: np.ndarray  # mask: all earlier s of the group are zero
    rest: np.ndarray  # r
    now: np.ndarray  # u


def coded_symbols(s, weights, clip):
    u = expected(s, weights, clip)
    before, now, symbol = by_group(u.before), by_group(u.now), by_group(s)
    real = by_group(np.ones_like(s, dtype=bool))
    set_before = np.cumsum(symbol != 0, 2) - (symbol != 0)
    empty = ~symbol.any(2)
    rest = np.cumsum(before[:, :, ::-1], 2)[:, :, ::-1]
    return Coded(before.sum(2), empty, real & ~empty[:, :, None], symbol, set_before == 0, rest, now)


def raised(c, tables):
    """x of every coded symbol: u, raised where the group is still to show its first non-zero."""
    now, first = c.now[c.coded].astype(np.int64), c.first[c.coded]
    boost = tables.flag_boost.astype(np.int64)[classes(c.rest[c.coded][first], tables.flag_thresholds)]
    now[first] = np.minimum((now[first] * boost) >> 8, LIMIT)
    return now


def escape_bits(size, k):
    """Plain bits of an escaped |s| >= 16."""
    n = np.floor(np.log2(size - LARGEST - 1 + 2.0 ** k)).astype(np.int64)
    return (n - k) + 1 + n + 1


def picture_bits(q, level, tables):
    """(bits of flags, bits of symbols, bits of escapes) of one picture as a single slice."""
    s = residual(q, tables.dpcm[level])
    c = coded_symbols(s, tables.weights[level], tables.clip)
    zero = tables.flag_zero.astype(np.float64)[classes(c.flag_size, tables.flag_thresholds)] / TOTAL
    flags = -np.log2(np.where(c.empty, zero, 1.0 - zero)).sum()
    x, symbol = raised(c, tables), c.symbol[c.coded]
    table = classes(x, tables.thresholds)
    entry = np.where(np.abs(symbol) <= LARGEST, symbol + LARGEST, SYMBOLS - 1)
    symbols = -np.log2(tables.frequency[table, entry] / TOTAL).sum()
    beyond = entry == SYMBOLS - 1
    escapes = escape_bits(np.abs(symbol[beyond]), tables.escape_k[table[beyond]].astype(np.int64)).sum()
    return float(flags), float(symbols), float(escapes)

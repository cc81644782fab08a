"""Frames with a reference: modes of positions, and the tables for them. See FORMAT.md, "Positions of a frame..."."""
from dataclasses import dataclass

import numpy as np

from entropy import context, fit
from entropy.tables import LARGEST, SYMBOLS, TOTAL

SAME, FRESH, DELTA = 0, 1, 2
QUIETER = (0.125, 0.4, 0.7)  # shares of frames that end the first three mode sets


@dataclass
class Pair:
    """Integers of a frame and of its reference at one quality, [rows][columns][C] by rank."""
    q: np.ndarray
    reference: np.ndarray
    level: int


def _rough_cost(values):
    """Bits of integers, about, as the encoder guesses them."""
    size = np.abs(values)
    return np.where(size > 0, 4.0 + 2.0 * np.floor(np.log2(np.maximum(size, 1)) + 1.0), 0.0).sum(2)


def modes_of(pair, dpcm):
    """Same where nothing changed, else what looks cheaper."""
    delta = pair.q - pair.reference
    fresh_cost = _rough_cost(context.residual(pair.q, dpcm))
    modes = np.where(_rough_cost(delta) <= fresh_cost, DELTA, FRESH)
    return np.where((delta == 0).all(2), SAME, modes)


def changed_neighbours(modes):
    """0..4 of left, up, up-left, up-right; a missing one counts as unchanged."""
    changed = np.pad((modes != SAME).astype(int), ((1, 0), (1, 1)))
    return changed[1:, :-2] + changed[:-1, 1:-1] + changed[:-1, :-2] + changed[:-1, 2:]


def mode_counts(modes):
    """[5][3]"""
    around = changed_neighbours(modes)
    return np.bincount((around * 3 + modes).ravel(), minlength=15).reshape(5, 3).astype(np.float64)


def fit_modes(all_counts):
    """Four sets [5][3] of frequencies, for frames from quiet to busy."""
    busy = [c[:, 1:].sum() / c.sum() for c in all_counts]
    # the quietest frames matter most: a camera that looks at nothing new should cost nothing
    cuts = [int(len(busy) * share) for share in QUIETER]
    parts = np.split(np.argsort(busy), cuts)
    every = sum(all_counts)
    sets = []
    for part in parts:
        counts = sum(all_counts[n] for n in part)
        counts = counts + 20.0 * (every + 1.0) / (every + 1.0).sum(1, keepdims=True)
        sets.append(np.stack([fit.to_frequencies(row, least=4) for row in counts]))
    return np.stack(sets)


def fit_pairs(pairs, tables, with_weights=False):
    """Adds modes to the tables, and on request weights of delta positions (which gain little, see LOG.md)."""
    modes = [modes_of(p, tables.dpcm[p.level]) for p in pairs]
    tables.mode = fit_modes([mode_counts(m) for m in modes])
    if not with_weights:
        return
    tables.delta = []
    for level in range(len(tables.weights)):
        mine = [n for n, p in enumerate(pairs) if p.level == level]
        tables.delta.append(fit.fit_weights([pairs[n].q - pairs[n].reference for n in mine],
                                            [modes[n] == DELTA for n in mine]))


def _coded_bits(s, weights, tables, mask):
    """Bits of the positions in `mask`."""
    c = context.coded_symbols(s, weights, tables.clip)
    keep = mask.ravel()
    zero = tables.flag_zero.astype(np.float64)[context.classes(c.flag_size, tables.flag_thresholds)] / TOTAL
    bits = -np.log2(np.where(c.empty, zero, 1.0 - zero))[keep].sum()
    c.coded = c.coded & keep[:, None, None]
    table = context.classes(context.raised(c, tables), tables.thresholds)
    symbol = c.symbol[c.coded]
    entry = np.where(np.abs(symbol) <= LARGEST, symbol + LARGEST, SYMBOLS - 1)
    bits -= np.log2(tables.frequency[table, entry] / TOTAL).sum()
    beyond = entry == SYMBOLS - 1
    return bits + context.escape_bits(np.abs(symbol[beyond]), tables.escape_k[table[beyond]].astype(np.int64)).sum()


def pair_bits(pair, tables, mode_sets):
    """(bits of modes, bits of fresh positions, bits of delta positions) with the best of the mode sets."""
    modes = modes_of(pair, tables.dpcm[pair.level])
    counts = mode_counts(modes)
    mode = min(-(counts * np.log2(s / TOTAL)).sum() for s in mode_sets)
    weights = tables.weights[pair.level]
    fresh = _coded_bits(context.residual(pair.q, tables.dpcm[pair.level]), weights, tables, modes == FRESH)
    delta_weights = tables.delta[pair.level] if tables.delta is not None else weights
    return mode, fresh, _coded_bits(pair.q - pair.reference, delta_weights, tables, modes == DELTA)

"""Fits the entropy coder's tables to latents of training pictures: least squares, counting, and descent on the code length
(refine.py), which wants the counts of the first round."""
from dataclasses import dataclass

import numpy as np

from entropy import context
from entropy.tables import HERE, LARGEST, MOST_HERE, SYMBOLS, TOTAL, Dpcm, Tables, Weights

UNIT = 4096  # weight 4096 says: expect as much as there
CLIP = 31
TABLES = 64
FLAG_CLASSES = 64
# expected magnitudes at the ends of the classes, in UNIT, spaced evenly in the logarithm
TABLE_RANGE = (0.003, 24.0)
FLAG_RANGE = (0.004, 12.0)
WORTH = 0.985  # DPCM stays where it makes the magnitudes smaller than this
SOURCES, PREDICTED, TERMS = 24, 16, 16  # ranks that predict, that may be predicted, terms of one
REFINEMENT = 400  # steps a level
I16 = 32767


@dataclass
class Sample:
    """Rounded latents of one picture at one quality, [rows][columns][C] by channel."""
    q: np.ndarray
    level: int


def log_steps(low, high, count):
    return np.round(np.geomspace(low * UNIT, high * UNIT, count)).astype(np.int64)


def coding_order(samples):
    """Most energetic channel first, over all levels alike."""
    mean = {}
    for s in samples:
        mean.setdefault(s.level, []).append(np.abs(s.q).mean((0, 1)))
    total = sum(np.mean(rows, 0) / (np.mean(rows) + 1e-9) for rows in mean.values())
    return np.argsort(-total, kind='stable')


def fit_dpcm(samples):
    """Integer predictors of the signed value, for the ranks where they pay: a few terms each, out of the first ranks of the
    neighbours and the very first of the position itself. By rank."""
    channels = samples[0].q.shape[2]
    sources, targets = min(SOURCES, channels), min(PREDICTED, channels)
    here = min(MOST_HERE, targets)
    places = [(place, rank) for place in range(4) for rank in range(sources)] + [(HERE, rank) for rank in range(here)]
    gram = np.zeros((len(places) + targets, len(places) + targets))
    for s in samples:
        q = s.q[:, :, :max(sources, targets)].astype(np.float64)
        rows = np.concatenate([*context.neighbours(q[:, :, :sources]), q[:, :, :here], q[:, :, :targets]], 2)
        rows = rows.reshape(-1, rows.shape[2])
        gram += rows.T @ rows
    d = Dpcm([], [])
    for k in range(targets):
        allowed = [n for n, (place, rank) in enumerate(places) if place != HERE or rank < k]
        terms = _few_terms(gram, allowed, len(places) + k, places)
        if terms and _pays(samples, k, terms):
            d.ranks.append(k)
            d.terms.append(terms)
    return d


def _few_terms(gram, allowed, target, places):
    """Greedy: the term that explains most of what is left, again and again, all weights anew each time."""
    chosen, weights = [], np.zeros(0)
    while len(chosen) < TERMS:
        left = gram[allowed, target] - gram[np.ix_(allowed, chosen)] @ weights
        gain = left ** 2 / (gram[allowed, allowed] + 1e-9)
        gain[np.isin(allowed, chosen)] = -1.0
        best = int(np.argmax(gain))
        if gain[best] <= 1e-3 * gram[target, target]:
            break
        chosen.append(allowed[best])
        part = gram[np.ix_(chosen, chosen)]
        weights = np.linalg.solve(part + 1e-4 * np.trace(part) / len(chosen) * np.eye(len(chosen)), gram[chosen, target])
    rounded = np.clip(np.round(weights * 256), -1024, 1024).astype(int)
    return sorted((*places[n], int(w)) for n, w in zip(chosen, rounded) if w)


def _pays(samples, k, terms):
    one = Dpcm([k], [terms])
    old = new = 0.0
    for s in samples:
        old += np.log2(1 + np.abs(s.q[:, :, k])).sum()
        new += np.log2(1 + np.abs(context.residual(s.q, one)[:, :, k])).sum()
    return old > 0 and new < WORTH * old


def _features(s):
    """Magnitudes [n][C] and those of the four neighbours [n][4 C]."""
    size = np.minimum(np.abs(s), CLIP).astype(np.float32)
    channels = s.shape[2]
    around = np.concatenate([n.reshape(-1, channels) for n in context.neighbours(size)], 1)
    return size.reshape(-1, channels), around


def fit_weights(symbols, masks=None):
    """Least squares on magnitudes. Busy positions weigh less, as their magnitudes vary more. By rank.

    masks: which positions of each picture count, [rows][columns] of bool; None means all.
    """
    channels = symbols[0].shape[2]
    gram = np.zeros((5 * channels + 1, 5 * channels + 1))
    for n, s in enumerate(symbols):
        size, around = _features(s)
        if masks is not None:
            size, around = size[masks[n].ravel()], around[masks[n].ravel()]
        rows = np.concatenate([size, around, np.ones((len(size), 1), np.float32)], 1)
        rows /= np.sqrt(size.sum(1, keepdims=True) + 2.0)
        gram += rows.T @ rows
    neighbours, bias = np.zeros((4, channels)), np.zeros(channels)
    earlier = np.zeros((channels, channels))
    for k in range(channels):
        own = [channels * (1 + n) + k for n in range(4)]
        columns = np.array([*range(k), *own, 5 * channels])
        ridge = np.eye(len(columns)) * 1e-4 * gram[-1, -1]
        w = np.linalg.solve(gram[np.ix_(columns, columns)] + ridge, gram[columns, k])
        earlier[:k, k], neighbours[:, k], bias[k] = w[:k], w[k:k + 4], w[-1]
    return as_integers(neighbours, bias, earlier)


def as_integers(neighbours, bias, earlier):
    def small(values):
        return np.clip(np.round(values * UNIT), -I16, I16).astype(np.int16)
    return Weights(small(neighbours), np.clip(np.round(bias * UNIT), -2 ** 28, 2 ** 28).astype(np.int32),
                   small(earlier))


def to_frequencies(counts, least=1):
    """Integer frequencies of at least `least` that sum to TOTAL and cost the counted symbols the fewest bits."""
    share = counts / counts.sum()
    frequency = np.maximum(least, np.floor(share * TOTAL)).astype(np.int64)
    while frequency.sum() != TOTAL:
        step = 1 if frequency.sum() < TOTAL else -1
        gain = counts * np.log2(np.maximum(frequency + step, 0.5) / frequency)
        gain[frequency + step < least] = -np.inf
        frequency[np.argmax(gain)] += step
    return frequency.astype(np.uint16)


def smoothed(counts):
    """Counts of all tables [N][32], each leaning a little on its neighbours, both signs alike."""
    counts = counts.astype(np.float64)
    both = counts[:, :SYMBOLS - 1]
    counts[:, :SYMBOLS - 1] = 0.5 * (both + both[:, ::-1])
    near = counts.copy()
    near[1:] += counts[:-1]
    near[:-1] += counts[1:]
    wide = near + 1e-3 * near.sum(0) / near.sum() + 1e-9
    return counts + 24.0 * wide / wide.sum(1, keepdims=True)


def _count_flags(coded, thresholds):
    flags = np.zeros((FLAG_CLASSES, 2))
    for c in coded:
        cls = context.classes(c.flag_size, thresholds)
        for empty in (0, 1):
            flags[:, empty] += np.bincount(cls[c.empty == bool(empty)].ravel(), minlength=FLAG_CLASSES)
    return flags


def _flag_tables(flags):
    total = flags.sum(1)
    near = flags.copy()
    near[1:] += flags[:-1]
    near[:-1] += flags[1:]
    near += 1e-3 * flags.sum(0) / flags.sum()
    zero = (flags[:, 1] + 8 * near[:, 1] / near.sum(1)) / (total + 8)
    zero = np.clip(np.round(zero * TOTAL), 1, TOTAL - 1).astype(np.int64)
    return zero.astype(np.uint16), np.minimum(65535, np.round(256.0 * TOTAL / (TOTAL - zero))).astype(np.uint16)


def _escape_parameters(lengths):
    """Best escape_k of each table from the escaped magnitudes it saw; tables that saw none take the overall best."""
    every = np.concatenate([np.concatenate(v) for v in lengths if v] or [np.array([LARGEST + 1])])

    def best(sizes):
        return int(np.argmin([context.escape_bits(sizes, k).sum() for k in range(9)]))
    common = best(every)
    return np.array([best(np.concatenate(v)) if sum(map(len, v)) >= 30 else common for v in lengths], np.uint8)


class Fit:
    """Takes samples of all levels, gives Tables. `forward` and `inverse` are the gains [Q][C] by channel."""

    def __init__(self, samples, forward, inverse, level, say=print, refinement=REFINEMENT):
        self.say = say
        self.refinement = refinement  # steps of descent; 0: none
        self.forward, self.inverse = forward.astype(np.float32), inverse.astype(np.float32)
        self.level = np.asarray(level, np.uint8)
        self.order = coding_order(samples)
        for s in samples:
            s.q = np.ascontiguousarray(s.q[:, :, self.order])  # by rank from here on
        self.samples = samples

    def of_level(self, level):
        return [s for s in self.samples if s.level == level]

    def tables(self):
        levels = int(self.level.max()) + 1
        dpcm, weights = [], []
        for v in range(levels):
            dpcm.append(fit_dpcm(self.of_level(v)))
            weights.append(fit_weights([context.residual(s.q, dpcm[v]) for s in self.of_level(v)]))
            self.say(f'level {v}: context weights fitted, {len(dpcm[v].ranks)} channels with DPCM')
        t = Tables(self.forward, self.inverse, self.order.astype(np.uint16), self.level, CLIP, weights, dpcm,
                   log_steps(*TABLE_RANGE, TABLES - 1), None, None, log_steps(*FLAG_RANGE, FLAG_CLASSES - 1),
                   None, None)
        self.count(t)
        if self.refinement:
            self.refine(t)
            self.count(t)
        return t

    def refine(self, t):
        from entropy.refine import refine  # the only part that needs PyTorch
        for v in range(len(t.weights)):
            symbols = [context.residual(s.q, t.dpcm[v]) for s in self.of_level(v)]
            t.weights[v], bits = refine(symbols, t.weights[v], t, self.refinement)
            self.say(f'level {v}: context weights refined, {bits:.2f} bits a position')

    def count(self, t):
        """Flags first, since their frequencies decide how far predictions are raised; then the symbols."""
        coded = [context.coded_symbols(context.residual(s.q, t.dpcm[s.level]), t.weights[s.level], t.clip)
                 for s in self.samples]
        t.flag_zero, t.flag_boost = _flag_tables(_count_flags(coded, t.flag_thresholds))
        counts = np.zeros((TABLES, SYMBOLS))
        lengths = [[] for _ in range(TABLES)]
        for c in coded:
            table = context.classes(context.raised(c, t), t.thresholds)
            symbol = c.symbol[c.coded]
            entry = np.where(np.abs(symbol) <= LARGEST, symbol + LARGEST, SYMBOLS - 1)
            counts += np.bincount(table * SYMBOLS + entry, minlength=TABLES * SYMBOLS).reshape(TABLES, SYMBOLS)
            for k in np.unique(table[entry == SYMBOLS - 1]):
                lengths[k].append(np.abs(symbol[(entry == SYMBOLS - 1) & (table == k)]))
        t.frequency = np.stack([to_frequencies(row) for row in smoothed(counts)])
        t.escape_k = _escape_parameters(lengths)
        self.say(f'symbols {counts.sum() / 1e6:.1f} million, {len(self.samples)} pictures')


def one_table_per_channel(samples_fit, samples):
    """Bits of `samples` with one static table a channel fitted on `samples_fit`: what contexts are compared with.

    Both are lists of q [rows][columns][C].
    """
    flat = np.concatenate([q.reshape(-1, q.shape[2]) for q in samples_fit])
    bits = 0.0
    spread = np.exp(-0.8 * np.abs(np.arange(SYMBOLS) - LARGEST))
    for k in range(flat.shape[1]):
        def entries(values):
            return np.where(np.abs(values) <= LARGEST, values + LARGEST, SYMBOLS - 1)
        counts = np.bincount(entries(flat[:, k]), minlength=SYMBOLS) + 4.0 * spread / spread.sum()
        cost = -np.log2(counts / counts.sum())
        for q in samples:
            values = q[:, :, k].ravel()
            bits += cost[entries(values)].sum() + context.escape_bits(np.abs(values[np.abs(values) > LARGEST]), 3).sum()
    return bits

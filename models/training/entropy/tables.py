"""The tables of a bundle's entropy coder, and entropy.bin, the file they travel in.

The page that defines file and meaning is runtime/codec/FORMAT.md.
"""
import struct
from dataclasses import dataclass, field

import numpy as np

MAGIC = b'LCE1'
REQUIRED = ('HEAD', 'GAIN', 'ORDR', 'LEVL', 'CTXW', 'DPCM', 'TABL', 'FLAG')
GROUP = 8  # channels per all-zero flag
SYMBOLS = 32  # -15..15 and escape
LARGEST = 15
TOTAL = 4096  # of frequencies


@dataclass
class Weights:
    """Integer weights of one level, by rank, in units of UNIT (see fit.py)."""
    neighbours: np.ndarray  # i16 [4][C]: left, up, up-left, up-right
    bias: np.ndarray  # i32 [C]
    earlier: np.ndarray  # i16 [C][C]: earlier[j][k] from rank j on rank k, zero unless j < k


HERE = 4  # a place behind left, up, up-left, up-right: the position itself
MOST_HERE = GROUP  # of its ranks, those below may be read
MOST_TERMS = 32


@dataclass
class Dpcm:
    ranks: list  # ascending
    terms: list  # for each of them a list of (place, rank, weight in 1/256)


@dataclass
class Tables:
    forward: np.ndarray  # f32 [Q][C]
    inverse: np.ndarray
    order: np.ndarray  # u16 [C], channel of each rank
    level: np.ndarray  # u8 [Q]
    clip: int
    weights: list  # of Weights, one per level
    dpcm: list  # of Dpcm, one per level
    thresholds: np.ndarray  # i32 [N-1]
    frequency: np.ndarray  # u16 [N][32]
    escape_k: np.ndarray  # u8 [N]
    flag_thresholds: np.ndarray  # i32 [F-1]
    flag_zero: np.ndarray  # u16 [F]
    flag_boost: np.ndarray  # u16 [F]
    mode: np.ndarray = None  # u16 [M][5][3], optional
    delta: list = field(default=None)  # of Weights, optional

    @property
    def channels(self):
        return len(self.order)


def _weights_bytes(weights):
    parts = []
    for w in weights:
        upper = np.triu_indices(w.earlier.shape[0], 1)
        parts += [w.neighbours.astype('<i2').tobytes(), w.bias.astype('<i4').tobytes(),
                  w.earlier[upper].astype('<i2').tobytes()]
    return b''.join(parts)


def _dpcm_bytes(levels):
    parts = []
    for d in levels:
        parts.append(struct.pack('<H', len(d.ranks)))
        for rank, terms in zip(d.ranks, d.terms):
            parts.append(struct.pack('<HB', rank, len(terms)))
            parts += [struct.pack('<BHh', *term) for term in terms]
    return b''.join(parts)


def to_bytes(t):
    """The whole file."""
    tables = b''.join(f.astype('<u2').tobytes() + bytes([int(k)]) for f, k in zip(t.frequency, t.escape_k))
    flags = np.stack([t.flag_zero, t.flag_boost], 1).astype('<u2').tobytes()
    head = struct.pack('<HBBBBBBI', t.channels, len(t.level), len(t.weights), t.clip, GROUP, len(t.frequency),
                       len(t.flag_zero), 0)
    sections = [('HEAD', head),
                ('GAIN', t.forward.astype('<f4').tobytes() + t.inverse.astype('<f4').tobytes()),
                ('ORDR', t.order.astype('<u2').tobytes()),
                ('LEVL', t.level.astype('u1').tobytes()),
                ('CTXW', _weights_bytes(t.weights)),
                ('DPCM', _dpcm_bytes(t.dpcm)),
                ('TABL', t.thresholds.astype('<i4').tobytes() + tables),
                ('FLAG', t.flag_thresholds.astype('<i4').tobytes() + flags)]
    if t.mode is not None:
        sections.append(('mode', t.mode.astype('<u2').tobytes()))
    if t.delta is not None:
        sections.append(('ctxd', _weights_bytes(t.delta)))
    return MAGIC + b''.join(tag.encode() + struct.pack('<I', len(body)) + body for tag, body in sections)


class _Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, kind, *shape):
        kind = np.dtype(kind)
        count = int(np.prod(shape)) if shape else 1
        end = self.at + count * kind.itemsize
        if end > len(self.data):
            raise ValueError('a section of entropy.bin is too short')
        values = np.frombuffer(self.data[self.at:end], kind).reshape(shape)
        self.at = end
        return values.copy() if shape else values[()]

    def done(self):
        if self.at != len(self.data):
            raise ValueError('a section of entropy.bin is too long')


def _sections(data):
    if data[:4] != MAGIC:
        raise ValueError('not an entropy.bin: it does not begin with LCE1')
    out, at = {}, 4
    while at < len(data):
        tag = data[at:at + 4].decode('ascii')
        length, = struct.unpack_from('<I', data, at + 4)
        if tag in out or at + 8 + length > len(data):
            raise ValueError(f'section {tag} of entropy.bin is doubled or cut off')
        out[tag] = _Reader(data[at + 8:at + 8 + length])
        at += 8 + length
    missing = [tag for tag in REQUIRED if tag not in out]
    if missing:
        raise ValueError(f'entropy.bin lacks {", ".join(missing)}')
    return out


def _read_weights(r, levels, channels):
    out = []
    for _ in range(levels):
        neighbours, bias = r.take('<i2', 4, channels), r.take('<i4', channels)
        earlier = np.zeros((channels, channels), np.int16)
        earlier[np.triu_indices(channels, 1)] = r.take('<i2', channels * (channels - 1) // 2)
        out.append(Weights(neighbours, bias, earlier))
    r.done()
    return out


def _read_dpcm(r, levels):
    out = []
    for _ in range(levels):
        d = Dpcm([], [])
        for _ in range(int(r.take('<u2'))):
            d.ranks.append(int(r.take('<u2')))
            d.terms.append([(int(r.take('u1')), int(r.take('<u2')), int(r.take('<i2'))) for _ in range(int(r.take('u1')))])
        out.append(d)
    r.done()
    return out


def from_bytes(data):
    """Tables of a file; ValueError says what is wrong with it."""
    s = _sections(data)
    head = s['HEAD']
    channels, qualities, levels, clip, group, tables, flags, _ = (
        int(head.take(k)) for k in ('<u2', 'u1', 'u1', 'u1', 'u1', 'u1', 'u1', '<u4'))
    head.done()
    if group != GROUP:
        raise ValueError(f'flag size {group}, expected {GROUP}')
    forward, inverse = s['GAIN'].take('<f4', qualities, channels), s['GAIN'].take('<f4', qualities, channels)
    thresholds = s['TABL'].take('<i4', tables - 1)
    rows = [(s['TABL'].take('<u2', SYMBOLS), s['TABL'].take('u1')) for _ in range(tables)]
    flag_thresholds, flag = s['FLAG'].take('<i4', flags - 1), s['FLAG'].take('<u2', flags, 2)
    order, level = s['ORDR'].take('<u2', channels), s['LEVL'].take('u1', qualities)
    for tag in ('GAIN', 'TABL', 'FLAG', 'ORDR', 'LEVL'):
        s[tag].done()
    mode = s['mode'].take('<u2', len(s['mode'].data) // 30, 5, 3) if 'mode' in s else None
    return Tables(forward, inverse, order, level, clip, _read_weights(s['CTXW'], levels, channels),
                  _read_dpcm(s['DPCM'], levels), thresholds, np.stack([f for f, _ in rows]),
                  np.array([k for _, k in rows], np.uint8), flag_thresholds, flag[:, 0], flag[:, 1], mode,
                  _read_weights(s['ctxd'], levels, channels) if 'ctxd' in s else None)

"""Curves as SVG: no library, one file."""
from html import escape

import numpy as np

WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 760, 420, 70, 20, 230, 50
COLOURS = ('#1f77b4', '#d62728', '#2ca02c', '#ff7f0e', '#9467bd', '#8c564b', '#17becf', '#7f7f7f')
DASHES = ('', '6 3', '2 3')  # when the colours have gone round


def _ticks(low, high, log):
    if log:
        return [m * 10.0 ** e for e in range(int(np.floor(low)), int(np.ceil(high)) + 1) for m in (1, 2, 5)
                if low <= np.log10(m * 10.0 ** e) <= high]
    return list(np.linspace(low, high, 6))


def svg(curves, x_words, y_words, log=False):
    """curves: {name: (xs, ys)}; `log` is of y, whose values are above 0 then."""
    xs = np.concatenate([np.asarray(x, float) for x, _ in curves.values()])
    ys = np.concatenate([np.asarray(y, float) for _, y in curves.values()])
    ys = np.log10(ys) if log else ys
    low, high = (xs.min(), ys.min()), (xs.max(), ys.max())
    wide, tall = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def place(x, y):
        return (LEFT + wide * (x - low[0]) / max(high[0] - low[0], 1e-12),
                TOP + tall * (1 - (y - low[1]) / max(high[1] - low[1], 1e-12)))
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">',
           f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
           f'<rect x="{LEFT}" y="{TOP}" width="{wide}" height="{tall}" fill="none" stroke="#888"/>']
    for tick in _ticks(low[0], high[0], False):
        x, y = place(tick, low[1])
        out.append(f'<text x="{x:.1f}" y="{y + 16:.1f}" text-anchor="middle">{tick:.3g}</text>')
    for tick in _ticks(low[1], high[1], log):
        x, y = place(low[0], np.log10(tick) if log else tick)
        out.append(f'<text x="{x - 6:.1f}" y="{y + 4:.1f}" text-anchor="end">{tick:.3g}</text>'
                   f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{x + wide:.1f}" y2="{y:.1f}" stroke="#ddd"/>')
    out.append(f'<text x="{LEFT + wide / 2}" y="{HEIGHT - 12}" text-anchor="middle">{escape(x_words)}</text>'
               f'<text x="14" y="{TOP + tall / 2}" text-anchor="middle" transform="rotate(-90 14 {TOP + tall / 2})">'
               f'{escape(y_words)}</text>')
    for k, (name, (x, y)) in enumerate(curves.items()):
        colour, dash = COLOURS[k % len(COLOURS)], DASHES[k // len(COLOURS) % len(DASHES)]
        style = f'stroke="{colour}" stroke-width="1.5" stroke-dasharray="{dash}"'
        points = ' '.join('{:.1f},{:.1f}'.format(*place(a, np.log10(b) if log else b)) for a, b in zip(x, y))
        at = TOP + 10 + 17 * k
        out.append(f'<polyline points="{points}" fill="none" {style}/>'
                   f'<line x1="{WIDTH - RIGHT + 12}" y1="{at}" x2="{WIDTH - RIGHT + 36}" y2="{at}" {style}/>'
                   f'<text x="{WIDTH - RIGHT + 42}" y="{at + 4}">{escape(name)}</text>')
    return '\n'.join([*out, '</svg>', ''])

"""The entropy tables of a trained autoencoder, from latents of training pictures."""
import numpy as np

from entropy import fit, temporal
from autoencoder import latents, pairs
from autoencoder.levels import QUALITIES
from autoencoder.sources import SOURCES

LEVELS = 8  # sets of context weights; 8 qualities share one
PAIRS = 24


def samples_of(ys, forward, level, seed):
    """Each picture at one random quality of every second level."""
    rng = np.random.default_rng(seed)
    share = QUALITIES // LEVELS
    out = []
    for n, y in enumerate(ys):
        for v in range(n % 2, LEVELS, 2):
            quality = v * share + int(rng.integers(share))
            out.append(fit.Sample(latents.rounded(y, forward[quality]), int(level[quality])))
    return out


def of_codec(codec, options, say):
    """Fitted Tables."""
    forward, inverse = latents.gains(codec)
    level = latents.level_of_quality(LEVELS)
    source = SOURCES[codec.shape.source]
    pictures = source.training(options.data)
    ys = latents.training_latents(codec, pictures[::source.every])
    say(f'latents of {len(ys)} pictures')
    fitted = fit.Fit(samples_of(ys, forward, level, options.seed), forward, inverse, level, say).tables()
    temporal.fit_pairs(pairs.of_codec(codec, pictures, fitted, PAIRS, options.seed), fitted)
    say(f'modes from {PAIRS} pairs of frames')
    return fitted

"""Whether a classifier of pictures answers as well when a codec stood before it."""
import numpy as np

from autoencoder import latents
from autoencoder.measure import HEADER_BITS
from common import bundle
from common.cards import filled
from entropy import context
from medical import pictures, statistics
from medical.network import PixelClassifier, to_input
from medical.tasks import SIDE, TASKS
from medical.training import cross_validated, fit, labelled, scores

RATE = 0.25  # bits a pixel, header included
VARIANTS = 12  # of each training picture: as it is, then changed
BOUND = -0.05  # of the change in AUC: what is called kept
CHANCE = 0.5  # AUC of a guess

SECTION = '''## Does the answer survive

{question} A small pixel classifier was trained on the pictures themselves and asked about pictures that it did not
see, as they are and decoded at quality {quality}, the finest that takes at most {rate} bits a pixel of the test
pictures ({bpp:.3f} with headers). Area under the ROC curve, with 95 % bounds of 2,000 bootstrap samples, the change
over the same samples:

| | as they are | decoded | change |
| --- | --- | --- | --- |
| {trained} training pictures, five folds | {cross} |
| {tested} test pictures | {test} |

{verdict} The training pictures taught the codec, too; the test pictures did not. {warning}

'''


def _rate(tables, ys, quality):
    """Bits a pixel of latents at a quality, headers included."""
    bits = 0.0
    for y in ys:
        q = latents.rounded(y, tables.forward[quality])
        bits += sum(context.picture_bits(q[:, :, tables.order], int(tables.level[quality]), tables)) + HEADER_BITS
    return bits / (len(ys) * SIDE * SIDE)


def _finest(tables, ys):
    """(quality, bits a pixel) of the finest quality within RATE."""
    best, below, above = None, -1, len(tables.forward)
    while above - below > 1:
        middle = (below + above) // 2
        rate = _rate(tables, ys, middle)
        if rate <= RATE:
            below, best = middle, (middle, rate)
        else:
            above = middle
    if not best:
        raise SystemExit(f'no quality takes {RATE} bits a pixel or less')
    return best


def _decoded(codec, tables, ys, quality):
    """u8 pictures [N,SIDE,SIDE,C]."""
    return np.stack([latents.picture_of(codec, latents.rounded(y, tables.forward[quality]), tables.inverse[quality],
                                        SIDE, SIDE) for y in ys])


def _latents(codec, stored):
    return [latents.latent(codec, p.reshape(SIDE, SIDE, -1)) for p in stored]


def _row(before, after, labels):
    parts = (statistics.interval(before, labels), statistics.interval(after, labels),
             statistics.paired(after, before, labels))
    return ' | '.join(f'{v:.3f} ({low:.3f} to {high:.3f})' for v, low, high in parts), parts


def _verdict(*found):
    """Of rows, each (AUC before, AUC after, change) with their bounds."""
    lowest = min(low for _, _, (_, low, _) in found)
    if lowest <= BOUND:
        return f'A loss of more than 5 points is not ruled out (lowest bound {100 * lowest:.1f} points).'
    said = f'The lower bound of the change is {100 * lowest:.1f} points or more'
    if any(low <= CHANCE for (_, low, _), _, _ in found):
        return f'{said}; but the classifier is hardly better than chance on pictures as they are, and proves little.'
    return f'{said}: the answer is kept.'


def section(codec, tables, options, say):
    """(the section of the card, {name: text} for the manifest)."""
    from medical.card import WARNING
    task = TASKS[codec.shape.source]
    stored, grades, names = pictures.load(options.data, task.name, 'train')
    labels = task.is_present(grades).astype(np.int64)
    test, grades, _ = pictures.load(options.data, task.name, 'test')
    test_labels = task.is_present(grades).astype(np.int64)
    ys = _latents(codec, test)
    quality, bpp = _finest(tables, ys)
    test_decoded = _decoded(codec, tables, ys, quality)
    decoded = _decoded(codec, tables, _latents(codec, stored), quality)
    say(f'quality {quality} takes {bpp:.3f} bits a pixel of the test pictures')
    rng = np.random.default_rng(options.seed)
    seen = np.stack([stored if k == 0 else pictures.varied(stored, task, rng) for k in range(VARIANTS)])

    def batch(rows, rng):
        return to_input(seen[rng.integers(0, VARIANTS, len(rows)), rows])

    def train(rows, seed):
        return 2 * [fit(PixelClassifier(), labelled(batch, labels), rows, seed)]
    before, after = (lambda rows, some=some: to_input(some[rows]) for some in (stored, decoded))
    folds = pictures.folds(labels, [task.patient_of(n) for n in names], options.seed)
    crossed = cross_validated(train, [before, after], folds, options, f'{bundle.digest(decoded.tobytes())[:8]}-{VARIANTS}', say)
    network = train(np.arange(len(labels)), options.seed)[0]
    answers = [scores(network, to_input(some)) for some in (test, test_decoded)]
    (cross, parts), (tested, test_parts) = _row(*crossed, labels), _row(*answers, test_labels)
    verdict = _verdict(parts, test_parts)
    say(verdict)
    question = f'{task.summary[0].upper()}{task.summary[1:]}?'
    text = filled(SECTION.format(question=question, quality=quality, rate=RATE, bpp=bpp, trained=len(labels),
                                 tested=len(test_labels), cross=cross, test=tested, verdict=verdict, warning=WARNING))
    changes = {name: f'{after[0]:.3f} instead of {before[0]:.3f}, change {low:.3f} to {high:.3f}'
               for name, (before, after, (_, low, high)) in (('auc_cross_validated', parts), ('auc_test', test_parts))}
    return text, dict(changes, auc_at=f'quality {quality}, {bpp:.3f} bpp')

"""The bundles xray-latent and fundus-latent: classifiers of latents, beside pixel classifiers of the same, decoded."""
import os
from dataclasses import dataclass

import numpy as np

from autoencoder.network import macs_per_pixel
from cifar10.measure import threshold_of
from common import bundle, checkpoint
from common.cache import kept
from common.progress import Progress, quiet_torch
from common.schedule import Clock
from latent import card as latent_card, deletion, export
from latent.network import macs
from latent.source import QUALITIES, Source
from medical import card, pictures, statistics
from medical.network import CLASSES, LatentClassifier, PixelClassifier, to_input
from medical.tasks import SIDE, TASKS
from medical.training import cross_validated, fit, labelled, scores, taught

VARIANTS = 12  # of each training picture: as it is, then changed
AT = 35  # the quality at which answers are compared


class Examples:
    """Latents of the training pictures and their variants, and what comes out of them decoded."""

    def __init__(self, task, options, say):
        self.source = Source()
        stored, grades, names = pictures.load(options.data, task.name, 'train')
        self.labels = task.is_present(grades).astype(np.int64)
        self.folds = pictures.folds(self.labels, [task.patient_of(n) for n in names], options.seed)
        rng = np.random.default_rng(options.seed)
        variants = [stored if k == 0 else pictures.varied(stored, task, rng) for k in range(VARIANTS)]
        qualities = [AT] + [int(q) for q in rng.integers(QUALITIES[0], QUALITIES[1] + 1, VARIANTS)]
        where = os.path.join(options.work, f'{options.bundle}-{self.source.identity[:8]}-{options.seed}-{VARIANTS}')
        say(f'latents of {len(stored)} pictures, {VARIANTS} variants of each')
        self.y = kept(f'{where}-latents.npy', lambda: np.stack(
            [self.source.latents(pictures.as_rgb(v), size=16) for v in variants]))
        say('and decoded')
        self.decoded = kept(f'{where}-pictures.npy', lambda: np.stack(
            [self.source.pictures(y, q, size=16) for y, q in zip((self.y[0], *self.y), qualities)]))

    def spread(self):
        return self.latents(np.arange(len(self.labels))).square().mean((0, 2, 3)).sqrt().clamp_min(0.01)

    def batch(self, rows, rng):
        """(latents, the same decoded)."""
        variant = rng.integers(0, VARIANTS, len(rows))
        latents = self.source.restored(self.y[variant, rows], rng.integers(QUALITIES[0], QUALITIES[1] + 1, len(rows)))
        return latents, to_input(self.decoded[1 + variant, rows])

    def latents(self, rows):
        return self.source.restored(self.y[0][rows], AT)

    def pixel_batch(self, rows, rng):
        return self.batch(rows, rng)[1]

    def pixels(self, rows):
        return to_input(self.decoded[0, rows])


@dataclass
class Measured:
    pictures: int  # trained on
    tested: int
    cross: tuple  # AUC of the latent classifier, of the pixel classifier, difference, each with bounds
    test: tuple  # the same on the test pictures
    accuracy: float  # on the test pictures
    threshold: float
    coverage: float
    precision: float
    drops: tuple
    macs: float
    pixel_macs: float


def _compared(ours, pixels, labels):
    return (statistics.interval(ours, labels), statistics.interval(pixels, labels),
            statistics.paired(ours, pixels, labels))


def _chances(score):
    """(answered label, its probability) of scores."""
    present = 1 / (1 + np.exp(-score.astype(np.float64)))
    return (score > 0).astype(np.int64), np.maximum(present, 1 - present)


def measure(network, pixel_network, examples, crossed, task, options):
    stored, grades, _ = pictures.load(options.data, task.name, 'test')
    labels, source = task.is_present(grades).astype(np.int64), examples.source
    latents = source.latents(pictures.as_rgb(stored), exact=True, size=16)
    y = source.restored(latents, AT)
    ours = scores(network, y)
    theirs = scores(pixel_network, to_input(source.pictures(latents, AT, size=16)))
    answer, chance = _chances(crossed[0])
    threshold = threshold_of(answer == examples.labels, chance, task.precision)
    answer, chance = _chances(ours)
    right, sure = answer == labels, chance >= threshold
    fill = examples.latents(np.arange(len(examples.labels))).mean((0, 2, 3))
    side = SIDE // 16
    return Measured(len(examples.labels), len(labels), _compared(*crossed, examples.labels),
                    _compared(ours, theirs, labels), float(right.mean()), threshold, float(sure.mean()),
                    float(right[sure].mean()) if sure.any() else 0.0,
                    deletion.drops(network, y, fill), macs(network, source.channels, side, side) / 1e6,
                    (macs_per_pixel(source.codec.decoder) * SIDE * SIDE + macs(pixel_network, 3, SIDE, SIDE)) / 1e6)


def manifest(name, task, m, source):
    def told(found):
        (ours, _, _), (theirs, _, _), (_, low, high) = found
        return f'AUC {ours:.3f}, {theirs:.3f} from decoded pictures, difference {low:.3f} to {high:.3f}'
    return {
        'bundle': name, 'kind': 'classifier', 'format': 1,
        'summary': f'{task.summary}; from latents of {source.name}, for experiments only',
        'input': latent_card.latent_input(source, SIDE),
        'output': 'logits', 'evidence': 'evidence', 'labels': 'labels.txt', 'threshold': m.threshold,
        'licence': task.licence, 'terms': task.terms,
        'measured': {'set': f'{task.name}, {m.tested} test pictures', 'test': told(m.test),
                     'cross-validated': told(m.cross), 'accuracy_percent': round(100 * m.accuracy, 1)}}


def build(options):
    quiet_torch(options.threads)
    checkpoint.seed_everything(options.seed)
    os.makedirs(options.work, exist_ok=True)
    say = Progress(os.path.join(options.work, f'{options.bundle}.log')).say
    clock, task = Clock(1), TASKS[options.bundle.split('-')[0]]
    examples = Examples(task, options, say)

    def train(rows, seed):
        pixels = fit(PixelClassifier(), labelled(examples.pixel_batch, examples.labels), rows, seed)
        network = LatentClassifier(examples.source.channels)
        network.stem.spread.copy_(examples.spread())
        network.deeper.load_state_dict(pixels.deeper.state_dict())
        return fit(network, taught(pixels, examples.batch, examples.labels), rows, seed), pixels
    crossed = cross_validated(train, [examples.latents, examples.pixels], examples.folds, options,
                              f'{examples.source.identity[:8]}-{VARIANTS}', say)
    everything = np.arange(len(examples.labels))
    network, pixel_network = train(everything, options.seed)
    graph = export.classifier(network, examples.source.channels, CLASSES)
    export.refuse_difference(network, graph, examples.latents(everything[:4]), say)
    m = measure(network, pixel_network, examples, crossed, task, options)
    say(f'{m}')
    files = {'classifier.onnx': graph, 'labels.txt': ('\n'.join(task.labels) + '\n').encode()}
    text = card.of_latents(options.bundle, task, m, examples.source, network, clock.seconds() / 60, options.seed)
    identity = bundle.write(options.out, files, manifest(options.bundle, task, m, examples.source), text)
    say(f'wrote {options.out}: {identity[:8]}')

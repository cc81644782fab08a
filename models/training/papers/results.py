"""What is measured on the test pictures: numbers for the manifest, and rows and tables for the card."""
import os

import numpy as np

from common import onnx_run
from papers import ciphers, classifiers, damage, measure, pictures

NOISES = {  # as the table of P3 has them; u8 pictures in and out
    'none': lambda x, rng: x,
    'salt and pepper, 2 %': lambda x, rng: np.where(rng.random((len(x), 1, *x.shape[2:])) < 0.02,
                                                    255.0 * (rng.random((len(x), 1, *x.shape[2:])) < 0.5), x),
    'speckle, 0.2': lambda x, rng: x * (1 + rng.normal(0, 0.2, x.shape)),
    'Poisson, 255 photons': lambda x, rng: rng.poisson(x.astype(float)),
    'Gaussian, 25': lambda x, rng: x + rng.normal(0, 25, x.shape),
}


def _rows(found):
    words = {'psnr_db': 'PSNR, dB', 'ssim': 'SSIM (of the first 500 where there are more)', 'mse': 'MSE, samples in 0..1', 'mae': 'MAE, samples in 0..1',
             'accuracy_percent': 'right, %', 'recall': 'recall', 'precision': 'precision', 'f1': 'F1', 'auc': 'AUC'}
    return [(words[name], f'{value:g}') for name, value in found.items()]


def _answers(models, name, x):
    """Probabilities of another bundle of the zoo, or None where it is not there."""
    path = os.path.join(models, name, 'classifier.onnx')
    if not os.path.exists(path):
        return None
    with open(path, 'rb') as file:
        graph = file.read()
    logits = np.concatenate([onnx_run.run(graph, classifiers.normalised(x[i:i + 20]).numpy()) for i in range(0, len(x), 20)])
    chances = np.exp(logits - logits.max(1, keepdims=True))
    return chances / chances.sum(1, keepdims=True)


NOISY = 8  # pictures
JUDGES = {'mnist': 'paper-2-digits', 'xray': 'paper-1-diagnosis', 'fundus': 'paper-3-grade'}
JUDGED = 300  # pictures at most


def _judged(options, task, test, retrieved):
    """How a classifier of the same paper does before and after the coding."""
    name = JUDGES.get(task.spec.pictures)
    if not name:
        return []
    _, labels = pictures.load(options.data, task.spec.pictures, 'test')
    labels = classifiers.TABLE[name].merge(labels)
    rows = []
    for words, x in (('as they were', test), ('retrieved', retrieved)):
        chances = _answers(os.path.dirname(options.out), name, x[:JUDGED])
        if chances is None:
            return []
        for what, value in measure.of_answers(labels[:JUDGED], chances).items():
            if what in ('accuracy_percent', 'auc'):
                rows.append((f'`{name}` on {min(len(x), JUDGED)} of them {words}: '
                             f'{"right, %" if what == "accuracy_percent" else "AUC"}', f'{value:g}'))
    return rows


def _latents(task, network, test):
    """What P2 claims of its latents: bytes that look random."""
    seen = task.transformed(test[:500], task.spec.seen)
    values = measure.batches(lambda x: network.to_bytes(network.latent(x)), seen).numpy().astype(np.uint8)
    rows = [('entropy of the latents, bits a byte (8: uniform)', f'{measure.byte_entropy(values):.3f}')]
    if task.spec.seen == 'plain' and task.spec.key is None and task.spec.paper == 'P2':
        channels, height, width = values.shape[1:]
        mask = ciphers.mask(b'any secret of sixteen bytes', height, width, channels).transpose(2, 0, 1)
        rows.append(('the same with a mask over them', f'{measure.byte_entropy(values ^ mask):.3f}'))
    return rows


def _noises(task, network, test):
    """P3's table: SSIM against the original, before and after the coder."""
    rows = []
    for name, noise in NOISES.items():
        noisy = np.clip(np.round(noise(test[:NOISY], np.random.default_rng(4))), 0, 255).astype(np.uint8)
        before, after = (measure.quality(test[:NOISY], x) for x in (noisy, task.retrieved(network, noisy)))
        rows.append((f'{NOISY} pictures with noise ({name}), before and after', f'SSIM {before["ssim"]:.3f}, {after["ssim"]:.3f}; '
                     f'MSE {before["mse"]:.2g}, {after["mse"]:.2g}'))
    return rows


def _restored(task, network, test):
    """P5's gain over no restoration, for each loss."""
    rng = np.random.default_rng(4)
    hidden = damage.hide(test, rng)
    ways = {'record in all least significant bits': hidden}
    for kind, name in (('JPEG', 'JPEG'), ('WEBP', 'WebP')):
        for quality in (10, 30, 50):
            ways[f'record, then {name} at quality {quality}'] = damage.coded(
                hidden, kind, quality)
    rows, gains = [], []
    for words, damaged in ways.items():
        restored = task.retrieved(network, test, damaged)
        before, after = measure.psnr(test, damaged), measure.psnr(test, restored)
        gains.append(after - before)
        rows.append((words, f'{before:.2f} dB, restored {after:.2f} dB: {after - before:+.2f} dB'))
    found = {'gain_records_db': round(gains[0], 2), 'gain_jpeg_db': round(float(np.mean(gains[1:4])), 2),
             'gain_webp_db': round(float(np.mean(gains[4:])), 2)}
    return found, rows


def measured(spec):
    """Test pictures at most, of a coder."""
    return 64 if spec.seen == 'damaged' else 1000


def of_coder(options, task, network, test, say):
    if task.spec.seen == 'damaged':
        found, rows = _restored(task, network, test)
    else:
        retrieved = task.retrieved(network, test)
        found = measure.quality(test, retrieved)
        rows = _rows(found) + _judged(options, task, test, retrieved)
        if network.step:
            rows += _latents(task, network, test)
        if task.spec.paper == 'P3':
            rows += _noises(task, network, test)
    say(', '.join(f'{name} {value:g}' for name, value in found.items()))
    return found, rows


def of_classifier(task, network, say):
    """(number of pictures, numbers, rows)."""
    x, labels = task.load('test')
    chances = classifiers.chances(network, x)
    found = measure.of_answers(labels, chances)
    say(', '.join(f'{name} {value:g}' for name, value in found.items()))
    table = measure.confusion(labels, chances.argmax(1), len(task.spec.labels))
    confident = chances.max(1) >= task.spec.threshold
    rows = _rows(found) + [(f'answers of at least {task.spec.threshold:g}, %', f'{100 * confident.mean():.2f}')]
    rows += [(f'{name}: answered {", ".join(task.spec.labels)}', ', '.join(map(str, line)))
             for name, line in zip(task.spec.labels, table)]
    return len(x), found, rows

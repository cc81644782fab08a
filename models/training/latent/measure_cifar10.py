"""What cifar10-latent is worth beside the pixel classifier on the same latents, decoded."""
from dataclasses import dataclass

import numpy as np

from autoencoder.network import macs_per_pixel
from cifar10 import pictures
from cifar10.measure import answers, threshold_of
from latent import deletion
from latent.cifar10 import SIDE, enlarged, logits, pixel_logits, shrunk
from latent.network import macs

AT = 35  # the quality at which all test pictures are asked about
OTHERS, FEWER = (20, 50), 2000  # qualities, and how many test pictures there
DELETED = 1000  # test pictures of the deletion test


@dataclass
class Measured:
    threshold: float
    rows: list  # (quality, pictures, accuracy on latents, accuracy of the pixel classifier on the decoded pictures)
    precision: float  # of confident answers at AT
    coverage: float
    per_class: list
    drops: tuple  # deletion test: evidence, random
    macs: float  # MMAC
    pixel_macs: float  # decoding and the pixel classifier


def of_network(network, data, options, pixel_macs, say):
    x, y = pictures.load(options.data, 'test')
    source = data.source
    best, chance = answers(logits(network, source.restored(data.held, data.held_quality)))
    threshold = threshold_of(best == data.held_y, chance)
    latents = np.concatenate([source.latents(enlarged(x[i:i + 500]), exact=True) for i in range(0, len(x), 500)])
    rows = []
    for quality, count in ((AT, len(x)), *((q, FEWER) for q in OTHERS)):
        found = logits(network, source.restored(latents[:count], quality))
        seen = np.concatenate([shrunk(source.pictures(latents[i:i + 500], quality)) for i in range(0, count, 500)])
        rows.append((quality, count, float((found.argmax(1).numpy() == y[:count]).mean()),
                     float((pixel_logits(seen).argmax(1) == y[:count]).mean())))
        say(f'quality {quality}: {100 * rows[-1][2]:.2f} % on latents, {100 * rows[-1][3]:.2f} % on decoded pixels')
    best, chance = answers(logits(network, source.restored(latents, AT)))
    right, sure = best == y, chance >= threshold
    fill = source.restored(data.latents[0][:2000], AT).mean((0, 2, 3))
    drops = deletion.drops(network, source.restored(latents[:DELETED], AT), fill)
    return Measured(threshold, rows, float(right[sure].mean()), float(sure.mean()),
                    [float(right[y == k].mean()) for k in range(10)], drops,
                    macs(network, source.channels, SIDE // 16, SIDE // 16) / 1e6,
                    macs_per_pixel(source.codec.decoder) * SIDE * SIDE / 1e6 + pixel_macs)

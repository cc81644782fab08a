"""Small networks on a few hundred pictures, and their answers to pictures that they did not see."""
import math
import os

import numpy as np
import torch
from torch.nn import functional as F

from medical import pictures

BATCH = 32
EPOCHS = 30
PEAK = 3e-3
DECAY = 0.05


def fit(network, batch, labels, rows, seed, epochs=EPOCHS):
    """Trains on the examples `rows` in place, in f32: at this size bf16 is slower. batch(rows, rng): input of the
    network, changed at random."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    network = network.to(memory_format=torch.channels_last).train()
    optimiser = torch.optim.AdamW(network.parameters(), lr=PEAK, weight_decay=DECAY)
    per_epoch = len(rows) // BATCH
    target = torch.from_numpy(labels.astype(np.int64))
    for epoch in range(epochs):
        order = rng.permutation(rows)
        for place in range(per_epoch):
            done = (epoch + place / per_epoch) / epochs
            for group in optimiser.param_groups:
                group['lr'] = PEAK * min(1.0, 10 * done + 0.05) * 0.5 * (1 + math.cos(math.pi * done))
            some = order[place * BATCH:(place + 1) * BATCH]
            x = batch(some, rng).contiguous(memory_format=torch.channels_last)
            loss = F.cross_entropy(network(x), target[some], label_smoothing=0.1)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
    return network.eval()


@torch.no_grad()
def scores(network, x, size=32):
    """Logit of "present" minus that of "absent"."""
    out = torch.cat([network(x[i:i + size]) for i in range(0, len(x), size)])
    return (out[:, 1] - out[:, 0]).numpy()


def cross_validated(make, batch, views, labels, fold_of, options, name, say):
    """Out-of-fold scores of each of `views` (functions from rows to the network's input): a list of arrays [N]. Each
    fold is kept in the work folder, so that the same command goes on after a stop."""
    found = np.zeros((len(views), len(labels)), np.float32)
    for k in range(pictures.FOLDS):
        path = os.path.join(options.work, f'{options.bundle}-{name}-{options.seed}-{k}.npy')
        rows = np.flatnonzero(fold_of == k)
        if options.restart or not os.path.exists(path):
            network = fit(make(), batch, labels, np.flatnonzero(fold_of != k), options.seed * 100 + k)
            np.save(path, np.stack([scores(network, view(rows)) for view in views]))
        found[:, rows] = np.load(path)
        say(f'{name}, fold {k + 1} of {pictures.FOLDS}')
    return list(found)

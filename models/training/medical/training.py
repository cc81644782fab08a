"""Small networks on a few hundred pictures, and their answers to pictures that they did not see."""
import math
import os

import numpy as np
import torch
from torch.nn import functional as F

from medical import pictures

BATCH = 32
EPOCHS = 90
PEAK = 3e-3
DECAY = 0.05
SMOOTHING = 0.1
SHARE = 0.7  # of the teacher's answers in the loss, the labels have the rest
TEMPERATURE = 2.0
FEATURES_ONLY = 0.2  # of the training, at first: until the features are like the teacher's, its layers had better stay


def labelled(batch, labels):
    """The loss of a network against labels [N]. batch(rows, rng): its input, changed at random."""
    target = torch.from_numpy(labels.astype(np.int64))
    return lambda network, rows, rng, done: F.cross_entropy(network(batch(rows, rng)), target[rows],
                                                            label_smoothing=SMOOTHING)


def taught(teacher, batch, labels):
    """The loss of a network against the features and answers of a teacher, and against labels. batch(rows, rng): the
    inputs of both, of the same pictures."""
    target = torch.from_numpy(labels.astype(np.int64))

    def loss(network, rows, rng, done):
        ours, theirs = batch(rows, rng)
        with torch.no_grad():
            wanted = teacher.features(theirs)
            answer = torch.softmax(teacher.deeper(wanted)[0] / TEMPERATURE, 1)
        found = network.features(ours)
        apart = (found - wanted).square().mean() / wanted.square().mean()
        if done < FEATURES_ONLY:
            return apart
        out = network.deeper(found)[0]
        told = F.kl_div(F.log_softmax(out / TEMPERATURE, 1), answer, reduction='batchmean') * TEMPERATURE ** 2
        return (1 - SHARE) * F.cross_entropy(out, target[rows], label_smoothing=SMOOTHING) + SHARE * told + apart
    return loss


def fit(network, loss, rows, seed, epochs=EPOCHS):
    """Trains on the examples `rows` in place, in f32: at this size bf16 is slower. loss(network, some of the rows, rng,
    share of the training that is done)."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    network = network.to(memory_format=torch.channels_last).train()
    optimiser = torch.optim.AdamW(network.parameters(), lr=PEAK, weight_decay=DECAY)
    per_epoch = len(rows) // BATCH
    for epoch in range(epochs):
        order = rng.permutation(rows)
        for place in range(per_epoch):
            done = (epoch + place / per_epoch) / epochs
            for group in optimiser.param_groups:
                group['lr'] = PEAK * min(1.0, 10 * done + 0.05) * 0.5 * (1 + math.cos(math.pi * done))
            value = loss(network, order[place * BATCH:(place + 1) * BATCH], rng, done)
            optimiser.zero_grad(set_to_none=True)
            value.backward()
            optimiser.step()
    return network.eval()


@torch.no_grad()
def scores(network, x, size=32):
    """Logit of "present" minus that of "absent"."""
    out = torch.cat([network(x[i:i + size]) for i in range(0, len(x), size)])
    return (out[:, 1] - out[:, 0]).numpy()


def cross_validated(train, views, fold_of, options, name, say):
    """Out-of-fold scores: a list of arrays [N], one for each of `views`, functions from rows to a network's input.
    train(rows, seed): a network for each view. Each fold is kept in the work folder, so that the same command goes on
    after a stop."""
    found = np.zeros((len(views), len(fold_of)), np.float32)
    for k in range(pictures.FOLDS):
        path = os.path.join(options.work, f'{options.bundle}-{name}-{options.seed}-{EPOCHS}-{k}.npy')
        rows = np.flatnonzero(fold_of == k)
        if options.restart or not os.path.exists(path):
            networks = train(np.flatnonzero(fold_of != k), options.seed * 100 + k)
            np.save(path, np.stack([scores(network, view(rows)) for network, view in zip(networks, views)]))
        found[:, rows] = np.load(path)
        say(f'{name}, fold {k + 1} of {pictures.FOLDS}')
    return list(found)

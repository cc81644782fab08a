"""Area under the ROC curve, and whether two of them over the same pictures differ."""
import numpy as np

DRAWS = 2000


def _ranks(values):
    """From 1, equal values share their mean rank."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return (last - (counts - 1) / 2)[inverse]


def auc(scores, labels):
    """The chance that a picture with label 1 scores higher than one with label 0."""
    positive = labels == 1
    count, rest = int(positive.sum()), int((~positive).sum())
    return float((_ranks(scores)[positive].sum() - count * (count + 1) / 2) / (count * rest))


def _resamples(labels, seed):
    """Indices of DRAWS bootstrap samples, as many of each label as there are."""
    rng = np.random.default_rng(seed)
    groups = [np.flatnonzero(labels == k) for k in (0, 1)]
    for _ in range(DRAWS):
        yield np.concatenate([rng.choice(g, len(g)) for g in groups])


def interval(scores, labels, seed=1):
    """(AUC, lower and upper bound of 95 %)."""
    values = [auc(scores[i], labels[i]) for i in _resamples(labels, seed)]
    return (auc(scores, labels), *np.quantile(values, (0.025, 0.975)))


def paired(scores, others, labels, seed=1):
    """(AUC of `scores` minus that of `others`, lower and upper bound of 95 %), both over the same bootstrap samples."""
    values = [auc(scores[i], labels[i]) - auc(others[i], labels[i]) for i in _resamples(labels, seed)]
    return (auc(scores, labels) - auc(others, labels), *np.quantile(values, (0.025, 0.975)))

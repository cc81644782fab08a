"""What a coder or a classifier is worth."""
import numpy as np
import torch
from torch.nn import functional as F


def unit(pictures):
    """u8 -> 0..1, as networks see them."""
    return torch.from_numpy(np.asarray(pictures, np.float32)).div(255.0)


def to_u8(x):
    return (x * 255.0).round().clamp(0, 255).byte().numpy()


@torch.no_grad()
def batches(network, pictures, prepare=unit):
    """Outputs for u8 pictures, some at a time."""
    size = max(1, min(250, 500000 // pictures[0, 0].size))
    return torch.cat([network(prepare(pictures[i:i + size]).contiguous(memory_format=torch.channels_last))
                      for i in range(0, len(pictures), size)])


def psnr(a, b):
    """Of all pictures together, u8."""
    return float(-10.0 * np.log10(np.maximum(((a.astype(np.float64) - b) ** 2).mean(), 1e-10) / 255.0 ** 2))


def ssim(a, b):
    """Mean over pictures (500 at most) and channels, u8 [N,C,H,W]; 11 x 11 Gaussian windows of deviation 1.5."""
    line = np.exp(-0.5 * (np.arange(-5, 6) / 1.5) ** 2)
    window = torch.from_numpy(np.outer(line, line) / line.sum() ** 2)[None, None].float()

    def blurred(x):
        return F.conv2d(x, window)
    values = []
    for k in range(0, min(len(a), 500), 50):
        x, y = (torch.from_numpy(p[k:k + 50].astype(np.float32)).flatten(0, 1)[:, None] for p in (a, b))
        mx, my = blurred(x), blurred(y)
        vx, vy, cov = blurred(x * x) - mx * mx, blurred(y * y) - my * my, blurred(x * y) - mx * my
        value = (2 * mx * my + 6.5025) * (2 * cov + 58.5225) / ((mx * mx + my * my + 6.5025) * (vx + vy + 58.5225))
        values += value.mean((1, 2, 3)).tolist()
    return float(np.mean(values))


def quality(plain, retrieved):
    """What the papers report of u8 pictures: {name: number}."""
    difference = (plain.astype(np.float64) - retrieved) / 255.0
    return {'psnr_db': round(psnr(plain, retrieved), 2), 'ssim': round(ssim(plain, retrieved), 4),
            'mse': float(f'{(difference ** 2).mean():.3g}'), 'mae': float(f'{np.abs(difference).mean():.3g}')}


def byte_entropy(values):
    """Bits a byte."""
    share = np.bincount(values.ravel(), minlength=256) / values.size
    share = share[share > 0]
    return float(-(share * np.log2(share)).sum())


def auc(chance, is_true):
    """Area under the ROC curve: how often a true one has the higher chance; ties count half."""
    order = np.argsort(chance, kind='stable')
    _, inverse, counts = np.unique(chance, return_inverse=True, return_counts=True)
    rank = np.empty(len(chance))
    rank[order] = np.arange(1, len(chance) + 1)
    mean_rank = np.bincount(inverse, rank) / counts
    positives = int(is_true.sum())
    above = mean_rank[inverse][is_true].sum() - positives * (positives + 1) / 2
    return float(above / (positives * (len(chance) - positives)))


def roc(chance, is_true):
    """(false positive rates, true positive rates) at all thresholds, from (0, 0) to (1, 1)."""
    hits = is_true[np.argsort(-chance, kind='stable')]
    return (np.append(0, np.cumsum(~hits) / max(1, (~hits).sum())), np.append(0, np.cumsum(hits) / max(1, hits.sum())))


def confusion(labels, answers, classes):
    """[true class, answer]."""
    return np.bincount(labels * classes + answers, minlength=classes * classes).reshape(classes, classes)


def of_answers(labels, chances):
    """What the papers report of a classifier: {name: number}; class 1 is the positive of two."""
    answers = chances.argmax(1)
    out = {'accuracy_percent': round(100 * float((answers == labels).mean()), 2)}
    if chances.shape[1] == 2:
        table = confusion(labels, answers, 2)
        out.update(recall=round(table[1, 1] / max(1, table[1].sum()), 4),
                   precision=round(table[1, 1] / max(1, table[:, 1].sum()), 4),
                   f1=round(2 * table[1, 1] / max(1, table[1].sum() + table[:, 1].sum()), 4),
                   auc=round(auc(chances[:, 1], labels == 1), 4))
    return out

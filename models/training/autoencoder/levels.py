"""The 64 quality levels: lambda, and values per channel that are smooth functions of the level."""
import torch

QUALITIES = 64
ANCHORS = 8  # at levels 0, 9, 18, ... 63
LAMBDA_LOW, LAMBDA_HIGH = 0.0008, 0.15  # of loss = lambda * 255^2 * MSE + bits per pixel


def lambda_of(level):
    """Geometric from LAMBDA_LOW at level 0 to LAMBDA_HIGH at level 63; level may be a tensor."""
    return LAMBDA_LOW * (LAMBDA_HIGH / LAMBDA_LOW) ** (level / (QUALITIES - 1))


def at_level(anchors, level):
    """Linear interpolation of anchors [ANCHORS, ...] at levels [B] (real, 0..63) -> [B, ...]."""
    place = level * ((ANCHORS - 1) / (QUALITIES - 1))
    low = place.floor().clamp(0, ANCHORS - 2).long()
    share = (place - low).view(-1, *[1] * (anchors.ndim - 1))
    return anchors[low] * (1.0 - share) + anchors[low + 1] * share


def all_levels():
    return torch.arange(QUALITIES, dtype=torch.float32)


def mixed_levels(count, rng):
    """`count` real levels, one from each equal part of the range, in random order."""
    levels = (rng.permutation(count) + rng.random(count)) / count * (QUALITIES - 1)
    return torch.from_numpy(levels).float()

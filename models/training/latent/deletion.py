"""The deletion test: an evidence map is right when taking away what it points at hurts more than taking away as much
anywhere."""
import numpy as np
import torch

SHARE = 0.1  # of the positions


def _without(y, places, fill):
    """Latents [N,C,h,w] with `fill` [C] at the positions [N,k]."""
    flat = y.flatten(2).clone()
    for row, place in zip(flat, places):
        row[:, place] = fill[:, None]
    return flat.view(y.shape)


@torch.no_grad()
def drops(network, y, fill, seed=1, draws=5):
    """How much the probability of the answered class falls, mean over latents [N,C,h,w]: (its positions of the most
    evidence taken away, random ones).  fill: [C], the mean latent."""
    network.eval()
    logits, evidence = network.evidence(y)
    best = logits.argmax(1)
    before = torch.softmax(logits, 1).gather(1, best[:, None])
    maps = evidence[torch.arange(len(y)), best].flatten(1)
    count = max(1, round(SHARE * maps.shape[1]))

    def drop(places):
        after = torch.softmax(network(_without(y, places, fill)), 1).gather(1, best[:, None])
        return float((before - after).mean())
    rng = np.random.default_rng(seed)
    anywhere = [drop(torch.from_numpy(rng.random(maps.shape).argsort(1)[:, :count])) for _ in range(draws)]
    return drop(maps.topk(count).indices), float(np.mean(anywhere))

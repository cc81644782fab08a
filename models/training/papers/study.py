"""P1's study of hyperparameters, one point after the other; points that are done are kept."""
import json
import os
import time
from dataclasses import asdict, dataclass, replace

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from common import checkpoint
from common.progress import Progress, quiet_torch
from common.stop import Stop
from papers import measure, networks, pictures, study_page
from papers.coders import LOSSES

EPOCHS = 50
READ_AT = (10, 25, 50)
BATCH = 16
RATES = {'Adam': 1e-3, 'RMSprop': 1e-3, 'Adagrad': 1e-2}
NODES = (32, 64, 128)


@dataclass(frozen=True)
class Point:
    loss: str
    optimiser: str
    layers: int
    activation: str = 'ReLU'
    nodes: tuple = NODES

    @property
    def name(self):
        more = '' if self.activation == 'ReLU' else f', {self.activation}'
        more += '' if self.nodes == NODES else f', {"-".join(map(str, self.nodes))}'
        return f'{self.loss.upper()}, {self.optimiser}, {self.layers} layers{more}'


GRID = [Point(loss, optimiser, layers) for loss in ('mse', 'msle') for optimiser in RATES for layers in (2, 3)]


def around(best):
    """Two more activations and two more numbers of nodes."""
    return [replace(best, activation=a) for a in ('ELU', 'Tanh')] + [
        replace(best, nodes=n) for n in ((16, 32, 64), (48, 96, 192))]


class Study:
    def __init__(self, options):
        quiet_torch(options.threads)
        self.options = options
        self.folder = os.path.join(options.work, f'paper-1-study-{options.side}-{options.pictures}')
        os.makedirs(self.folder, exist_ok=True)
        self.say = Progress(os.path.join(self.folder, 'log')).say
        self.sets = {}
        for split in ('train', 'held', 'test'):
            x, labels = pictures.load(options.data, 'xray', split)
            if split == 'train':
                keep = np.linspace(0, len(x) - 1, min(options.pictures, len(x))).astype(int)  # sorted by class: half of each
                x, labels = x[keep], labels[keep]
            self.sets[split] = pictures.resized(x[:, 0], options.side)[:, None], labels

    def path(self, point):
        return os.path.join(self.folder, point.name.lower().replace(', ', '_').replace(' ', '-') + '.json')

    def results(self):
        """{point: what was found} of those that are done."""
        found = {}
        for name in sorted(os.listdir(self.folder)):
            if name.endswith('.json'):
                with open(os.path.join(self.folder, name), encoding='utf-8') as file:
                    result = json.load(file)
                found[Point(**dict(result['point'], nodes=tuple(result['point']['nodes'])))] = result
        return found

    def best(self):
        return min(((r['held'][-1], p) for p, r in self.results().items() if p in GRID), key=lambda pair: pair[0])[1]

    def coder(self, point, stop):
        """(network, what was found); None where a stop was asked for."""
        checkpoint.seed_everything(self.options.seed)
        network = networks.p1(point.layers, 2, point.nodes, getattr(nn, point.activation))
        network = network.to(memory_format=torch.channels_last)
        optimiser = getattr(torch.optim, point.optimiser)(network.parameters(), lr=RATES[point.optimiser])
        x, loss_of = self.sets['train'][0], LOSSES[point.loss]
        found = {'point': asdict(point), 'train': [], 'held': [], 'read': {}}
        began, measuring = time.process_time(), 0.0
        for epoch in range(1, EPOCHS + 1):
            order = np.random.default_rng((self.options.seed, epoch)).permutation(len(x))
            losses = []
            for k in range(0, len(x), BATCH):
                if stop.asked:
                    return None
                batch = measure.unit(x[order[k:k + BATCH]]).contiguous(memory_format=torch.channels_last)
                with torch.autocast('cpu', dtype=torch.bfloat16, enabled=self.options.bf16):
                    out = network(batch)
                loss = loss_of(out.float(), batch)
                optimiser.zero_grad(set_to_none=True)
                loss.backward()
                optimiser.step()
                losses.append(float(loss.detach()))
            at = time.process_time()
            found['train'].append(float(np.mean(losses)))
            found['held'].append(self.quality(network, 'held')['mse'])  # squared error for all, so that points compare
            if epoch in READ_AT:
                found['read'][str(epoch)] = self.quality(network, 'test')
            measuring += time.process_time() - at
        found['seconds_an_epoch'] = (time.process_time() - began - measuring) / EPOCHS
        return network, found

    def quality(self, network, split):
        plain = self.sets[split][0]
        return measure.quality(plain, measure.to_u8(measure.batches(network, plain)))

    def diagnosis(self, network):
        """A two-layer CNN, trained and tested on retrieved pictures."""
        checkpoint.seed_everything(self.options.seed)
        sets = {s: (measure.to_u8(measure.batches(network, x)), labels) for s, (x, labels) in self.sets.items()}
        judge = nn.Sequential(*networks.normed(1, 16), nn.MaxPool2d(4), *networks.normed(16, 32), nn.AdaptiveAvgPool2d(4),
                              nn.Flatten(), nn.Dropout(0.3), nn.Linear(512, 2))
        optimiser = torch.optim.Adam(judge.parameters(), lr=1e-3)
        x, labels = sets['train']
        for epoch in range(25):
            order = np.random.default_rng((self.options.seed, epoch)).permutation(len(x))
            for k in range(0, len(x), BATCH):
                batch = measure.unit(x[order[k:k + BATCH]]) - 0.5
                loss = F.cross_entropy(judge(batch), torch.from_numpy(labels[order[k:k + BATCH]]))
                optimiser.zero_grad(set_to_none=True)
                loss.backward()
                optimiser.step()
        judge.eval()
        chances = {s: torch.softmax(measure.batches(judge, x, lambda b: measure.unit(b) - 0.5), 1).numpy()
                   for s, (x, _) in sets.items()}
        labels = sets['test'][1]
        rates = measure.roc(chances['test'][:, 1], labels == 1)
        return {'train_accuracy_percent': measure.of_answers(sets['train'][1], chances['train'])['accuracy_percent'],
                **measure.of_answers(labels, chances['test']), 'roc': [r.tolist() for r in rates],
                'confusion': measure.confusion(labels, chances['test'].argmax(1), 2).tolist()}

    def run(self):
        with Stop() as stop:
            for point in self.points():
                if os.path.exists(self.path(point)):
                    continue
                done = self.coder(point, stop)
                if done is None:
                    self.page()
                    raise SystemExit('stopped; the same command goes on with the point in hand')
                network, found = done
                found['diagnosis'] = self.diagnosis(network.eval())
                with open(self.path(point) + '.part', 'w', encoding='utf-8') as file:
                    json.dump(found, file)
                os.replace(self.path(point) + '.part', self.path(point))
                last = found['read'][str(EPOCHS)]
                self.say(f'{point.name}: MSE {last["mse"]:g}, AUC {found["diagnosis"]["auc"]:g}, '
                         f'{found["seconds_an_epoch"]:.1f} s an epoch')
                self.page()

    def points(self):
        yield from GRID
        yield from around(self.best())

    def page(self):
        results = self.results()
        if results:
            study_page.write(self.options, results, len(GRID) + len(around(GRID[0])), len(self.sets['train'][0]))

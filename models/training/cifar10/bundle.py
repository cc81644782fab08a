"""The bundle cifar10, from training to manifest."""
import numpy as np

from cifar10 import card, export, measure, pictures
from cifar10.mirror import Mirrored
from cifar10.network import MEAN, STD, macs
from cifar10.training import HELD_OUT, logits, trainer as trainer_of
from common import bundle, onnx_run


def manifest(m):
    return {
        'bundle': 'cifar10', 'kind': 'classifier', 'format': 1,
        'summary': 'ten kinds of things in small pictures, with "no confident label"',
        'input': {'source': 'pixels', 'width': 32, 'height': 32, 'channels': 'rgb', 'resize': 'crop',
                  'mean': list(MEAN), 'std': list(STD)},
        'output': 'logits', 'labels': 'labels.txt', 'threshold': m.threshold,
        'licence': 'weights for research and demonstration', 'terms': card.TERMS,
        'measured': {'set': 'CIFAR-10, 10000 test pictures', 'accuracy_percent': round(100 * m.accuracy, 2),
                     'confident_percent': round(100 * m.coverage, 1),
                     'right_when_confident_percent': round(100 * m.precision, 2)}}


def check(network, graph, test):
    """The exported network against the trained one on a few pictures."""
    x = pictures.normalise(test[:4])
    return float(np.abs(onnx_run.run(graph, x.numpy()) - logits(network, test[:4]).numpy()).max())


def build(options):
    trainer = trainer_of(options)
    network = trainer.averaged() if options.bundle_only else trainer.run()
    minutes = trainer.clock.seconds() / 60
    say = trainer.progress.say
    names = pictures.names(options.data)
    graph = export.classifier(network, len(names))
    network = Mirrored(network)
    apart = check(network, graph, trainer.data.x)
    say(f'ONNX against the network: {apart:.1e}')
    if not apart < 1e-3:
        raise SystemExit('the exported network differs from the trained one')
    m = measure.of_network(network, options.data, trainer.data.held)
    say(f'test accuracy {100 * m.accuracy:.2f} %, threshold {m.threshold:.2f}: {100 * m.coverage:.1f} % confident, '
        f'{100 * m.precision:.2f} % of them right')
    facts = {'macs': 2 * macs() / 1e6, 'weights': sum(p.numel() for p in network.parameters()) / 1e6,
             'pictures': len(trainer.data), 'held': HELD_OUT, 'epochs': trainer.epochs(),
             'seed': options.seed, 'minutes': minutes, 'wanted': 100 * measure.PRECISION}
    files = {'classifier.onnx': graph, 'labels.txt': ('\n'.join(names) + '\n').encode()}
    identity = bundle.write(options.out, files, manifest(m), card.text(m, names, facts))
    say(f'wrote {options.out}: {identity[:8]}')

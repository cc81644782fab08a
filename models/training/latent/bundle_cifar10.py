"""The bundle cifar10-latent, from training to manifest."""
from cifar10 import pictures
from cifar10.network import macs as pixel_macs
from common import bundle, packing, supervised
from latent import card, export, measure_cifar10
from latent.cifar10 import SIDE, VARIANTS, Latents, network_of


def manifest(name, m, source):
    accuracy = {f'q{q}': f'{100 * a:.2f} % on latents, {100 * b:.2f} % by cifar10 on decoded pictures'
                for q, _, a, b in m.rows}
    return {
        'bundle': name, 'kind': 'classifier', 'format': 1,
        'summary': f'ten kinds of things in small pictures, from latents of {source.name} without decoding them',
        'input': card.latent_input(source, SIDE),
        'output': 'logits', 'evidence': 'evidence', 'labels': 'labels.txt', 'threshold': m.threshold,
        'licence': 'weights for non-commercial research and education', 'terms': card.CIFAR10_TERMS,
        'measured': {'set': f'CIFAR-10, 10000 test pictures enlarged to {SIDE} x {SIDE}', **accuracy,
                     'confident_percent': round(100 * m.coverage, 1),
                     'right_when_confident_percent': round(100 * m.precision, 2)}}


def build(options):
    trainer = supervised.Trainer(options, network_of, Latents)
    network = trainer.averaged() if options.bundle_only else trainer.run()
    minutes = trainer.clock.seconds() / 60
    say, data = trainer.progress.say, trainer.data
    names = pictures.names(options.data)
    packing.round_weights(network.deeper)
    graph = export.classifier(network, data.source.channels, len(names))
    export.refuse_difference(network, graph, data.source.restored(data.held[:4], data.held_quality[:4]), say)
    m = measure_cifar10.of_network(network, data, options, 2 * pixel_macs() / 1e6, say)
    say(f'deletion test: {m.drops[0]:.3f} by evidence, {m.drops[1]:.3f} at random; threshold {m.threshold:.2f}: '
        f'{100 * m.coverage:.1f} % confident, {100 * m.precision:.2f} % of them right')
    facts = {'weights': sum(p.numel() for p in network.parameters()) / 1e6, 'pictures': len(data),
             'held': len(data.held), 'variants': VARIANTS, 'epochs': trainer.epochs(),
             'seed': options.seed, 'minutes': minutes}
    files = {'classifier.onnx': graph, 'labels.txt': ('\n'.join(names) + '\n').encode()}
    identity = bundle.write(options.out, files, manifest(options.bundle, m, data.source),
                            card.cifar10(m, names, data.source, facts))
    say(f'wrote {options.out}: {identity[:8]}')

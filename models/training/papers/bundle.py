"""The bundles of the papers, from training to manifest."""
import os

import numpy as np
import torch

from common import bundle, onnx_run, sequential
from common.onnx_graph import GraphWriter
from papers import card, classifiers, coders, measure, pictures, results
from papers.training import Trainer


def exported(name, layers, source, target, example, notes):
    """(ONNX bytes, largest difference from the network on the example [1,C,H,W])."""
    layers = layers.eval()
    graph = GraphWriter(name)
    sequential.write(graph, layers, source)
    with torch.no_grad():
        expected = layers(example)
    data = graph.model(source, list(example.shape), target, list(expected.shape), notes)
    return data, float(np.abs(onnx_run.run(data, example.numpy()) - expected.numpy()).max()), expected


def _checked(apart, say):
    say(f'ONNX against the network: {apart:.1e}')
    if not apart < 1e-3:
        raise SystemExit('the exported network differs from the trained one')


def facts(trainer):
    """How these weights came about, for the card."""
    spec, clock = trainer.spec, trainer.clock
    return (f'{clock.step:,} steps of {spec.batch} pictures, {spec.optimiser}, cosine from {spec.rate:g}, running mean of the '
            f'weights, seed {trainer.options.seed}, {trainer.minutes:.1f} minutes on one core beside other work')


def coder(trainer, network):
    spec, task, say = trainer.spec, trainer.task, trainer.progress.say
    example = measure.unit(task.transformed(task.held[:1], spec.seen))
    channels, height, width = task.held.shape[1:]
    encoder, apart, latent = exported('encoder', network.encoder, 'x', 'y', example, 'picture in 0..1 to latent, not negative')
    if network.step:
        latent = network.to_bytes(latent) * network.step
    decoder, also, _ = exported('decoder', network.decoder, 'y', 'x', latent, 'latent to picture in 0..1')
    _checked(max(apart, also), say)
    test = pictures.load(trainer.options.data, spec.pictures, 'test')[0][:results.measured(spec)]
    found, rows = results.of_coder(trainer.options, task, network, test, say)
    shape = list(latent.shape[1:])
    sample = {'sample': 'u8', 'step': network.step} if network.step else {'sample': 'f32'}
    study = {'paper': spec.paper, 'reading': spec.reading, **({'key': spec.key.hex()} if spec.key else {})}
    manifest = {
        'bundle': spec.name, 'kind': 'autoencoder', 'format': 1, 'summary': spec.summary,
        'input': {'channels': 'rgb' if channels == 3 else 'gray', 'width': width, 'height': height},
        'latent': {'channels': shape[0], 'width': shape[2], 'height': shape[1], **sample}, 'coding': 'raw', 'study': study,
        'licence': 'weights for research and demonstration', 'terms': f'Weights trained on {pictures.SETS[spec.pictures][1]}',
        'measured': {'set': card.test_set(spec, len(test)), **found}}
    text = card.of_coder(spec, network, (channels, height, width), shape, len(test), rows, facts(trainer))
    return {'encoder.onnx': encoder, 'decoder.onnx': decoder}, manifest, text


def classifier(trainer, network):
    spec, task, say = trainer.spec, trainer.task, trainer.progress.say
    example = classifiers.normalised(task.held[0][:1])
    graph, apart, _ = exported('classifier', network, 'x', 'logits', example, 'normalised picture to logits')
    _checked(apart, say)
    channels, height, width = example.shape[1:]
    test, found, rows = results.of_classifier(task, network, say)
    manifest = {
        'bundle': spec.name, 'kind': 'classifier', 'format': 1, 'summary': spec.summary,
        'input': {'source': 'pixels', 'width': width, 'height': height, 'channels': 'rgb' if channels == 3 else 'gray',
                  'resize': 'stretch', 'mean': [classifiers.MEAN] * channels, 'std': [classifiers.STD] * channels},
        'output': 'logits', 'labels': 'labels.txt', 'threshold': spec.threshold,
        'licence': 'weights for research and demonstration', 'terms': f'Weights trained on {pictures.SETS[spec.pictures][1]}',
        'measured': {'set': card.test_set(spec, test), **found}}
    text = card.of_classifier(spec, network, test, rows, facts(trainer))
    return {'classifier.onnx': graph, 'labels.txt': ('\n'.join(spec.labels) + '\n').encode()}, manifest, text


def build(options):
    family, write = (coders, coder) if options.bundle in coders.TABLE else (classifiers, classifier)
    spec = family.TABLE[options.bundle]
    options.steps = options.steps or spec.steps
    trainer = Trainer(options, spec, family.Task(spec, options.data))
    network = trainer.averaged() if options.bundle_only else trainer.run()
    trainer.minutes = trainer.clock.seconds() / 60
    sequential.round_large(network)
    files, manifest, text = write(trainer, network)
    identity = bundle.write(options.out, files, manifest, text)
    size = sum(os.path.getsize(os.path.join(options.out, f)) for f in os.listdir(options.out))
    trainer.progress.say(f'wrote {options.out}: {identity[:8]}, {size / 1e6:.2f} MB')

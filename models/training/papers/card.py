"""CARD.md of the bundles of the papers."""
import textwrap

from common import sequential
from papers import pictures

SYSTEMS = {
    'P1': '"Image encryption and compression based on auto encoder for real time using IoT technique" (IJCSNS 25/5, 2025)',
    'P2': '"Visually image encryption and compression using a CNN based auto encoder" (IJCNC 17/2, 2025)',
    'P3': '"A hybrid scheme of autoencoder and AES for medical images" (Electronics 11, 3967, 2022)',
    'P4': '"Image encryption using convolutional neural network" (a hybrid with chaos)',
    'P5': '"Deep learning based image encryption and decryption" (ECB 12 S1-B, 2023)',
}

TEXT = '''# {name}

{summary}. {role} of {system}, trained anew for latentcast: \
it reproduces a published system, to be measured beside ours. What protects pictures there is weak \
(see `latentcast study`); what latentcast does by default is another thing.

{body}

## Training

{data}{facts}. Choices were made on {held} held-out training pictures.

Command: `python3 models/training/train.py {name}` (see `models/training/README.md`).

## Measured

{set}:

| | |
| --- | --- |
{rows}

## Terms

The code is Apache-2.0. The pictures: {terms}. Take the weights for research and demonstration{medical}. \
No picture is part of the bundle.
'''


def test_set(spec, count):
    first = 'the first ' if count in (64, 1000) else ''
    return f'{pictures.SETS[spec.pictures][0]}, {first}{count} test pictures'


def _text(spec, role, body, count, rows, facts, data):
    terms = pictures.SETS[spec.pictures][1]
    medical = ', never for a clinical claim' if spec.pictures in ('xray', 'fundus') else ''
    text = TEXT.format(name=spec.name, summary=spec.summary[0].upper() + spec.summary[1:], role=role,
                       system=SYSTEMS[spec.paper], body=body, data=data, facts=facts, set=test_set(spec, count),
                       held=pictures.HELD_OUT[spec.pictures], terms=terms, medical=medical,
                       rows='\n'.join(f'| {words} | {value} |' for words, value in rows))
    wrapped = (line if line.startswith('|') else textwrap.fill(line, 118, subsequent_indent='  ' * line.startswith('- '))
               for line in text.split('\n'))
    return '\n'.join(wrapped)


def of_coder(spec, network, picture, latent, count, rows, facts):
    channels, height, width = picture
    size = latent[0] * latent[1] * latent[2]
    bytes_each = 1 if network.step else 4
    body = (f'Reading: {spec.reading}.\n\n- encoder: {sequential.summary(network.encoder)}\n'
            f'- decoder: {sequential.summary(network.decoder)}\n\n'
            f'The latent is {latent[2]} x {latent[1]} x {latent[0]} '
            + (f'bytes of step {network.step:.6g}' if network.step else 'floats')
            + f': {size * bytes_each:,} bytes for {channels * height * width:,} bytes of picture. '
            + ('Dense layers are stored in 8 bits. ' if any(map(sequential.is_large, network.modules())) else ''))
    if spec.key:
        body += ('\n\nThe mask is that of the cipher xor-mask under the study secret in the manifest: the weights belong to that '
                 'one secret, which is no secret.')
    loss = {'mse': 'Squared error', 'msle': 'Squared error of log(1 + x) (MSLE)',
            'log mse': 'The logarithm of each picture\'s squared error'}[spec.loss]
    crops = f', squares of {spec.crop} x {spec.crop}' if spec.crop else ''
    return _text(spec, 'The coder', body.rstrip(), count, rows, facts, f'{loss}{crops}; ')


def of_classifier(spec, network, count, rows, facts):
    body = (f'Classes: {", ".join(spec.labels)}. Layers: {sequential.summary(network)}. Each convolution had a batch norm, '
            'which is folded into it.')
    return _text(spec, 'The classifier', body, count, rows, facts, 'Cross-entropy; ')

"""CARD.md of the classifier."""

TERMS = 'Weights trained on CIFAR-10, which states no formal licence: free for research with citation; see CARD.md'

TEXT = '''# cifar10

Names ten things in small pictures: {names}. A residual
network on 32 x 32 RGB with {weights:.2f} million weights. It looks at the picture and at its mirror image and takes the
mean, {macs:.0f} MMAC together; in the graph the second look is a branch that reads the picture backwards. ONNX in f32,
batch norms folded.

Its answer is a class and a probability. Below the threshold of {threshold:.2f} the answer is "no confident label", which
is the right answer for most of what a camera sees: the network has no class for anything else, and may still be sure of
itself on pictures of other things.

## Training

{pictures:,} of the 30,000 training pictures that ship with this project (CIFAR-10's data batches 1 to 3, JPEG quality 90);
the last {held:,} were held out for the threshold. {epochs} epochs of 128 pictures a step, SGD with momentum, cosine,
label smoothing 0.1, running mean of the weights, seed {seed}, {minutes:.0f} minutes on one core beside other work.
Pictures were shifted, mirrored, blurred, lightened and darkened, given noise, and had a square hidden, so that it
holds on frames of cameras; the last epochs saw them ever less changed. No weights of others were used.

Command: `python3 models/training/train.py cifar10` (see `models/training/README.md`).

## Measured

10,000 test pictures (lossless):

| | |
| --- | --- |
| right | {accuracy:.2f} % |
| confident (probability at least {threshold:.2f}) | {coverage:.1f} % of pictures |
| right among the confident | {precision:.2f} % |
| right on 2,000 of them shrunk to 16 x 16 and back | {soft:.2f} % |

The threshold is the lowest with {wanted:.0f} % right among confident answers on the held-out training pictures.

| class | right |
| --- | --- |
{rows}

## Terms

The code is Apache-2.0. CIFAR-10 (A. Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009) states no
formal licence and is used for research with citation; its pictures were collected from the web. Take the weights for
research and demonstration. No picture is part of the bundle.
'''


def text(m, names, facts):
    rows = '\n'.join(f'| {n} | {100 * a:.1f} % |' for n, a in zip(names, m.per_class))
    return TEXT.format(names=', '.join(names), threshold=m.threshold, accuracy=100 * m.accuracy,
                       coverage=100 * m.coverage, precision=100 * m.precision, soft=100 * m.soft_accuracy,
                       rows=rows, **facts)

"""CARD.md of the classifiers of latents, and what their manifests share."""

from common.cards import filled

CIFAR10_TERMS = ('Weights trained on CIFAR-10, which states no formal licence: free for research with citation; on '
                 'latents and answers of weights for non-commercial research and education; see CARD.md')


def latent_input(source, side):
    """The manifest's `input` for pictures of side x side pixels."""
    return {'source': 'latents', 'latent-space': source.identity, 'width': side // 16, 'height': side // 16,
            'channels': source.channels}


CIFAR10 = '''# cifar10-latent

Names ten things in small pictures: {names}. It reads the latents of `{source.name}` (latent space
`{source.identity}`) as its decoder would get them, and no pixel: a residual network with {weights:.2f} million
weights, {m.macs:.1f} MMAC for 8 x 8 positions. Decoding them and asking the pixel classifier `cifar10` takes
{m.pixel_macs:.0f} MMAC, {times:.1f} times as many.

The logits are the mean over positions of the second output, "evidence": how much each position (16 x 16 pixels)
speaks for each class; four positions share theirs. Any even number of rows and columns will do.
ONNX in f32, batch norms folded, the weights of the deeper layers stored in 8 bits (DequantizeLinear).

## Training

{pictures:,} of the 30,000 training pictures that ship with this project (CIFAR-10's data batches 1 to 3, JPEG quality
90), {variants} variants of each: as it is; and shifted by up to 4 pixels, mirrored half of the time, a little lighter
or darker. Each was enlarged from 32 x 32 to 128 x 128 with Pillow's bicubic filter (a = -0.5) and encoded once; every
step rounded them at random qualities from 20 to 50. `cifar10` (one look, without the mirror image) was the teacher:
its deeper layers are where those of this network began, in the first fifth of the training the layers before them
learnt its features of the picture at 16 x 16, and after that everything learnt these (relative squared error), its
answers (0.7 of their divergence at temperature 2) and the labels (0.3 of the cross-entropy, label smoothing 0.1).
{epochs} epochs of 128 pictures a step, SGD with momentum, cosine, running mean of the weights, seed {seed},
{minutes:.0f} minutes on one core beside other work. The last {held:,} training pictures were held out for the
threshold.

Command: `python3 models/training/train.py cifar10-latent` (see `models/training/README.md`).

## Measured

CIFAR-10's test pictures (lossless, 10,000 or the first 2,000), enlarged in the same way, encoded in f32 and rounded
at the quality. The pixel classifier saw the same latents decoded and shrunk to 32 x 32 with Pillow's bilinear filter, which averages when it
shrinks. What it makes of the pictures themselves is in its own card.

| quality | pictures | right, from latents | right, `cifar10` on the decoded picture |
| --- | --- | --- | --- |
{rows}

At quality 35:

| | |
| --- | --- |
| confident (probability at least {m.threshold:.2f}) | {coverage:.1f} % of pictures |
| right among the confident | {precision:.2f} % |

| class | right |
| --- | --- |
{classes}

Deletion test on {deleted:,} test pictures: with the tenth of the positions that have the most evidence for the answer
replaced by the mean latent, its probability falls by {drop:.3f}; with as many at random, by {random:.3f}.

## Limits

- It knows ten classes and the framing of CIFAR-10: one thing that fills the picture. On large frames it averages over
  everything in view.
- Latents of another codec, or of another training of `{source.name}`, mean nothing to it: the manifest names the
  latent space.

## Terms

The code is Apache-2.0. CIFAR-10 (A. Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009) states
no formal licence and is used for research with citation; its pictures were collected from the web. `{source.name}`,
whose latents it learnt, has weights for non-commercial research and education, and so have these. No picture is part
of the bundle.
'''


def cifar10(m, names, source, facts):
    from latent.measure_cifar10 import DELETED
    rows = '\n'.join(f'| {q} | {n:,} | {100 * a:.2f} % | {100 * b:.2f} % |' for q, n, a, b in m.rows)
    classes = '\n'.join(f'| {n} | {100 * a:.1f} % |' for n, a in zip(names, m.per_class))
    return filled(CIFAR10.format(m=m, names=', '.join(names), source=source, times=m.pixel_macs / m.macs,
                          rows=rows, classes=classes, coverage=100 * m.coverage, precision=100 * m.precision,
                          deleted=DELETED, drop=m.drops[0], random=m.drops[1], **facts))

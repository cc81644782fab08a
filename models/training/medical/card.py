"""CARD.md of the classifiers of medical latents, and the medical part of the codecs' cards."""
from common.cards import filled
from latent.source import QUALITIES
from medical.training import EPOCHS

TERMS = {
    'xray': '''Chest X-rays of children (Kermany et al. 2018, Guangzhou), CC BY 4.0, from a public
repository that states no licence of its own, made square and contrast-enhanced there; only viral pneumonia is in
the class PNEUMONIA.''',
    'fundus': '''Fundus photographs of the EyePACS set (Kaggle "Diabetic Retinopathy Detection", 2015) with the
competition's grades, released for research under the competition's rules; the repositories that they came from state no
licence. Internal use only.'''}

WARNING = 'For experiments with compression and classification only, never for a diagnosis.'

LATENTS = '''# {name}

{summary}. It reads the latents of `{source.name}`
(latent space `{source.identity}`)
as its decoder would get them, and no pixel: {weights:.3f} million weights, {m.macs:.1f} MMAC for 16 x 16 positions. Decoding them
and asking the pixel classifier that taught it takes {m.pixel_macs:.0f} MMAC. {warning}

The logits are the mean over positions of the second output, "evidence": how much each position (16 x 16 pixels)
speaks for each label. Any number of positions will do. ONNX in f32, batch norms folded.

## Training

{m.pictures} training pictures of 256 x 256{gray}, {variants} variants of each (as it is; turned by up to 10 degrees,
enlarged by up to a sixth, shifted by up to 12 pixels, mirrored, a little lighter or darker), encoded once; every step
rounded the latents at random qualities from {low} to {high}. A pixel classifier, trained on the same latents decoded,
was the teacher: in the first fifth of the training the layers before its last learnt its features at 1/8 of the sides,
after that everything learnt these (relative squared error), its answers (0.7 of their divergence at temperature 2) and
the labels (0.3 of the cross-entropy). {epochs} epochs of 32 pictures a step, AdamW, cosine, label smoothing 0.1, dropout
of 30 % of the channels, seed {seed}; {minutes:.0f} minutes with everything below, on one core beside other work.

Command: `python3 models/training/train.py {name}` (see `models/training/README.md`).

## Measured

Area under the ROC curve (AUC) at quality {at}, with 95 % bounds of 2,000 bootstrap samples. The pixel classifier is
the teacher (convolutions of 16, 32 and 64 channels, then the same layers) and no part of the bundle. Its AUC was taken
away from ours over the same samples. Cross-validated: five folds of the training pictures, a patient in one only, each
answered by networks, teacher included, that did not see it.

| | from latents | from decoded pixels | difference |
| --- | --- | --- | --- |
| {m.pictures} training pictures, cross-validated | {cross} |
| {m.tested} test pictures | {test} |

{verdict}

On the test pictures {accuracy:.1f} % of the answers are right. Confident (probability at least {m.threshold:.2f}) are
{coverage:.1f} % of them, and {precision:.1f} % of those are right. The threshold is the lowest with {wanted:.0f} %
right among the confident answers in cross-validation, 0.99 where there is none.

Deletion test on the test pictures: with the tenth of the positions that have the most evidence for the answer
replaced by the mean latent, its probability falls by {drop:.3f}; with as many at random, by {random:.3f}.

## Terms

The code is Apache-2.0. {terms} `{source.name}`, whose latents it learnt, has weights for non-commercial research and
education. No picture is part of the bundle.
'''


def _row(found):
    ours, theirs, apart = (f'{v:.3f} ({low:.3f} to {high:.3f})' for v, low, high in found)
    return f'{ours} | {theirs} | {apart}'


def _verdict(found):
    _, low, high = found[2]
    where = 'cross-validation'
    if low > 0 or high < 0:
        better = 'latents' if low > 0 else 'decoded pixels'
        return f'In {where} the classifier of {better} is significantly better.'
    return f'In {where} the difference is not significant.'


def of_latents(name, task, m, source, network, minutes, seed):
    from medical.latent_bundle import AT, VARIANTS
    return filled(LATENTS.format(
        name=name, summary=task.summary[0].upper() + task.summary[1:], source=source, m=m, warning=WARNING,
        weights=sum(p.numel() for p in network.parameters()) / 1e6, gray=', gray as RGB' if task.name == 'xray' else '',
        variants=VARIANTS, low=QUALITIES[0], high=QUALITIES[1], epochs=EPOCHS, seed=seed, minutes=minutes, at=AT,
        cross=_row(m.cross), test=_row(m.test), verdict=_verdict(m.cross), accuracy=100 * m.accuracy,
        coverage=100 * m.coverage, precision=100 * m.precision, wanted=100 * task.precision, drop=m.drops[0],
        random=m.drops[1], terms=TERMS[task.name]))

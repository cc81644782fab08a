"""A bundle of the autoencoder, from training to manifest."""
import json
import os

from common import bundle, noise, packing
from entropy.tables import to_bytes
from medical import diagnosis
from medical.tasks import TASKS
from autoencoder import card, evaluation, export, measure, tables
from autoencoder.network import macs_per_pixel
from autoencoder.sources import SOURCES
from autoencoder.training import Trainer


def manifest(shape, measured, macs, also):
    curve = {f'q{p.quality}': f'{p.bpp:.4f} bpp {p.psnr:.2f} dB' for p in measured.points}
    source = SOURCES[shape.source]
    return {
        'bundle': shape.name, 'kind': 'autoencoder', 'format': 1,
        'summary': f'{source.summary}{", without their noise" if shape.denoises else ""}, '
                   f'{"RGB" if shape.channels == 3 else "gray"}, '
                   f'{max(macs) / 1000:.1f} kMAC a pixel a side',
        'input': {'channels': 'rgb' if shape.channels == 3 else 'gray', 'stride': 16},
        'latent': {'channels': shape.latent, 'stride': 16},
        'coding': 'rans', 'qualities': 64,
        'licence': source.licence, 'terms': source.terms,
        'measured': {'set': f'{source.tested}, exact code length and 40 bytes a picture',
                     'bd_rate_jpeg_percent': round(measured.jpeg_percent, 1),
                     'bd_rate_webp_percent': round(measured.webp_percent, 1), **curve, **also}}


def assemble(codec, fitted, options, history, say):
    """Exports, measures and writes the folder; a packed codec has its weights rounded already."""
    codec = codec.eval()
    networks = {'encoder.onnx': export.encoder(codec.encoder, codec.shape),
                'decoder.onnx': export.decoder(codec.decoder, codec.shape)}
    apart = export.check(codec, networks['encoder.onnx'], networks['decoder.onnx'])
    say(f'ONNX against the network: latent {apart[0]:.1e} (relative), pixels {apart[1]:.1e}')
    if not max(apart) < 1e-4:
        raise SystemExit('the exported networks differ from the trained ones')
    measured = measure.of_codec(codec, fitted, options.data, say)
    macs = macs_per_pixel(codec.encoder), macs_per_pixel(codec.decoder)
    more, also = '', {}
    if codec.shape.source in TASKS:
        more, also = diagnosis.section(codec, fitted, options, say)
    files = dict(networks, **{'entropy.bin': to_bytes(fitted)})
    identity = bundle.write(options.out, files, manifest(codec.shape, measured, macs, also),
                            card.text(codec.shape, measured, history, fitted, macs, more))
    say(f'wrote {options.out}: latent space {identity[:8]}')


def history(trainer):
    """How these weights came about, for the card."""
    options = trainer.options
    emphasis = options.emphasis
    origin = 'Start: principal components of the photographs.'
    if options.init:
        space = f' (latent space {trainer.origin})' if trainer.origin else ''
        origin = (f'Start: the weights of `{os.path.basename(os.path.normpath(options.init))}`{space}, grown to this shape '
                  'where they were smaller.')
    return (f'{origin} Then {trainer.clock.step:,} steps of {options.batch} squares of {options.crop} x '
            f'{options.crop} from {trainer.source.count(options.data)} pictures, all quality levels mixed in every '
            f'batch, Adam, cosine from {options.rate:g}, running mean of the weights, {trainer.clock.seconds() / 60:.0f} '
            f'minutes on one core beside other work, seed {options.seed}. Loss: lambda * 255^2 * squared error'
            + (f', weighted with local variance to the power of -{emphasis:g},' if emphasis else '')
            + ' + bits a pixel, lambda 0.0008 to 0.15.'
            + (f' {100 * (1 - noise.CLEAN):.0f} % of the squares were seen with noise: Gaussian, Poisson, speckle, salt and '
               'pepper.' if trainer.shape.denoises else ''))


def add_evaluation(options):
    try:
        with open(options.evaluation, encoding='utf-8') as file:
            result = json.load(file)
        before = bundle.identity(options.out)
    except (OSError, ValueError) as error:
        raise SystemExit(f'{options.evaluation}: {error}') from None
    fault = evaluation.fault(result, options.bundle, before)
    if fault:
        raise SystemExit(f'{options.evaluation}: {fault}')
    with open(os.path.join(options.out, 'CARD.md'), encoding='utf-8') as file:
        text = file.read()
    after = bundle.replace_card(options.out, evaluation.into_card(text, result, options.bundle))
    print(f'{options.out}: CARD.md tells of the evaluation; latent space {after[:8]}, it was {before[:8]}')


def build(options):
    if options.evaluation:
        return add_evaluation(options)
    trainer = Trainer(options)
    codec = trainer.averaged() if options.bundle_only else trainer.run()
    past = history(trainer)
    say = trainer.progress.say
    if codec.shape.packed:
        packing.round_weights(codec)
    if options.bundle_only:
        trainer.held_out_report()
    assemble(codec, tables.of_codec(codec, options, say), options, past, say)

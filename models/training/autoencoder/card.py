"""CARD.md of an autoencoder."""
import textwrap

from autoencoder.sources import SOURCES

TEXT = '''# {shape.name}

An autoencoder for live pictures: {encoder_macs:.2f} kMAC a pixel to encode and {decoder_macs:.2f} to decode,
{shape.latent} latent channels at 1/16, 64 quality levels in one model, {lowest:.1f} to {highest:.1f} bits a pixel.

## Network

Encoder: convolution 8x8 stride 8 to {shape.fine} channels, {shape.encoder_fine} blocks, convolution 2x2 stride 2 to
{shape.latent} channels, {shape.encoder_coarse} blocks. Decoder: {shape.decoder_coarse} blocks, 1x1 and
depth-to-space 2, {shape.decoder_fine} blocks, 1x1 and depth-to-space 8. A block is
x + conv1x1(leaky ReLU(conv1x1(depthwise 3x3(x)))), {shape.fine_hidden} and {shape.latent_hidden} channels inside.
Gains a channel and quality stand before rounding and after it. Input and output are {colour} 0..1; ONNX in f32.

Symbols are coded with {tables} static tables chosen by an integer context (`entropy.bin`, see
`runtime/codec/FORMAT.md`), fitted after training on training pictures.

## Training

{history}

Command: `python3 models/training/train.py {shape.name}` (see `models/training/README.md`).

## Measured

{source.tested_in_card}, mean PSNR{over}. Bits are the exact code length of the rounded latents under
`entropy.bin` (-log2 p, escapes and flags included) as one slice, plus 40 bytes a picture for the header. JPEG is
libjpeg-turbo{sampling} with optimised tables, WebP is method 4, both real files at equal PSNR.

| quality | bits/pixel | PSNR dB | JPEG needs | saved | WebP needs | saved |
| --- | --- | --- | --- | --- | --- | --- |
{rows}

BD-rate: **{jpeg:.1f} % against JPEG** ({jpeg_low:.1f} to {jpeg_high:.1f} dB), {webp:.1f} % against WebP
({webp_low:.1f} to {webp_high:.1f} dB).

{more}## Limits

- {source.limit}
- PSNR stops growing near {top:.1f} dB: {shape.latent} of {dimensions} dimensions are kept.
- A latent is not a secret: whoever has the model sees the picture. Sealing is another layer's work.

## Terms

{source.terms_in_card}
'''


def row(p):
    return (f'| {p.quality} | {p.bpp:.4f} | {p.psnr:.2f} | {p.jpeg:.4f} | {100 * (1 - p.bpp / p.jpeg):.1f} % '
            f'| {p.webp:.4f} | {100 * (1 - p.bpp / p.webp):.1f} % |')


def text(shape, measured, history, tables, macs, more=''):
    """more: sections between what was measured and the limits."""
    gray = shape.channels == 1
    return TEXT.format(shape=shape, source=SOURCES[shape.source], colour='gray' if gray else 'RGB', more=more,
                       over='' if gray else ' over RGB', sampling='' if gray else ' 4:2:0',
                       dimensions=256 * shape.channels, encoder_macs=macs[0] / 1000, decoder_macs=macs[1] / 1000,
                       tables=len(tables.frequency),
                       history=textwrap.fill(history, 120), rows='\n'.join(row(p) for p in measured.points),
                       jpeg=measured.jpeg_percent, jpeg_low=measured.jpeg_range[0], jpeg_high=measured.jpeg_range[1],
                       webp=measured.webp_percent, webp_low=measured.webp_range[0], webp_high=measured.webp_range[1],
                       top=max(p.psnr for p in measured.points), lowest=measured.points[0].bpp,
                       highest=measured.points[-1].bpp)

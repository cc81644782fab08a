"""CARD.md of an autoencoder."""
import textwrap

TERMS = ('Weights trained on BSDS500 (non-commercial research and education), Urban100 and Sun-Hays 80 (research data '
         'sets) and freely licensed wallpapers (some CC BY-SA 3.0): for non-commercial research and education; see CARD.md')

TEXT = '''# {shape.name}

An autoencoder for live pictures: {encoder_macs:.2f} kMAC a pixel to encode and {decoder_macs:.2f} to decode,
{shape.latent} latent channels at 1/16, 64 quality levels in one model, {lowest:.1f} to {highest:.1f} bits a pixel.

## Network

Encoder: convolution 8x8 stride 8 to {shape.fine} channels, {shape.encoder_fine} blocks, convolution 2x2 stride 2 to
{shape.latent} channels, {shape.encoder_coarse} blocks. Decoder: {shape.decoder_coarse} blocks, 1x1 and
depth-to-space 2, {shape.decoder_fine} blocks, 1x1 and depth-to-space 8. A block is
x + conv1x1(leaky ReLU(conv1x1(depthwise 3x3(x)))), {shape.fine_hidden} and {shape.latent_hidden} channels inside.
Gains a channel and quality stand before rounding and after it. Input and output are RGB 0..1; ONNX in f32.

Symbols are coded with {tables} static tables chosen by an integer context (`entropy.bin`, see
`runtime/codec/FORMAT.md`), fitted after training on training photographs.

## Training

{history}

Command: `python3 models/training/train.py {shape.name}` (see `models/training/README.md`).

## Measured

24 Kodak pictures (never trained on), mean PSNR over RGB. Bits are the exact code length of the rounded latents under
`entropy.bin` (-log2 p, escapes and flags included) as one slice, plus 40 bytes a picture for the header. JPEG is
libjpeg-turbo 4:2:0 with optimised tables, WebP is method 4, both real files at equal PSNR.

| quality | bits/pixel | PSNR dB | JPEG needs | saved | WebP needs | saved |
| --- | --- | --- | --- | --- | --- | --- |
{rows}

BD-rate: **{jpeg:.1f} % against JPEG** ({jpeg_low:.1f} to {jpeg_high:.1f} dB), {webp:.1f} % against WebP
({webp_low:.1f} to {webp_high:.1f} dB).

## Limits

- Trained for squared error on photographs. Text, screens and drawings are not what it knows.
- PSNR stops growing near {top:.1f} dB: {shape.latent} of 768 dimensions are kept.
- A latent is not a secret: whoever has the model sees the picture. Sealing is another layer's work.

## Terms

The code is Apache-2.0. The weights come from these pictures:

| pictures | terms as stated |
| --- | --- |
| 500 of BSDS500 | Berkeley Segmentation Dataset: non-commercial research and education |
| 50 of Urban100, 40 of Sun-Hays 80 | research data sets, no licence in their repository; photographs of others |
| 47 wallpapers (Ubuntu, Pop!_OS, elementary) | CC BY-SA 3.0, Unsplash, NASA, other free licences, per picture |

So take the weights for non-commercial research and education, and train your own for anything else. The Kodak pictures
(released by Eastman Kodak for unrestricted use) served for measuring only. No picture is part of the bundle.
'''


def row(p):
    return (f'| {p.quality} | {p.bpp:.4f} | {p.psnr:.2f} | {p.jpeg:.4f} | {100 * (1 - p.bpp / p.jpeg):.1f} % '
            f'| {p.webp:.4f} | {100 * (1 - p.bpp / p.webp):.1f} % |')


def text(shape, measured, history, tables, macs):
    return TEXT.format(shape=shape, encoder_macs=macs[0] / 1000, decoder_macs=macs[1] / 1000, tables=len(tables.frequency),
                       history=textwrap.fill(history, 120), rows='\n'.join(row(p) for p in measured.points),
                       jpeg=measured.jpeg_percent, jpeg_low=measured.jpeg_range[0], jpeg_high=measured.jpeg_range[1],
                       webp=measured.webp_percent, webp_low=measured.webp_range[0], webp_high=measured.webp_range[1],
                       top=max(p.psnr for p in measured.points), lowest=measured.points[0].bpp,
                       highest=measured.points[-1].bpp)

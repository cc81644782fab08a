"""The sizes of the autoencoders of the zoo."""
from dataclasses import dataclass

PATCH = 8  # pixels to a side of the first and the last layer's squares
STRIDE = 2 * PATCH  # pixels to a latent position


@dataclass(frozen=True)
class Shape:
    """Encoder: patches of 8 x 8 to `fine` channels, blocks, 2x2 stride 2 to `latent` channels, blocks. Decoder: mirrored."""
    name: str
    fine: int  # channels at 1/8
    fine_hidden: int  # inside a block there
    latent: int  # channels at 1/16, which are the latents
    latent_hidden: int
    encoder_fine: int  # blocks
    encoder_coarse: int
    decoder_coarse: int
    decoder_fine: int
    budget: int  # MAC a pixel and side that the design grants
    denoises: bool = False  # trained to leave noise out
    channels: int = 3  # of pictures: RGB or gray
    source: str = 'photos'  # what it learns from (sources.py)
    packed: bool = False  # weights stored in 8 bits


# 192 latents end at 37 dB: of 16 x 16 RGB squares of Kodak, 192 principal components keep 37.5 dB, 256 41.8, 320 46.5.
SHAPES = {s.name: s for s in (
    Shape('lc5', 96, 192, 256, 352, 2, 2, 2, 2, 3300),
    Shape('lc5-denoise', 96, 192, 256, 352, 2, 2, 2, 2, 3300, denoises=True),
    Shape('lc5-xray', 96, 192, 256, 352, 2, 2, 2, 2, 3300, channels=1, source='xray', packed=True),
    Shape('lc5-fundus', 96, 192, 256, 352, 2, 2, 2, 2, 3300, source='fundus', packed=True),
    Shape('lc10', 128, 256, 320, 320, 5, 2, 2, 5, 8100))}

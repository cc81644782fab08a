"""The subcommands of the image codecs."""
from common.options import bundle_parser, checked, positive

BUNDLES = (('lc5', 'image codec, the live default'),
           ('lc5-denoise', 'the same, which leaves noise out'),
           ('lc5-xray', 'gray image codec for chest X-rays'),
           ('lc5-fundus', 'image codec for photographs of the retina'),
           ('lc10', 'image codec, more work, fewer bits'))


def build(options):
    from autoencoder import bundle
    bundle.build(options)


def register(bundles):
    for name, help_text in BUNDLES:
        codec = bundle_parser(bundles, name, help_text, build)
        codec.add_argument('--init', help='the folder of a bundle to start from (default: PCA)')
        codec.add_argument('--evaluation', metavar='FILE',
                           help='only write what `latentcast eval --json` found into the card')
        codec.add_argument('--steps', type=positive(int), default=60000)
        codec.add_argument('--batch', type=positive(int), default=8)
        codec.add_argument('--crop', default=256,
                           type=checked(int, lambda side: side > 0 and side % 16 == 0, 'not a multiple of 16'),
                           help='side of the training squares, a multiple of 16')
        codec.add_argument('--rate', type=positive(float), default=4e-4, help='peak learning rate')
        codec.add_argument('--emphasis', type=checked(float, lambda e: 0 <= e <= 2, 'not in 0..2'), default=0.35,
                           metavar='E', help='weigh squared error with local variance to the power of -E (default '
                           '0.35; 0: not at all)')

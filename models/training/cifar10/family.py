"""The subcommand of the classifier of small pictures."""
from common.options import bundle_parser, positive


def build(options):
    from cifar10 import bundle
    bundle.build(options)


def register(bundles):
    parser = bundle_parser(bundles, 'cifar10', 'classifier of 32 x 32 pictures', build)
    parser.add_argument('--epochs', type=positive(int), default=45)

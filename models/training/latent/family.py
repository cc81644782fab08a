"""The subcommands of the classifiers of latents."""
from common.options import bundle_parser, positive


def build_cifar10(options):
    from latent import bundle_cifar10
    bundle_cifar10.build(options)


def register(bundles):
    parser = bundle_parser(bundles, 'cifar10-latent', 'classifier of latents of lc5, of ten kinds of things',
                           build_cifar10)
    parser.add_argument('--epochs', type=positive(int), default=30)

"""The subcommands of the published systems."""
import os

from common.options import MODELS, bundle_parser, checked, positive

# names and what `--help` says; PyTorch is not imported for that
CODERS = ('paper-1-3layers-2pools', 'paper-1-3layers-1pool', 'paper-1-2layers-2pools', 'paper-1-2layers-1pool',
          'paper-2-mnist-masked', 'paper-2-mnist-unmasking', 'paper-2-mnist-plain', 'paper-2-cifar10-masked',
          'paper-2-cifar10-unmasking', 'paper-2-cifar10-plain', 'paper-3-fundus', 'paper-4-gray', 'paper-4-chaos', 'paper-5-restore')
CLASSIFIERS = ('paper-1-diagnosis', 'paper-2-digits', 'paper-3-grade', 'paper-4-encrypted')


def build(parsed):
    from papers import bundle
    bundle.build(parsed)


def study(parsed):
    from papers.study import Study
    Study(parsed).run()


def register(bundles):
    for name in CODERS + CLASSIFIERS:
        kind = 'autoencoder' if name in CODERS else 'classifier'
        parser = bundle_parser(bundles, name, f'{kind} of published system {name.split("-")[1]}', build)
        parser.add_argument('--steps', type=positive(int), help='default: what the table of the family says')
    parser = bundle_parser(bundles, 'paper-1-study', 'hyperparameters of published system 1, one after the other', study)
    parser.set_defaults(out=os.path.join(MODELS, '..', 'docs'))
    parser.add_argument('--side', type=checked(int, lambda side: side > 0 and side % 16 == 0, 'not a multiple of 16'), default=48,
                        help='of the X-rays, a multiple of 16')
    parser.add_argument('--pictures', type=positive(int), default=240, help='X-rays for training, 440 at most')

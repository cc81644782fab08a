#!/usr/bin/env python3
"""Trains one bundle of the zoo and writes it whole: `train.py lc5`, `lc5-denoise`, `lc10` or `cifar10`."""
import argparse
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
MODELS = os.path.dirname(HERE)


def checked(number, is_fine, fault):
    """A type for argparse: int or float of which is_fine holds."""
    def parsed(text):
        if not is_fine(number(text)):
            raise argparse.ArgumentTypeError(f'{text} is {fault}')
        return number(text)
    parsed.__name__ = number.__name__  # argparse calls it that
    return parsed


def positive(number):
    return checked(number, lambda value: value > 0, 'not above 0')


def common_options(parser, name):
    parser.add_argument('--data', default=os.path.join(MODELS, '..', '..', 'shared', 'data'),
                        help='folder of the data sets (default: shared/data beside the repository)')
    parser.add_argument('--out', default=os.path.join(MODELS, name), help='bundle folder to write')
    parser.add_argument('--work', default=os.path.join(HERE, 'work'), help='checkpoints and logs')
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--threads', type=positive(int), default=1)
    parser.add_argument('--minutes', type=positive(float), help='end the schedule after so many minutes of work')
    parser.add_argument('--no-bf16', dest='bf16', action='store_false', help='train in f32 (older CPUs)')
    checkpoint = parser.add_mutually_exclusive_group()
    checkpoint.add_argument('--restart', action='store_true', help='ignore an earlier checkpoint')
    checkpoint.add_argument('--bundle-only', action='store_true', help='write the bundle from the checkpoint as it is')


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__)
    bundles = parser.add_subparsers(dest='bundle', required=True)
    cifar10 = bundles.add_parser('cifar10', help='classifier of 32 x 32 pictures')
    common_options(cifar10, 'cifar10')
    cifar10.add_argument('--epochs', type=positive(int), default=45)
    for name, help_text in (('lc5', 'image codec, the live default'),
                            ('lc5-denoise', 'the same, which leaves noise out'),
                            ('lc10', 'image codec, more work, fewer bits')):
        codec = bundles.add_parser(name, help=help_text)
        common_options(codec, name)
        codec.add_argument('--init', help='the folder of a bundle to start from (default: PCA)')
        codec.add_argument('--evaluation', metavar='FILE',
                           help='only write what `latentcast eval --json` found into the card')
        codec.add_argument('--steps', type=positive(int), default=60000)
        codec.add_argument('--batch', type=positive(int), default=8)
        codec.add_argument('--crop', type=checked(int, lambda side: side > 0 and side % 16 == 0, 'not a multiple of 16'), default=256, help='side of the training squares, a multiple of 16')
        codec.add_argument('--rate', type=positive(float), default=4e-4, help='peak learning rate')
        codec.add_argument('--emphasis', type=checked(float, lambda e: 0 <= e <= 2, 'not in 0..2'), default=0.35, metavar='E',
                           help='weigh squared error with local variance to the power of -E (default 0.35; 0: not at all)')
    return parser.parse_args(arguments)


def main():
    options = parse(sys.argv[1:])
    if options.bundle == 'cifar10':
        from cifar10 import bundle
    else:
        from autoencoder import bundle
    bundle.build(options)


if __name__ == '__main__':
    main()

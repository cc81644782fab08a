"""Options that all trainings share, and checked types for those of their own."""
import argparse
import os

TRAINING = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
MODELS = os.path.dirname(TRAINING)


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


def bundle_parser(bundles, name, help_text, build, scheduled=True):
    """The subcommand of one bundle, with the options that all have. `build` takes them parsed. Where it is `scheduled`
    it may end by minutes, and write its bundle from a checkpoint."""
    parser = bundles.add_parser(name, help=help_text)
    parser.set_defaults(build=build)
    parser.add_argument('--data', default=os.path.join(MODELS, '..', '..', 'shared', 'data'),
                        help='folder of the data sets (default: shared/data beside the repository)')
    parser.add_argument('--out', default=os.path.join(MODELS, name), help='bundle folder to write')
    parser.add_argument('--work', default=os.path.join(TRAINING, 'work'), help='checkpoints and logs')
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--threads', type=positive(int), default=1)
    parser.add_argument('--no-bf16', dest='bf16', action='store_false', help='train in f32 (older CPUs)')
    checkpoint = parser.add_mutually_exclusive_group()
    checkpoint.add_argument('--restart', action='store_true', help='ignore an earlier checkpoint')
    if scheduled:
        parser.add_argument('--minutes', type=positive(float), help='end the schedule after so many minutes of work')
        checkpoint.add_argument('--bundle-only', action='store_true',
                                help='write the bundle from the checkpoint as it is')
    return parser

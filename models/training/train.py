#!/usr/bin/env python3
"""Trains one bundle of the zoo and writes it whole, for example `train.py lc5`.

Every folder here with a family.py brings subcommands: its register(bundles) adds them (common/options.py).
"""
import argparse
import glob
import importlib
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    bundles = parser.add_subparsers(dest='bundle', required=True)
    for path in sorted(glob.glob(os.path.join(HERE, '*', 'family.py'))):
        importlib.import_module(f'{os.path.basename(os.path.dirname(path))}.family').register(bundles)
    return parser.parse_args(arguments)


def main():
    options = parse(sys.argv[1:])
    options.build(options)


if __name__ == '__main__':
    main()

"""What the tests of the program share: counted cases, and the lines that ./test adds up."""
import socket
import sys


class Cases:
    def __init__(self, suite):
        self.suite, self.passed, self.failed, self.skipped = suite, 0, 0, 0

    def __call__(self, name, good, detail=''):
        self.passed, self.failed = self.passed + bool(good), self.failed + (not good)
        if not good:
            print(f'FAILED: {self.suite}: {name}: {detail}')

    def skip(self, name, reason):
        self.skipped += 1
        print(f'SKIPPED: {self.suite}: {name}: {reason}')

    def finish(self):
        print(f'cases: {self.passed} passed, {self.failed} failed, {self.skipped} skipped')
        sys.exit(bool(self.failed))


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]

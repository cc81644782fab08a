"""SIGINT and SIGTERM end a training after the step in hand, so that it can save."""
import signal


class Stop:
    """A context; `asked` becomes true at the first signal. A second one ends the program at once."""

    def __enter__(self):
        self.asked = False
        self.before = {number: signal.signal(number, self._ask) for number in (signal.SIGINT, signal.SIGTERM)}
        return self

    def __exit__(self, *_):
        for number, handler in self.before.items():
            signal.signal(number, handler)

    def _ask(self, *_):
        self.asked = True
        self.__exit__()

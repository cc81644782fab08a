"""How far a training has come, and the learning rate that belongs to it."""
import math
import time


class Clock:
    """Progress from 0 to 1 by steps, or by minutes of work where a limit in minutes comes first.

    The seconds of earlier runs are part of the state, so a resumed training goes on where it stopped.
    """

    def __init__(self, steps, minutes=None):
        self.steps = steps
        self.limit = minutes * 60.0 if minutes else math.inf
        self.step = 0
        self.earlier = 0.0
        self.started = time.monotonic()

    def seconds(self):
        return self.earlier + time.monotonic() - self.started

    def progress(self):
        return min(1.0, max(self.step / self.steps, self.seconds() / self.limit))

    def state(self):
        return {'step': self.step, 'seconds': self.seconds()}

    def restore(self, state):
        self.step = state['step']
        self.earlier = state['seconds']
        self.started = time.monotonic()


def warm_cosine(progress, step, peak, warm_steps, floor=0.01):
    """Linear warm-up over warm_steps, then half a cosine from peak to floor * peak."""
    warm = min(1.0, (step + 1) / warm_steps)
    cosine = 0.5 * (1.0 + math.cos(math.pi * progress))
    return peak * warm * (floor + (1.0 - floor) * cosine)

"""One line of progress every few seconds, and a log file with the same lines."""
import sys
import time


class Progress:
    def __init__(self, path, every_seconds=20.0):
        self.log = open(path, 'a', encoding='utf-8') if path else None
        self.every = every_seconds
        self.last = time.monotonic()
        self.last_step = None

    def say(self, text):
        line = f'{time.strftime("%H:%M:%S")} {text}'
        print(line, flush=True)
        if self.log:
            print(line, file=self.log, flush=True)

    def due(self):
        return time.monotonic() - self.last >= self.every

    def report(self, clock, text):
        """Says `text` with the share done, the speed since the last report and the time left."""
        now = time.monotonic()
        done = clock.progress()
        speed = (clock.step - self.last_step) / (now - self.last) if self.last_step is not None else 0.0
        left = clock.seconds() * (1.0 - done) / done if done > 0 else 0.0
        self.last, self.last_step = now, clock.step
        self.say(f'{100 * done:5.1f} %  step {clock.step}  {speed:.2f}/s  {left / 60:.0f} min left  {text}')


def quiet_torch(threads):
    """Settings that keep a training polite beside other work; call before the first tensor work."""
    import torch
    torch.set_num_threads(threads)
    torch.set_flush_denormal(True)
    if not sys.stdout.isatty():
        sys.stdout.reconfigure(line_buffering=True)

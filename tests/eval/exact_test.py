"""Frames that were coded once decode to the encoder's integers, and nearly everywhere to pixels within 1 of 255, whatever
instruction set oneDNN may use and however many threads.

exact_test.py DECODE_FRAMES MODELS
"""
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'support'))
from cases import Cases  # noqa: E402

program, models = (pathlib.Path(a).resolve() for a in sys.argv[1:3])
SETS = ('SSE41', 'AVX2', 'AVX512_CORE', 'ALL')
case = Cases('exact')

with tempfile.TemporaryDirectory(prefix='latentcast-test-') as folder:
    frames, pixels = os.path.join(folder, 'frames'), os.path.join(folder, 'pixels')

    def run(*arguments, isa='ALL'):
        done = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, timeout=120,
                              env={**os.environ, 'ONEDNN_MAX_CPU_ISA': isa, 'DNNL_MAX_CPU_ISA': isa})
        return done.returncode, done.stdout, done.stderr

    for bundle in ('lc5', 'lc5-denoise', 'lc10'):
        code, coded, err = run('write', models / bundle, frames)
        case(f'{bundle}: frames are coded', code == 0 and coded.count('\n') == 12, err)
        first = None
        for isa in SETS:
            for threads in (1, 2, 3):
                code, integers, err = run('read', models / bundle, frames, threads, pixels, isa=isa)
                picture = pathlib.Path(pixels).read_bytes() if code == 0 else b''
                first = first or picture
                name = f'{bundle}, {isa}, {threads} threads'
                case(f'{name}: the integers are the same', code == 0 and integers == coded, err)
                far = sum(abs(a - b) > 1 for a, b in zip(picture, first))
                case(f'{name}: 99.9 % of the pixels are within 1',
                     picture and len(picture) == len(first) and far <= 0.001 * len(picture), far)
case.finish()

"""The demonstrations that ./run shows: two processes, real keys, the shipped bundles.

demo_test.py LATENTCAST
"""
import json
import os
import pathlib
import random
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib

program = os.path.abspath(sys.argv[1])
root = pathlib.Path(__file__).resolve().parents[2]
folder = pathlib.Path(tempfile.mkdtemp(prefix='latentcast-test-'))
failed = passed = 0
FIELDS = {'frames_sent', 'frames_received', 'frames_opened', 'frames_decoded', 'frames_lost', 'frames_refused', 'fps',
          'bpp', 'kbit_per_s', 'psnr_db', 'latency_ms_p50', 'latency_ms_p99', 'top_label'}


def case(name, good, detail=''):
    global failed, passed
    passed, failed = passed + bool(good), failed + (not good)
    if not good:
        print(f'FAILED: demo: {name}: {detail}')


def demo(*arguments):
    done = subprocess.run([program, 'demo', *arguments, '--json', '--out', str(folder / 'out')], cwd=root, timeout=180,
                          env={**os.environ, 'LATENTCAST_MODELS': str(root / 'models')}, capture_output=True, text=True)
    lines = done.stdout.splitlines()
    return done, json.loads(lines[0]) if len(lines) == 1 else {}


def noise_png(path, seed):
    side, rng = 40, random.Random(seed)
    rows = b''.join(b'\0' + rng.randbytes(3 * side) for _ in range(side))

    def chunk(tag, body):
        return struct.pack('>I', len(body)) + tag + body + struct.pack('>I', zlib.crc32(tag + body))

    path.write_bytes(b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>2I5B', side, side, 8, 2, 0, 0, 0)) +
                     chunk(b'IDAT', zlib.compress(rows)) + chunk(b'IEND', b''))


done, result = demo('--source', 'testscene://', '--seconds', '8', '--framerate', '5',
                    '--width', '639', '--height', '361')  # odd, which H.264's 4:2:0 has not
case('one JSON object with every number', FIELDS <= result.keys(), f'{done.stdout!r} {done.stderr!r}')
case('frames arrive, are opened and decoded', 5 <= result.get('frames_decoded', 0) <= result.get('frames_sent', 0), result)
case('nothing is refused', result.get('frames_refused') == 0, result)
case('the picture is a picture', (result.get('psnr_db') or 0) > 25, result)
# A machine that is too slow loses frames, and then says so; nothing else makes it fail.
case('the exit status tells of lost frames', done.returncode == (1 if result.get('frames_lost') else 0), f'{result} {done}')
case('a recording is left', (folder / 'out/received.mkv').stat().st_size > 10000)
done = subprocess.run([program, 'inspect', str(folder / 'out/recording.lcr'), '--json'], capture_output=True, text=True)
recorded = json.loads(done.stdout)
case('the sealed recording is whole, to the end of the session',
     done.returncode == 0 and recorded['sessions'][0]['has_end'] and
     recorded['sessions'][0]['frames'] == result.get('frames_received'), f'{done} {result}')
key = folder / 'out/keys/receiver.key'
case('the key that opens it is left for its user only', key.stat().st_mode & 0o77 == 0 and key.parent.stat().st_mode & 0o77 == 0)
done = subprocess.run([program, 'run', 'pipelines/replay.yaml', '--status', 'json', '--set', f'recording={folder}/out/recording.lcr',
                       '--set', f'keyring={key.parent}', '--set', 'live=false'], cwd=root, capture_output=True, text=True,
                      env={**os.environ, 'LATENTCAST_MODELS': str(root / 'models')})
replayed = json.loads(done.stdout.splitlines()[-1])
case('replayed, the recording gives the same frames', done.returncode == 0 and
     replayed['frames_opened'] == result.get('frames_opened') and replayed['frames_decoded'] == result.get('frames_decoded'),
     f'{replayed} {result}')
case('a comparison is left', (folder / 'out/compare.png').stat().st_size > 10000)

(folder / 'stamps/frog').mkdir(parents=True)
for number in range(6):
    noise_png(folder / f'stamps/frog/{number}.png', number)
done, result = demo('classify', '--stamps', str(folder / 'stamps'))
answers = sum(result.get(key, 0) for key in ('right', 'wrong', 'no_confident_label'))
case('every picture gets its answer', answers == result.get('pictures') == 6, f'{result} {done.stderr!r}')
case('a sheet of the answers is left', (folder / 'out/classify.png').stat().st_size > 1000)

shutil.rmtree(folder)
print(f'cases: {passed} passed, {failed} failed, 0 skipped')
sys.exit(bool(failed))

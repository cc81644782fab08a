"""latentcast models: what it lists, the numbers that quantize writes, and refusals.

models_test.py LATENTCAST MODELS
"""
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'support'))
from cases import Cases  # noqa: E402

program, models = (pathlib.Path(a).resolve() for a in sys.argv[1:3])
folder = pathlib.Path(tempfile.mkdtemp(prefix='latentcast-test-'))
case = Cases('models')


def run(*arguments):
    done = subprocess.run([program, 'models', *map(str, arguments)], cwd=folder, capture_output=True, text=True, timeout=300,
                          env={**os.environ, 'LATENTCAST_MODELS': str(models)})
    return done.returncode, done.stdout, done.stderr


def says(name, wanted_code, sentence, *arguments):
    code, out, err = run(*arguments)
    case(name, code == wanted_code and sentence in err and not out, f'exit {code}, said {err!r}')


def picture(name, width, height, seed):
    """Smooth shades with some grain, as a PPM."""
    dice = random.Random(seed)
    tilt = [dice.uniform(-0.4, 0.4) for _ in range(6)]
    samples = bytearray()
    for y in range(height):
        for x in range(width):
            for c in range(3):
                value = 128 + tilt[c] * (x - width / 2) + tilt[3 + c] * (y - height / 2) + dice.randint(-8, 8)
                samples.append(max(0, min(255, int(value))))
    (folder / name).write_bytes(b'P6\n%d %d\n255\n' % (width, height) + samples)


code, out, err = run('list', '--json')
listed = {one['name']: one for one in json.loads(out)} if code == 0 else {}
case('the shipped bundles are listed', {'lc5', 'lc10', 'cifar10'} <= set(listed), listed.keys())
case('their arithmetic is told', all(one['precision'] in ('f32', 'bf16', 'int8') for one in listed.values()), listed)
code, out, err = run('list')
case('people get a line for each', code == 0 and all(name in out for name in listed), out)

bundle = folder / 'own'
shutil.copytree(models / 'lc5', bundle)
(folder / 'pictures').mkdir()
for i in range(4):
    picture(f'pictures/{i}.ppm', 264, 256, i)
before = (bundle / 'encoder.onnx').read_bytes()
code, out, err = run('quantize', bundle, '--images', 'pictures', '--json')
result = json.loads(out) if code == 0 else {}
case('a bundle is quantised', code == 0 and result.get('calibrated') == 2 and result.get('measured') == 2, err)
case('losses are small and no zeros', result and all(abs(loss) < 1 for key in ('bf16_db', 'int8_db') for loss in result[key])
     and any(result['int8_db']), result)
manifest = (bundle / 'manifest.yaml').read_text()
case('the manifest has them', all(f'\n  {key}: [' in manifest for key in ('bound_db', 'bf16_db', 'int8_db')), manifest)
case('the numbers are others now', (bundle / 'encoder.onnx').read_bytes() != before)
again, out, err = run('quantize', bundle, '--images', 'pictures', '--json')
case('the same again gives the same', again == 0 and json.loads(out) == result, err)
case('the manifest has the section once', (bundle / 'manifest.yaml').read_text() == manifest)

says('no bundle of this name', 2, 'no model', 'quantize', 'lc55', '--images', 'pictures')
says('a classifier has no 8-bit blocks', 2, 'cifar10: a classifier', 'quantize', 'cifar10', '--images', 'pictures')
says('too few pictures', 2, 'give at least 4', 'quantize', bundle, '--images', 'pictures/0.ppm')
says('no pictures', 2, 'nowhere', 'quantize', bundle, '--images', 'nowhere')
picture('pictures/0small.ppm', 64, 64, 9)
small = run('quantize', bundle, '--images', *sorted(f'pictures/{n}.ppm' for n in ('0small', '1', '2', '3')), )
case('too small a picture is named', small[0] == 2 and '0small.ppm: 64 x 64 pixels; at least 256 x 256' in small[2], small)
case('and the bundle is as it was', (bundle / 'manifest.yaml').read_text() == manifest)
shutil.rmtree(folder)
case.finish()

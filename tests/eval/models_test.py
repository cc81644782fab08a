"""latentcast models: what it lists, the numbers that quantize writes, what it signs and seals, and refusals.

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


def run(*arguments, given=''):
    done = subprocess.run([program, 'models', *map(str, arguments)], cwd=folder, capture_output=True, text=True, timeout=300, input=given,
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
says('a classifier has no 8-bit blocks', 2, "'autoencoder' is needed", 'quantize', 'cifar10', '--images', 'pictures')
says('too few pictures', 2, 'give at least 4', 'quantize', bundle, '--images', 'pictures/0.ppm')
says('no pictures', 2, 'nowhere', 'quantize', bundle, '--images', 'nowhere')
picture('pictures/0small.ppm', 64, 64, 9)
small = run('quantize', bundle, '--images', *sorted(f'pictures/{n}.ppm' for n in ('0small', '1', '2', '3')), )
case('too small a picture is named', small[0] == 2 and '0small.ppm: 64 x 64 pixels; at least 256 x 256' in small[2], small)
case('and the bundle is as it was', (bundle / 'manifest.yaml').read_text() == manifest)


def keygen(ring, *arguments):
    subprocess.run([program, 'keygen', '--keyring', folder / ring, *map(str, arguments)], check=True, capture_output=True)


def refused(name, sentence, *arguments, code=1):
    says(name, code, sentence, *arguments)


keygen('maker', '--signer', 'lab')
keygen('desk', '--receiver', 'desk', '--pin', folder / 'maker/signer.pub')
keygen('camera', '--receiver', 'camera', '--pin', folder / 'maker/signer.pub')
keygen('stranger', '--receiver', 'stranger')
desk, camera, ring = folder / 'desk', folder / 'camera', '--keyring'
refused('who has no signer key signs nothing', 'no signer key; make one', 'seal', 'lc5', ring, desk, '--for', desk / 'receiver.pub')
code, out, err = run('seal', 'lc5', '--role', 'decoder', '--for', desk / 'receiver.pub', ring, folder / 'maker', '--model-version', 3)
case('a decoder is sealed', code == 0 and (folder / 'lc5-decoder.lcm').exists() and 'desk' in out, err)
refused('nothing is replaced', 'exists already', 'seal', 'lc5', '--role', 'decoder', '--for', desk / 'receiver.pub', ring,
        folder / 'maker', code=2)
sealed = folder / 'lc5-decoder.lcm'
code, out, err = run('verify', './lc5-decoder.lcm', ring, desk)
case('its signer and version are told', code == 0 and 'signed by    lab' in out and 'version      3' in out and 'decoder' in out
     and 'encoder.onnx' not in out, out + err)
refused('others do not open it', "is not sealed for 'stranger'", 'open', sealed, ring, folder / 'stranger')
(desk / 'state/lock').mkdir(parents=True)
refused('nothing is left of what was not opened to its end', 'its version 3 cannot be remembered', 'open', sealed, '-o', 'half', ring,
        desk, code=1)
case('no half of a folder', not (folder / 'half').exists())
(desk / 'state/lock').rmdir()
code, out, err = run('open', sealed, '-o', 'opened', ring, desk)
case('it opens to the same files', code == 0 and not (folder / 'opened/encoder.onnx').exists() and all(
    (folder / 'opened' / f).read_bytes() == (models / 'lc5' / f).read_bytes()
    for f in ('decoder.onnx', 'entropy.bin', 'manifest.yaml', 'CARD.md')), err)
case('and only for who opened it', all((folder / 'opened' / f).stat().st_mode & 0o77 == 0
                                       for f in ('', 'decoder.onnx', 'signed-decoder.list')))
code, out, err = run('verify', folder / 'opened', ring, desk)
case('the folder stays signed', code == 0 and 'signed-decoder.list' in out and 'lab' in out, err)
code, out, err = run('seal', folder / 'opened', '--role', 'decoder', '--for', camera / 'receiver.pub', '-o', 'again.lcm', ring, desk)
case('it is sealed for others without its signer', code == 0, err)
code, out, err = run('verify', folder / 'again.lcm', ring, camera)
case('and they trust the signer', code == 0 and 'version      3' in out, err)
code, out, err = run('seal', sealed, '--for', camera / 'receiver.pub', '-o', 'direct.lcm', ring, desk)
case('also directly', code == 0 and run('verify', folder / 'direct.lcm', ring, camera)[0] == 0, err)
card = folder / 'opened/CARD.md'
text = card.read_text()
card.write_text(text + 'x')
refused('a file that was changed', 'CARD.md: differs', 'verify', folder / 'opened', ring, desk)
card.write_text(text)
code, out, err = run('seal', 'lc5', '--role', 'decoder', '--for', desk / 'receiver.pub', ring, folder / 'maker', '--model-version', 2,
                     '-o', 'older.lcm')
refused('no earlier version than was used', 'is version 2, and version 3 was used here before', 'open', folder / 'older.lcm', '-o', 'o',
        ring, desk)
signs = ('sign', folder / 'opened', '--role', 'decoder', ring, folder / 'maker')
for version in ('-1', '0', '18446744073709551616', '9223372036854775808', '1e3', '010'):
    refused(f'version {version}', 'a whole number from 1 to 2^63-1 is expected', *signs, f'--model-version={version}', code=2)
refused('a last day that is past', 'is past, so nobody could use it', *signs, '--not-after', '2020-01-01', code=2)
refused('one receiver twice', 'was named before', 'seal', 'lc5', '--role', 'decoder', '--for', desk / 'receiver.pub', '--for',
        desk / 'receiver.pub', ring, folder / 'maker', '-o', 'twice.lcm', code=2)
signed = folder / 'opened/signed-decoder.list'
before = signed.read_bytes()
for name, changed, sentence in (('bytes behind it', before + b'x', '1 bytes follow'),
                                ('another signature', before[:-1] + bytes([before[-1] ^ 1]), 'signature')):
    signed.write_bytes(changed)
    refused(f'a signed list with {name} is not sealed', sentence, 'seal', folder / 'opened', '--role', 'decoder', '--for',
            camera / 'receiver.pub', '-o', 'not.lcm', ring, desk)
    refused(f'nor verified with {name}', sentence, 'verify', folder / 'opened', ring, desk)
for role in ('encoder', 'decoder'):
    run('seal', 'lc5', '--role', role, '--for', camera / 'receiver.pub', ring, folder / 'maker', '-o', f'camera-{role}.lcm')
for i, role in enumerate(('encoder', 'decoder', 'encoder')):
    code, out, err = run('open', folder / f'camera-{role}.lcm', '-o', f'camera-{i}', ring, camera)
    case(f'halves of one model beside each other: {role}', code == 0, err)
subprocess.run([program, 'keygen', '--keyring', folder / 'locked', '--receiver', 'locked', '--pin', folder / 'maker/signer.pub',
                '--passphrase-fd', '0'], input='open sesame\n', text=True, check=True, capture_output=True)
run('seal', 'cifar10', '--for', folder / 'locked/receiver.pub', ring, folder / 'maker', '-o', 'for-locked.lcm')
locked = ('verify', folder / 'for-locked.lcm', ring, folder / 'locked')
case('a key that wants its passphrase opens nothing without', run(*locked)[0] == 1)
code, out, err = run(*locked, '--passphrase-fd', '0', given='open sesame\n')
case('and with it', code == 0, err)
refused('a bundle that nobody signed', 'nobody signed them', 'verify', 'lc5', ring, desk)
subprocess.run([program, 'keys', 'revoke', 'lab', ring, desk], check=True, capture_output=True)
refused('a signer that is trusted no more', 'is signed by a key that', 'verify', sealed, ring, desk)
broken = bytearray(sealed.read_bytes())
broken[len(broken) // 2] ^= 1
(folder / 'broken.lcm').write_bytes(broken)
keygen('desk', '--pin', folder / 'maker/signer.pub')
refused('one bit', 'was damaged or altered', 'verify', folder / 'broken.lcm', ring, desk)
(folder / 'zoo').mkdir()
sealed.rename(folder / 'zoo/lc5.lcm')
models = folder / 'zoo'
code, out, err = run('list', '--json', ring, desk)
case('list opens sealed ones', code == 0 and [one['name'] for one in json.loads(out)] == ['lc5'], out + err)
shutil.rmtree(folder)
case.finish()

"""latentcast study: the report of real pictures (generated ones, and Kodak's where they are), and refusals.

study_test.py LATENTCAST SHARED"""
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

program, shared = (pathlib.Path(a).resolve() for a in sys.argv[1:3])
shared = pathlib.Path(os.environ.get('LATENTCAST_SHARED', shared)).resolve()
folder = pathlib.Path(tempfile.mkdtemp(prefix='latentcast-test-'))
passed = failed = skipped = 0
SENTENCE = 'Statistics can show weakness, never strength.'
BROKEN = {'xor-mask', 'additive-square:figure', 'additive-square:text', 'logistic-chaos:double', 'logistic-chaos:single',
          'logistic-chaos:probabilistic', 'aes-features:ctr-fixed-nonce', 'aes-features:ecb', 'rsa-lsb:textbook'}
OPEN = {'aes-features:cbc', 'aes-features:cbc-fixed-iv', 'aes-features:ctr', 'rsa-lsb:oaep'}


def case(name, good, detail=''):
    global failed, passed
    passed, failed = passed + bool(good), failed + (not good)
    if not good:
        print(f'FAILED: study: {name}: {detail}')


def run(*arguments):
    done = subprocess.run([program, 'study', *map(str, arguments)], cwd=folder, capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


def generated(name, width, height, seed):
    noise = random.Random(seed)
    pixels = bytes(min(255, max(0, 90 + x // 3 + (60 if (x // 23 + y // 17) % 2 else 0) + noise.randrange(-4, 5)))
                   for y in range(height) for x in range(width))
    (folder / name).write_bytes(b'P5 %d %d 255\n' % (width, height) + pixels)


def check_report(name, report):
    systems = report['systems']
    case(f'{name}: the sentence', report['note'] == SENTENCE)
    case(f'{name}: all systems', set(systems) == BROKEN | OPEN | {'sealed'}, sorted(systems))
    for system, result in systems.items():
        wanted = 'BROKEN' if system in BROKEN else 'NO INTEGRITY' if system in OPEN else 'no attack implemented'
        case(f'{name}: verdict of {system}', result['verdict'] == wanted, result['verdict'])
        case(f'{name}: attacks on {system}',
             all(a['needs'] and a['result'] and a['tried'] for a in result['attacks']))
        is_exact = not system.startswith('rsa-lsb')  # it hides a message
        case(f'{name}: {system} gives back what it took', (result['retrieved']['psnr'] == 100) == is_exact,
             result['retrieved'])
        if system != 'sealed':
            case(f'{name}: {system} through its elements', result['elements']['exact'] and
                 result['elements']['frames'] == report['pictures'], result['elements'])
    sealed = systems['sealed']
    case(f'{name}: sealed refuses what was altered', '0 of 1000' in sealed['attacks'][0]['result'], sealed['attacks'])
    case(f'{name}: sealed refuses other keys', sealed['key_sensitivity']['refused'] == 256, sealed['key_sensitivity'])
    metrics = {m['metric']: m for m in systems['xor-mask']['statistics']}
    case(f'{name}: one changed byte stays one', metrics['UACI in %, as used']['passed'] == 0)
    case(f'{name}: RSA grows', systems['rsa-lsb:textbook']['bytes_a_byte'] == 256)


for number in range(2):
    generated(f'{number}.pgm', 200, 160, number)
code, out, err = run('--images', folder, '--json')
case('generated pictures', code == 0, err)
if code == 0:
    check_report('generated', json.loads(out))
code, out, err = run('--images', folder, '--system', 'aes-features:ecb', 'sealed', '--page', folder / 'page')
case('markdown', code == 0 and out.count(SENTENCE) == 2 and '## aes-features:ecb' in out and '## sealed' in out and
     'xor-mask' not in out, out + err)
page = folder / 'page'
case('page', 'aes-features-ecb-encrypted.png' in (page / 'index.html').read_text() and SENTENCE in (page / 'index.html').read_text())
case('reports beside the page', set(json.loads((page / 'ciphers.json').read_text())['systems']) == {'aes-features:ecb', 'sealed'} and
     (page / 'ciphers.md').read_text() == out)
case('progress', '1 of 2: aes-features:ecb: BROKEN' in err and '2 of 2: sealed: ' in err, err)
case('page pictures', sorted(f.name for f in page.glob('*.png')) == [
    'aes-features-ecb-encrypted.png', 'aes-features-ecb-retrieved.png', 'original.png', 'sealed-encrypted.png',
    'sealed-retrieved.png'] and (page / 'original.png').read_bytes() == (page / 'sealed-retrieved.png').read_bytes() !=
     (page / 'sealed-encrypted.png').read_bytes())
if (shared / 'data/kodak').is_dir():
    code, out, err = run('--images', shared / 'data/kodak', '--pictures', 2, '--json')
    case('kodak', code == 0, err)
    if code == 0:
        check_report('kodak', json.loads(out))
else:
    skipped += 1
    print('SKIPPED: study: kodak: no data/kodak in the shared data')
for name, code_wanted, sentence, arguments in [
        ('an unknown system', 2, "did you mean 'xor-mask'?", ['--images', folder, '--system', 'xor-mas']),
        ('one picture', 2, 'two pictures of one size', ['--images', folder / '0.pgm']),
        ('no folder', 2, 'no such file or folder', ['--images', folder / 'nowhere']),
        ('nothing to study', 2, '--images or --all is needed', []),
        ('options of the ciphers beside systems', 2, '--side, --colour: of the ciphers',
         ['--all', '--system', 'P2', '--side', 64, '--colour']),
        ('data without --all', 2, '--data is for --all', ['--images', folder, '--data', folder]),
        ('half a name', 2, 'did you mean one of sealed-xray, ', ['--all', '--system', 'sealed']),
        ('no data', 2, '--data names the one that holds the data sets', ['--all', '--data', folder / 'nowhere']),
        ('a page that is a file', 2, '--page', ['--images', folder, '--page', folder / '0.pgm'])]:
    code, out, err = run(*arguments)
    case(name, code == code_wanted and sentence in err and not out, f'exit {code}, said {err!r}')
empty = folder / 'empty'
for name, file in [('mnist', 't10k-images-idx3-ubyte.gz'), ('cifar10', 'labels.npz')]:
    (empty / name).mkdir(parents=True)
    code, out, err = run('--all', '--system', f'P2-{name}-mask-after', '--data', empty, '--json')
    case(f'{name} that cannot be read', code == 2 and file in err and 'of 1:' not in err and not out, err)
shutil.rmtree(folder)
print(f'cases: {passed} passed, {failed} failed, {skipped} skipped')
sys.exit(bool(failed))

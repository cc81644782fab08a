"""latentcast bench: a short run, whose numbers must fit each other, and refusals.

bench_test.py LATENTCAST MODELS
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'support'))
from cases import Cases  # noqa: E402

program, models = (pathlib.Path(a).resolve() for a in sys.argv[1:3])
folder = pathlib.Path(tempfile.mkdtemp(prefix='latentcast-test-'))
case = Cases('bench')
STAGES = ('front_end', 'network', 'quantise', 'entropy', 'encode', 'seal', 'send', 'open', 'entropy_decode', 'dequantise',
          'network_decode', 'back_end', 'decode')
RIVALS = ('libjpeg-turbo q75', 'libjpeg-turbo q90', 'x264 ultrafast intra crf28', 'x264 ultrafast intra crf22',
          'x264 ultrafast crf28', 'webp m0 q75', 'webp m4 q75')


def bench(*arguments):
    done = subprocess.run([program, 'bench', *map(str, arguments)], cwd=folder, capture_output=True, text=True, timeout=120,
                          env={**os.environ, 'LATENTCAST_MODELS': str(models)})
    return done.returncode, done.stdout, done.stderr


def says(name, sentence, *arguments):
    code, out, err = bench(*arguments)
    case(name, code == 2 and sentence in err and err.count('\n') == 1 and not out, f'exit {code}, said {err!r}')


code, out, err = bench('--size', '96x64', '--seconds', '0.3', '--pictures', '5', '--json')
case('it ends well', code == 0, err)
result = json.loads(out) if code == 0 else {}
for threads in ('1', '2'):
    for kind in ('key', 'other'):
        times = result.get('stages', {}).get('lc5', {}).get('f32', {}).get('96x64', {}).get(threads, {}).get(kind, {})
        where = f'{threads} threads, {kind} frames'
        case(f'{where}: every stage took time', all(times.get(s, {}).get('median_ms', 0) > 0 for s in STAGES if s != 'open'
                                                   and s != 'seal') and all(s in times for s in STAGES), times)
        case(f'{where}: no minimum is above its median',
             all(times[s]['min_ms'] <= times[s]['median_ms'] for s in STAGES), times)
        case(f'{where}: the stages make up the whole', abs(times.get('unaccounted', 1)) < 0.1, times.get('unaccounted'))
        case(f'{where}: frames were counted', times.get('frames', 0) >= (1 if kind == 'key' else 4), times.get('frames'))
stages = result['stages']['lc5']['f32']['96x64']['1']
case('the share of the entropy coder is told', all(abs(key['entropy_share'][a] - key[b]['median_ms'] / key[c]['median_ms']) < 0.01
     for key in [stages['key']] for a, b, c in (('encode', 'entropy', 'network'), ('decode', 'entropy_decode', 'network_decode'))),
     stages['key'])
case('frames have bytes', min(stages[kind]['bytes'] for kind in ('key', 'other')) > 20, stages)
case('every rival is there, or why not', set(RIVALS) == set(result['rivals']) and all(
    r['96x64'].get('skipped') or (r['96x64']['cpu_ms'] > 0 and r['96x64']['bytes'] > 50) for r in result['rivals'].values()),
    result['rivals'])
intra = [result['rivals'][f'x264 ultrafast intra crf{q}']['96x64'] for q in (22, 28)]
case('a better quality costs more bytes', any('skipped' in r for r in intra) or intra[0]['bytes'] > intra[1]['bytes'], intra)
loop = result['loop']['lc5']['96x64']
case('the loop is the sum of its parts', abs(loop['cpu_ms'] * loop['fps_two_cores'] - 2000) < 20 and loop['cpu_ms'] > sum(
    result['stages']['lc5'][loop['precision']]['96x64']['1']['other'][s]['median_ms'] for s in ('encode', 'decode')), loop)
workers, busy = result['workers']['lc5']['96x64'], result['busy']['lc5']['96x64']
case('two workers beside one: the ratio is of the two rates', workers['rounds'] >= 3 and min(workers['one'], workers['two']) > 0
     and abs(workers['ratio'] - workers['two'] / workers['one']) < 0.01, workers)
case('beside a busy process: the ratio is of the two rates', busy['rounds'] >= 3 and min(busy['alone'], busy['beside']) > 0
     and abs(busy['ratio'] - busy['beside'] / busy['alone']) < 0.01, busy)
case('the busy process was busy, on one core', 0 < busy['burnt'] < 1.1, busy)
case('its stolen time is told', 0 <= busy['stolen_share'] <= 1, busy)
networks = result['networks']
case('both networks of the bundle are measured', set(networks) == {'lc5/encoder', 'lc5/decoder'}, networks.keys())
for name, network in networks.items():
    f32 = network['f32']
    case(f'{name}: one thread stands first, all are below', f32['threads'] == 1 and f32['size'] == '96x64' and set(
        f32['at']['96x64']) == {'1', '2'} and f32['at']['96x64']['1']['ms'] == f32['ms'], f32)
    case(f'{name}: times and their share of the peak', f32['ms'] >= f32['min_ms'] > 0 and 0 < f32.get('share_of_peak', 1) < 2, f32)
    case(f'{name}: other precisions take part or say why not',
         all(('ms' in network[p]) != bool(network[p].get('unavailable')) for p in ('bf16', 'int8')), network)
    case(f'{name}: no ratio without ONNX Runtime', all('ratio_ort' not in network[p] for p in network), network)
case('the peaks are told, or that there are none', all(
    (result['peaks'][p].get('gops', 0) > 1) != (result['peaks'][p]['instruction'] == 'none') for p in ('f32', 'bf16', 'int8')),
    result['peaks'])
case('the machine is described', result['machine']['cores'] >= 1 and result['machine']['cpu'], result['machine'])

code, out, err = bench('--size', '64x48', '--seconds', '0', '--no-rivals', '--threads', '1', '--kernels')
case('people get a table, with the kernels where they are wanted',
     code == 0 and 'entropy decode' in out and '1 thread, key' in out and 'decoder' in out and 'rivals, to' not in out, out + err)
case('and what it is like beside others', 'two workers' in out and 'burns a core' in out and 'stolen' in out, out)
case('what was left out is said, with how to get it', 'was left out' in out and 'onnxruntime-node' in out, out)
ALONE = ('--size', '64x48', '--seconds', '0', '--no-stages', '--no-rivals', '--threads', '1')
code, out, err = bench(*ALONE, '--network', models / 'cifar10/classifier.onnx', '--precision', 'f32', '--layers', '--json')
alone = json.loads(out) if code == 0 else {}
case('other networks, alone, with their layers', alone and not (alone['stages'] or alone['rivals'] or alone['workers']) and list(
    alone['networks']) == ['lc5/encoder', 'lc5/decoder', 'classifier'] and list(alone['networks']['classifier']) == ['f32'] and any(
    'Conv' in layer for layer in alone['networks']['classifier']['f32']['layers']), out + err)
code, out, err = bench(*ALONE, '--only', 'decoder')
case('networks are chosen by a word of their name', code == 0 and 'lc5/decoder' in out and 'lc5/encoder' not in out, out + err)
code, out, err = bench('--size', '64x48', '--seconds', '0', '--no-rivals', '--no-networks', '--threads', '1', '--json')
case('networks are left out where they are not wanted', code == 0 and json.loads(out)['networks'] == {}, err)
code, out, err = bench('--size', '64x48', '--seconds', '0', '--no-rivals', '--no-networks', '--no-stages', '--threads', '1,2',
                       '--precision', 'f32', '--throughput', '--json')
rates = json.loads(out)['throughput']['lc5']['f32']['64x48'] if code == 0 else {}
case('frames at once: both ends, against one', code == 0 and list(rates) == ['2'] and all(
    rates['2'][end][rate] > 0 for end in ('encode', 'decode') for rate in ('fps_one', 'fps', 'ratio')), out + err)
ort = os.environ.get('LATENTCAST_ORT')
if ort:
    encoder = models / 'lc5/encoder.onnx'
    code, out, err = bench(*ALONE, '--ort', pathlib.Path(ort).resolve(), '--ort-int8', f'lc5/encoder={encoder}', '--json')
    beside = json.loads(out) if code == 0 else {'networks': {'lc5/encoder': {'f32': {}}}, 'ort': {}}
    f32 = beside['networks']['lc5/encoder']['f32']
    case('ONNX Runtime: the ratio is of the two times', f32 and abs(f32['ratio_ort'] - f32['ort_ms'] / f32['ms']) < 0.01, out + err)
    case('ONNX Runtime: it computes the same', 0 <= f32.get('difference', 1) < 1e-4, f32)
    case('ONNX Runtime: its version is told', beside['ort'].get('version'), beside['ort'])
    case('ONNX Runtime: its int8 stands beside ours', beside['networks']['lc5/encoder'].get('int8', {}).get('ort_int8_ms', 0) > 0, out)
    code, out, err = bench(*ALONE, '--ort', pathlib.Path(ort).resolve(), '--only', 'encoder')
    case('ONNX Runtime: people get a column', code == 0 and 'ORT f32 ms' in out and 'was left out' not in out, out + err)
else:
    for name in ('the ratio is of the two times', 'it computes the same', 'its version is told', 'its int8 stands beside ours',
                 'people get a column'):
        case.skip(f'ONNX Runtime: {name}', 'LATENTCAST_ORT names no folder with it (npm package onnxruntime-node)')

shutil.copy(models.parent / 'docs/monitor.jpg', folder / 'one.jpg')
code, out, err = bench('--size', '64x48', '--seconds', '0', '--no-rivals', '--threads', '1', '--source', 'one.jpg', '--json')
one = json.loads(out) if code == 0 else {}
case('a picture is material enough', one.get('source') == 'one.jpg', err)
case('a key frame is decoded whole, also where it shows the same', one and one['stages']['lc5']['f32']['64x48']['1']['key'][
    'network_decode']['min_ms'] > 0, one)
(folder / 'a #1 50%.jpg').write_bytes((folder / 'one.jpg').read_bytes())
code, out, err = bench('--size', '65x49', '--seconds', '0', '--threads', '2', '--source', 'a #1 50%.jpg')
case('odd sizes, odd names: rivals that cannot are left out, ours are measured, nothing is divided by another clock',
     code == 0 and 'entropy decode' in out and 'frames a second on two cores' not in out, out + err)
(folder / 'mixed').mkdir()
(folder / 'mixed/notes.txt').write_text('not a picture')
(folder / 'mixed/one.jpg').write_bytes((folder / 'one.jpg').read_bytes())
code, out, err = bench('--size', '64x48', '--seconds', '0', '--threads', '1', '--no-rivals', '--source', 'mixed', '--json')
case('what is no picture in a folder is passed over', code == 0 and json.loads(out)['source'] == 'mixed', out + err)
says('the same bundle twice', 'another bundle of that name', '--bundle', 'lc5', str(models / 'lc5'))
says('a size that does not fit into an integer', 'expected WIDTHxHEIGHT', '--size', '4294967312x4294967312')
says('more pictures than memory holds', 'GB: ask for', '--pictures', '1000', '--size', '8192x8192')
(folder / 'empty').mkdir()
(folder / 'no.avi').write_bytes(b'nothing')
says('an absent source', 'none.avi: no such file', '--source', 'none.avi')
says('an empty folder', 'the folder is empty', '--source', 'empty')
says('a wrong size', "expected WIDTHxHEIGHT with sides of 16 to 8192, found '0x5'", '--size', '0x5')
says('a classifier', "'autoencoder' is needed", '--bundle', 'cifar10')
says('an unknown bundle', 'nosuch', '--bundle', 'nosuch')
says('a wrong path of ONNX Runtime', '--ort: nowhere: no such file or folder; to get it: npm install', '--ort', 'nowhere')
says('a folder without ONNX Runtime', 'no libonnxruntime.so.1 anywhere below', '--ort', 'empty')
says('a file that is not ONNX Runtime', 'not a library of this machine', '--ort', 'no.avi')
says('an int8 file without ONNX Runtime', 'give --ort, too', '--ort-int8', 'lc5/encoder=one.jpg')
says('an absent network', '--network: none.onnx', '--network', 'none.onnx')
says('a file that is no network', 'one.jpg', '--network', 'one.jpg')
says('the same network twice', "two networks with the name 'encoder'", '--network', *[models / 'lc5/encoder.onnx'] * 2)
says('a word that no network has', 'there are lc5/encoder, lc5/decoder', '--only', 'mobile')
code, out, err = bench('--source', 'no.avi', '--size', '64x48')
case('a file without pictures fails while running', code == 1 and 'no.avi' in err and not out, f'{code} {err!r}')

shutil.rmtree(folder)
case.finish()

"""latentcast eval and compare: numbers that can be checked, and refusals.

eval_test.py LATENTCAST MODELS SHARED [all]

Without `all`: generated pictures, and four Kodak pictures where the shared data is. With `all`: the 24 Kodak pictures
against JPEG, and JPEG against the published curve.
"""
import csv
import json
import math
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

program, models, shared = (pathlib.Path(a).resolve() for a in sys.argv[1:4])
shared = pathlib.Path(os.environ.get('LATENTCAST_SHARED', shared)).resolve()
folder = pathlib.Path(tempfile.mkdtemp(prefix='latentcast-test-'))
passed = failed = skipped = 0


def case(name, good, detail=''):
    global failed, passed
    passed, failed = passed + bool(good), failed + (not good)
    if not good:
        print(f'FAILED: eval: {name}: {detail}')


def skip(name, reason):
    global skipped
    skipped += 1
    print(f'SKIPPED: eval: {name}: {reason}')


def run(*arguments):
    done = subprocess.run([program, *map(str, arguments)], cwd=folder, capture_output=True, text=True,
                          env={**os.environ, 'LATENTCAST_MODELS': str(models)})
    return done.returncode, done.stdout, done.stderr


def says(name, code, sentence, *arguments):
    got, out, err = run(*arguments)
    case(name, got == code and sentence in err, f'exit {got}, said {err!r}')


def measured(*arguments):
    code, out, err = run('eval', '--json', *arguments)
    if code != 0:
        case('eval ' + ' '.join(map(str, arguments)), False, f'exit {code}, said {err!r}')
        return None
    return json.loads(out)


def picture(name, width, height, seed):
    """Waves and edges: something that a codec can do well or badly."""
    pixels = bytearray()
    for y in range(height):
        for x in range(width):
            bump = 60 if (x // 24 + y // 16 + seed) % 3 == 0 else 0
            pixels += bytes(((3 * x + seed * y) // 4 % 180 + bump // 2, (x + 2 * y) // 3 % 160 + bump, 90 + bump + x % 7))
    (folder / name).write_bytes(b'P6\n%d %d\n255\n' % (width, height) + pixels)


def without_times(value):
    if isinstance(value, dict):
        return {k: without_times(v) for k, v in value.items() if not k.endswith('_ms')}
    return [without_times(v) for v in value] if isinstance(value, list) else value


def generated_pictures():
    (folder / 'two').mkdir()
    picture('two/a.ppm', 200, 168, 1)
    picture('two/b.ppm', 167, 201, 5)
    (folder / 'two/notes.txt').write_text('not a picture')
    result = measured('--bundle', 'lc5', '--images', 'two', '--qualities', '40,10,25', '--plot', 'rd.svg', '--jobs', 1)
    if result is None:
        return
    case('every picture of the folder is measured, nothing else',
         [(p['name'], p['width'], p['height']) for p in result['pictures']] == [('a.ppm', 200, 168), ('b.ppm', 167, 201)])
    curve = result['bundles']['lc5']['curve']
    case('qualities are sorted', [p['quality'] for p in curve] == [10, 25, 40])
    case('more quality costs more bits and is better', all(a['bpp'] < b['bpp'] and a['psnr_rgb'] < b['psnr_rgb'] and
                                                          a['ms_ssim'] < b['ms_ssim'] for a, b in zip(curve, curve[1:])), curve)
    each = [p[1] for p in result['bundles']['lc5']['pictures'].values()]
    case('a mean is the mean of the pictures',
         all(abs(curve[1][k] - (each[0][k] + each[1][k]) / 2) < 1e-9 for k in ('bpp', 'psnr_rgb', 'psnr_611', 'ssim')))
    saved = result['bundles']['lc5'].get('entropy_saved_percent', {})
    case('what contexts save is told for each quality of ours', set(saved) == {'10', '25', '40'} and
         all(-60 < s < 60 for s in saved.values()), saved)  # tables made for two small pictures save more
    case('the plot is a picture with a curve for each codec',
         len(list(xml.etree.ElementTree.parse(folder / 'rd.svg').iter('{http://www.w3.org/2000/svg}polyline'))) ==
         1 + len(result['rivals']))
    again = measured('--bundle', 'lc5', '--images', 'two', '--qualities', '10,25,40', '--jobs', 2)
    case('numbers do not depend on the number of threads', again and without_times(again) == without_times(result))
    code, out, err = run('eval', '--bundle', 'lc5', '--images', 'two/a.ppm', '--qualities', '20,30', '--each-picture')
    case('the text has tables and the BD-rate', code == 0 and 'a.ppm (200 x 168)' in out and 'lc5 against jpeg' in out, out + err)
    case('progress is told on standard error', re.search(r'measuring: (\d+) of \1', err), err)


def generated_clip():
    clip = folder / 'plate.avi'
    subprocess.run(['gst-launch-1.0', '-q', 'videotestsrc', 'num-buffers=12', 'pattern=zone-plate', 'kx2=20', 'ky2=20', '!',
                    'video/x-raw,format=I420,width=176,height=144', '!', 'avimux', '!', 'filesink', f'location={clip}'],
                   check=True)
    result = measured('--bundle', 'lc5', '--clips', clip, '--qualities', '20,40', '--frames', 10, '--key-interval', 10)
    if result is None:
        return
    case('of a clip as many frames as asked for', result['pictures'] == [{'name': 'plate.avi', 'width': 176, 'height': 144,
                                                                         'frames': 10}], result['pictures'])
    keys = measured('--bundle', 'lc5', '--clips', clip, '--qualities', '40', '--frames', 10, '--key-interval', 1, '--no-rivals')
    if keys:
        ours, all_keys = result['bundles']['lc5']['curve'][1], keys['bundles']['lc5']['curve'][0]
        case('frames with a reference cost a fifth of key frames', ours['bpp'] < 0.2 * all_keys['bpp'] and
             abs(ours['psnr_611'] - all_keys['psnr_611']) < 1.5, f'{ours} and {all_keys}')
    case('Motion JPEG and x264 are measured beside it',
         {'mjpeg', 'x264_ultrafast', 'x264_medium'} == set(result['rivals']) and
         result['rivals']['x264_ultrafast']['curve'][-1]['psnr_611'] > 40, result['rivals'].keys())


def odd_pictures():
    (folder / 'more').mkdir()
    picture('more/a.ppm', 64, 48, 3)
    picture('more/dot.ppm', 1, 1, 3)
    result = measured('--bundle', 'lc5', '--images', 'two/a.ppm', 'more', '--qualities', '20', '--no-rivals')
    if result is None:
        return
    case('pictures of one name are told apart by their folders',
         {p['name'] for p in result['pictures']} == {'two/a.ppm', 'more/a.ppm', 'dot.ppm'} ==
         set(result['bundles']['lc5']['pictures']), result['pictures'])
    (folder / b'\xff.ppm'.decode('utf-8', 'surrogateescape')).write_bytes((folder / 'more/dot.ppm').read_bytes())
    dot = measured('--bundle', 'lc5', '--images', b'\xff.ppm'.decode('utf-8', 'surrogateescape'), '--qualities', '20',
                   '--no-rivals')
    case('a name that is no text and a picture of one pixel are measured', dot and len(dot['pictures']) == 1 and
         'entropy_saved_percent' not in dot['bundles']['lc5'], dot)


def noise():
    result = measured('--bundle', 'lc5', '--images', 'two', '--qualities', '10,30', '--no-rivals', '--noise',
                      'gaussian:10,salt-pepper:0.02,speckle:0.1,poisson')
    if result is None:
        return
    case('every noise is measured at every quality', {k: [p['quality'] for p in v['lc5']] for k, v in result['noise'].items()} ==
         {k: [10, 30] for k in ('gaussian:10', 'salt-pepper:0.02', 'speckle:0.1', 'poisson')}, result)
    points = result['noise']['gaussian:10']['lc5']
    case('the noise has the power that was asked for', all(80 < p['mse_noisy'] < 105 for p in points), points)
    case('noise costs bits', all(p['bpp'] > p['bpp_clean'] for p in points), points)
    case('the gain is that of the errors', all(abs(p['gain_db'] - 10 * math.log10(p['mse_noisy'] / p['mse_out'])) < 0.01
                                              for p in points), points)
    code, out, err = run('eval', '--bundle', 'lc5', '--images', 'two/a.ppm', '--qualities', '30', '--no-rivals', '--noise', 'poisson')
    case('people get a table of the noise', code == 0 and 'gain dB' in out and 'poisson' in out, out + err)
    says('an unknown noise is refused', 2, 'salt-pepper:SHARE', 'eval', '--bundle', 'lc5', '--images', 'two', '--noise', 'rain')


def denoising():
    files = [shared / f'data/kodak/kodim{i}.png' for i in ('01', '11', '17', '22')]
    if not all(f.exists() for f in files):
        return skip('denoising', 'no data/kodak in the shared data')
    result = measured('--bundle', 'lc5-denoise', '--images', *files, '--qualities', '50', '--no-rivals', '--noise', 'gaussian:10')
    point = result and result['noise']['gaussian:10']['lc5-denoise'][0]
    case('lc5-denoise takes away 4 dB of noise for 15 % more bits at most', point and point['gain_db'] >= 4 and
         point['bpp'] <= 1.15 * point['bpp_clean'], result)


def still():
    result = measured('--bundle', 'lc5', '--images', 'two/a.ppm', '--qualities', '36', '--still', 'gaussian:2', '--frames', 12)
    point = result and result['still']['gaussian:2']['lc5'][0]
    # headers are most of it: the key frame has 1.2 kB
    case('a scene at rest costs next to nothing, and stays as good', point and point['bytes_share'] < 0.03 and
         point['frame_scene_psnr_611'] > point['key_scene_psnr_611'] - 0.5, result)


def lost_frames():
    clip = shared / 'data/video/highway_cctv_320x240.avi'
    if not clip.exists():
        return skip('lost frames', 'no data/video in the shared data')
    runs = [measured('--bundle', 'lc5', '--clips', clip, '--frames', 300, '--qualities', '40', '--loss', '0.05', '--seed', seed)
            for seed in (1, 2, 3, 4)]
    if None in runs:
        return
    whole, loss, feedback = ([run['bundles'][name]['curve'][0] for run in runs] for name in ('lc5', 'lc5 loss', 'lc5 feedback'))

    def mean(points, key):
        return sum(p[key] for p in points) / len(points)
    case('without loss nothing is concealed', mean(whole, 'concealed') == 0 and not runs[0]['rivals'], whole)
    case('each seed loses other frames, and no bits', len({p['psnr_611'] for p in loss}) == 4 and
         all(p['bpp'] == whole[0]['bpp'] for p in loss), loss)
    case('one frame in 20 lost costs one in five at most, and 1.5 dB', 0.03 < mean(loss, 'concealed') <= 0.2 and
         0 < mean(whole, 'psnr_611') - mean(loss, 'psnr_611') <= 1.5, loss)
    case('with key frames on request less is concealed, for shorter', mean(feedback, 'concealed') < mean(loss, 'concealed') and
         mean(feedback, 'longest_concealed') < mean(loss, 'longest_concealed') and
         mean(feedback, 'psnr_611') > mean(loss, 'psnr_611'), feedback)


def refusals():
    says('an unknown bundle is refused', 2, 'lc5', 'eval', '--bundle', 'lc6', '--images', 'two')
    says('a classifier is refused', 2, "'autoencoder' is needed", 'eval', '--bundle', 'cifar10', '--images', 'two')
    says('a quality that the bundle lacks is refused', 2, '0 to 63, found 64', 'eval', '--bundle', 'lc5', '--images', 'two',
         '--qualities', '64')
    says('one bundle twice is refused', 2, "'lc5'", 'eval', '--bundle', 'lc5', 'lc5', '--images', 'two')
    says('a missing folder is named', 2, 'nowhere: no such', 'eval', '--bundle', 'lc5', '--images', 'nowhere')
    says('pictures and clips at once are refused', 2, 'clips', 'eval', '--bundle', 'lc5', '--images', 'two', '--clips', 'x.avi')
    says('what is no number is no share', 2, 'from 0 to 1', 'eval', '--bundle', 'lc5', '--clips', 'plate.avi', '--loss', 'nan')
    says('one picture twice is refused', 2, 'given twice', 'eval', '--bundle', 'lc5', '--images', 'two', 'two/a.ppm')
    says('noise of no power is refused', 2, 'above 0', 'eval', '--bundle', 'lc5', '--images', 'two', '--noise', 'gaussian:0')
    says('a missing clip is named', 2, 'x.avi: no such', 'eval', '--bundle', 'lc5', '--clips', 'x.avi')
    (folder / 'clip.avi').write_bytes(b'RIFF' + bytes(100))
    says('a damaged clip is named', 1, 'clip.avi', 'eval', '--bundle', 'lc5', '--clips', 'clip.avi', '--no-rivals')
    (folder / 'empty').mkdir()
    says('an empty folder is named', 2, 'empty: no picture', 'eval', '--bundle', 'lc5', '--images', 'empty')
    (folder / 'broken.png').write_bytes(b'\x89PNG\r\n\x1a\n' + bytes(20))
    says('a damaged picture is named', 1, 'broken.png', 'eval', '--bundle', 'lc5', '--images', 'broken.png')


def compare():
    code, out, err = run('compare', '--json', 'two/a.ppm', 'two/a.ppm')
    numbers = json.loads(out or '{}')
    case('a picture is like itself', code == 0 and numbers.get('psnr_rgb') == 100 and abs(numbers['ssim'] - 1) < 1e-4, out + err)
    code, out, err = run('compare', 'two/a.ppm', 'two/a.ppm', '--out', 'both.png')
    case('compare writes both pictures', code == 0 and (folder / 'both.png').read_bytes()[:4] == b'\x89PNG', err)
    says('pictures of two sizes are refused', 2, '200 x 168', 'compare', 'two/a.ppm', 'two/b.ppm')
    says('a missing picture is named', 2, 'none.png', 'compare', 'two/a.ppm', 'none.png')


def arithmetic():
    """Fewer bits lose no more than the bundles' bounds, and change the rate by less than a hundredth."""
    files = [shared / f'data/kodak/kodim{i}.png' for i in ('01', '11', '17', '22')]
    if not all(f.is_file() for f in files):
        return skip('arithmetic', 'no data/kodak in the shared data')
    for bundle in ('lc5', 'lc10'):
        result = measured('--bundle', bundle, '--precision', 'f32', 'bf16', 'int8', '--no-rivals', '--images', *files)['bundles']
        exact = result[f'{bundle}:f32']['curve']
        for precision in ('bf16', 'int8'):
            for f32, fewer in zip(exact, result[f'{bundle}:{precision}']['curve']):
                bound = 0.05 if precision == 'bf16' else 0.1 if f32['psnr_rgb'] < 36 else 0.2
                lost = f32['psnr_rgb'] - fewer['psnr_rgb']
                case(f'{bundle} in {precision} at {f32["psnr_rgb"]:.1f} dB loses at most {bound} dB', lost <= bound, lost)
                case(f'{bundle} in {precision} at {f32["psnr_rgb"]:.1f} dB takes as many bits',
                     abs(fewer['bpp'] / f32['bpp'] - 1) < 0.01, (f32['bpp'], fewer['bpp']))
        case(f'{bundle}: fewer bits are other arithmetic', result[f'{bundle}:int8']['curve'] != exact)


def four_kodak_pictures():
    files = [shared / f'data/kodak/kodim{i}.png' for i in ('01', '11', '17', '22')]
    if not all(f.exists() for f in files):
        return skip('four Kodak pictures', 'no data/kodak in the shared data')
    result = measured('--bundle', 'lc5', '--images', *files, '--qualities', '8,24,40,56')
    if result:
        rate = result['bundles']['lc5']['bd_rate_psnr'].get('jpeg', 0)
        case('lc5 needs 40 % fewer bits than JPEG on four Kodak pictures', rate <= -40, f'BD-rate {rate}')
        saved = result['bundles']['lc5']['entropy_saved_percent']
        case('contexts save a fifth of the bits', 15 < min(saved.values()) and max(saved.values()) < 35, saved)


def all_kodak_pictures():
    if not (shared / 'data/kodak').is_dir():
        return skip('all Kodak pictures', 'no data/kodak in the shared data')
    result = measured('--bundle', 'lc5', '--images', shared / 'data/kodak')
    if not result:
        return
    lc5 = result['bundles']['lc5']
    case('there are 24 pictures', len(result['pictures']) == 24)
    case('lc5 needs 40 % fewer bits than JPEG on Kodak', lc5['bd_rate_psnr']['jpeg'] <= -40, lc5['bd_rate_psnr'])
    fewer = lc5['fewer_bits_at_psnr']['jpeg']
    case('and at 28 to 34 dB each', all(fewer.get(db, 0) >= 40 for db in ('28', '30', '32', '34')), fewer)
    anchors = shared / 'research/kodak-anchors.csv'
    if not anchors.exists():
        return skip('published curves', 'no research/kodak-anchors.csv in the shared data')
    for rival, name in (('jpeg', 'jpeg-turbo-420-opt@here'), ('webp', 'webp-m4@here')):
        curve = {p['quality']: p for p in result['rivals'].get(rival, {'curve': []})['curve']}
        for row in csv.DictReader(anchors.open()):
            quality = re.search(r'\bq=(\d+) ', row['source'])
            # Below quality 25 the published JPEG files use 16-bit quantiser tables, ours are baseline.
            if row['codec'] != name or not quality or int(quality[1]) not in curve or (rival == 'jpeg' and int(quality[1]) < 25):
                continue
            ours = curve[int(quality[1])]
            case(f'{rival} at quality {quality[1]} is what was published',
                 abs(ours['bpp'] / float(row['bpp']) - 1) < 0.01 and abs(ours['psnr_rgb'] - float(row['psnr'])) < 0.05 and
                 abs(ours['ms_ssim'] - float(row['msssim'])) < 5e-4, f'{ours} and {row}')


if sys.argv[4:] == ['all']:
    all_kodak_pictures()
else:
    generated_pictures()
    generated_clip()
    odd_pictures()
    noise()
    still()
    denoising()
    refusals()
    compare()
    four_kodak_pictures()
    arithmetic()
    lost_frames()
print(f'cases: {passed} passed, {failed} failed, {skipped} skipped')
sys.exit(bool(failed))

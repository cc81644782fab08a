"""The program itself: exit codes, the sentences on standard error, signals, and a reader of its output that leaves.

program_test.py LATENTCAST
"""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

program = os.path.abspath(sys.argv[1])
folder = pathlib.Path(tempfile.mkdtemp(prefix='latentcast-test-'))
failed = passed = 0

GOOD = 'pipeline: p\nparameters: {n: {type: int, min: 1, default: 5}}\n' \
       'elements: [videotestsrc: {num-buffers: "${n}"}, fakesink]\n'
LIVE = 'pipeline: p\nelements: [videotestsrc: {is-live: true}, fakesink]\n'


def case(name, good, detail=''):
    global failed, passed
    passed, failed = passed + bool(good), failed + (not good)
    if not good:
        print(f'FAILED: program: {name}: {detail}')


def write(name, text):
    (folder / name).write_text(text)
    return name


def run(*arguments):
    done = subprocess.run([program, *arguments], cwd=folder, capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout, done.stderr


def says(name, code, sentence, *arguments):
    got, out, err = run(*arguments)
    case(name, got == code and sentence in err, f'exit {got}, said {err!r}')


write('good.yaml', GOOD.replace('"${n}"', '${n}'))
write('live.yaml', LIVE)
write('broken.yaml', 'pipeline: p\nelements: [videotestsrc: {patern: ball}, fakesink]\n')
write('absent.yaml', 'pipeline: p\nelements: [filesrc: {location: /nonexistent/x}, fakesink]\n')

case('--version ends well', run('--version')[0] == 0)
case('--help ends well', run('run', '--help')[0] == 0)
says('no subcommand is a usage error', 2, 'subcommand', )
says('an unknown option is a usage error', 2, '', 'run', '--nonsense')
says('a missing file is named', 2, 'none.yaml: No such file', 'run', 'none.yaml')
says('a mistake in a file is a configuration error', 2, "did you mean 'pattern'?", 'run', 'broken.yaml')
says('check finds the same mistake', 2, "did you mean 'pattern'?", 'check', 'broken.yaml')
says('a wrong value is refused', 2, "--set n: n: expected an integer of at least 1, found 'x'", 'run', 'good.yaml', '--set', 'n=x')
says('an unknown parameter is refused', 2, "did you mean 'n'?", 'run', 'good.yaml', '--set', 'nn=1')
says('an unknown node is refused', 2, "no node is named 'q'", 'run', 'good.yaml', '--node', 'q')
says('what fails while running is a failure, told once', 1, 'No such file "/nonexistent/x"', 'run', 'absent.yaml')
says('a study without its data says what names it', 2, '--data names', 'study', '--all', '--data', 'none', '--system', 'P2')
says('an unknown published system is told with those there are', 2, 'known: P1-', 'study', '--all', '--system', 'P6')
says('a study of nothing says what there is to study', 2, '--images or --all', 'study')
case('check needs no file of a source', run('check', 'absent.yaml')[0] == 0)

code, out, err = run('run', 'good.yaml', '--set', 'n=7', '--status', 'json')
final = json.loads(out.splitlines()[-1])
case('the last line is the final object', code == 0 and final['type'] == 'final' and final['state'] == 'done', out)

code, out, err = run('explain', 'good.yaml')
case('explain prints a launch line', code == 0 and 'gst-launch-1.0  videotestsrc num-buffers=5 ! fakesink' in out, out)

for number in (signal.SIGINT, signal.SIGTERM):
    process = subprocess.Popen([program, 'run', 'live.yaml', '--status', 'json'], cwd=folder, stdout=subprocess.PIPE, text=True)
    process.stdout.readline()
    process.send_signal(number)
    rest = process.communicate(timeout=30)[0]
    case(f'{number.name} ends a run well', process.returncode == 0 and json.loads(rest.splitlines()[-1])['type'] == 'final',
         f'exit {process.returncode}')

process = subprocess.Popen([program, 'run', 'live.yaml', '--status', 'json'], cwd=folder, stdout=subprocess.PIPE, text=True)
process.stdout.readline()
process.stdout.close()
case('a run whose reader has gone stops', process.wait(timeout=30) == 0, process.returncode)

# A sink that waits for somebody who never comes; with and without a file beside it.
STUCK = 'pipeline: p\nelements: [videotestsrc: {is-live: true}, caps: "video/x-raw,format=GRAY8,width=32,height=32", ' \
        'tee: {name: t}, queue: {leaky: downstream}, studyencrypt: {cipher: none, allow-insecure: true}, ' \
        f'studyzmqsink: {{endpoint: "ipc://{folder}/stuck", allow-insecure: true}}]\n'
for name, more, files in (('stuck.yaml', '', False),
                          ('file.yaml', 'branches: {b: {from: t, elements: [queue, filesink: {location: out.raw}]}}\n', True)):
    code, _, err = run('run', write(name, STUCK + more), '--seconds', '0.2', '--status', 'none')
    case(f'a pipeline that does not end is stopped, and told what that means: {name}',
         code == 0 and 'did not end within 5 s' in err and ('files may be incomplete' in err) == files, err)

signal.signal(signal.SIGHUP, signal.SIG_DFL)  # nohup ignores it, and so would its children


def demo_ends(name, signals, stops_device=False):
    # No end in order may be needed: a terminal that closes, a device that hangs. Neither leaves keys or processes.
    scratch = folder / 'scratch'
    scratch.mkdir()
    process = subprocess.Popen([program, 'demo', '--source', 'testscene://', '--out', str(scratch / 'out'), '--headless'],
                               cwd=pathlib.Path(__file__).resolve().parents[2], env={**os.environ, 'TMPDIR': str(scratch)},
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    children = pathlib.Path(f'/proc/{process.pid}/task/{process.pid}/children')
    deadline = time.monotonic() + 30
    while not list(scratch.glob('latentcast-*/samples/*')) and time.monotonic() < deadline:
        time.sleep(0.1)
    pids = [int(pid) for pid in children.read_text().split()]
    if stops_device:
        os.kill(next(pid for pid in pids if b'device' in pathlib.Path(f'/proc/{pid}/cmdline').read_bytes().split(b'\0')),
                signal.SIGSTOP)
    for number in signals:
        process.send_signal(number)
        time.sleep(0.5)
    try:
        process.wait(timeout=40)
    except subprocess.TimeoutExpired:
        process.kill()
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
    kept = [path.name for path in scratch.glob('latentcast-*')]
    alive = [pid for pid in pids if pathlib.Path(f'/proc/{pid}').exists()]
    case(name, len(pids) == 2 and process.returncode != -signal.SIGKILL and not kept and not alive,
         f'children {pids}, alive {alive}, kept {kept}, exit {process.returncode}')
    shutil.rmtree(scratch)


demo_ends('a closed terminal leaves no keys of the demonstration behind', [signal.SIGHUP])
demo_ends('a second signal ends a demonstration whose device hangs', [signal.SIGINT, signal.SIGINT], stops_device=True)

for path in list(folder.iterdir()):
    path.unlink()
folder.rmdir()
print(f'cases: {passed} passed, {failed} failed, 0 skipped')
sys.exit(bool(failed))

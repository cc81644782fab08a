"""Recording and replay by the program: a device, recorders that hold no key, one of them killed, and what replay shows.

recording_test.py LATENTCAST
"""
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile

root = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(root / 'tests/support'))
from cases import Cases, free_port  # noqa: E402

program = os.path.abspath(sys.argv[1])
folder = pathlib.Path(tempfile.mkdtemp(prefix='latentcast-test-'))
environment = {**os.environ, 'LATENTCAST_MODELS': str(root / 'models')}
case = Cases('recording')
processes = []


def run(*arguments):
    done = subprocess.run([program, *map(str, arguments)], cwd=root, env=environment, capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout, done.stderr


def start(*arguments):
    process = subprocess.Popen([program, *map(str, arguments)], cwd=root, env=environment, text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    processes.append(process)
    return process


def inspect(path):
    code, out, err = run('inspect', path, '--json')
    return code, json.loads(out) if out else {}, err


def replay(path, *arguments):
    code, out, err = run('run', 'pipelines/replay.yaml', '--status', 'json', '--set', f'recording={path}', '--set', f'keyring={keys}',
                         '--set', 'live=false', '--set', 'classifier=', *arguments)
    return code, json.loads(out.splitlines()[-1]) if out else {}, err


def recorded(process, messages):
    """Reads the recorder's lines until it has taken so many messages."""
    for line in process.stdout:
        if json.loads(line).get('elements', {}).get('latentmux0', {}).get('messages', 0) >= messages:
            return True
    return False


endpoint = f'endpoint=tcp://127.0.0.1:{free_port()}'
keys, file = folder / 'keys', folder / 'x.lcr'
run('keygen', '--keyring', keys, '--device', 'cam', '--receiver', 'desk')
(folder / 'patient.txt').write_text('Müller, 1961\n')
device = start('run', 'pipelines/device.yaml', '--status', 'none', '--set', endpoint, '--set', f'keyring={keys}', '--set',
               'width=64', '--set', 'framerate=50', '--set', 'key_interval=10', '--set', f'record_text={folder / "patient.txt"}')
recorder = ('run', 'pipelines/record.yaml', '--status', 'json', '--set', endpoint, '--set', f'recording={file}')

killed = start(*recorder)
case('a recorder without any key records', recorded(killed, 30))
killed.send_signal(signal.SIGKILL)
killed.wait()
code, first, _ = inspect(file)
case('killed, it leaves all that it was given, and the file says that it ended early',
     code == 1 and first['messages'] >= 30 and first['ended_early'] == 1 and first['missing_records'] == 0, first)
with open(file, 'ab') as tail:  # as if the last write had been cut off
    tail.write(file.read_bytes()[64:150])
ended = start(*recorder)
case('a second one goes on behind it', recorded(ended, 30))
ended.send_signal(signal.SIGTERM)
ended.wait(timeout=30)
device.send_signal(signal.SIGTERM)
device.wait(timeout=30)
code, whole, _ = inspect(file)
frames = sum(session['frames'] for session in whole['sessions'])
case('both sections are there', code == 1 and whole['sections'] == 2 and whole['ended_early'] == 1
     and whole['damaged_bytes'] == 86 and whole['messages'] >= first['messages'] + 30, whole)
case('it is one session of one sender, with its key, time and sizes',
     len(whole['sessions']) == 1 and whole['sessions'][0]['keys'][0]['receivers'] == 1
     and whole['duration_s'] > 0.5 and whole['sessions'][0]['largest_frame'] > 100, whole)

case('the record stays sealed', 'record' not in whole['sessions'][0] and 'Müller'.encode() not in file.read_bytes())
case('with the key it is read', json.loads(run('inspect', file, '--json', '--keyring', keys)[1])['sessions'][0]['record'] ==
     'Müller, 1961' and 'Müller, 1961' in run('inspect', file, '--keyring', keys)[1])
code, _, said = run('inspect', file, '--keyring', folder / 'nowhere')
case('without a key ring it says what to do', code == 2 and 'keygen' in said, said)

gaps = whole['sessions'][0]['gaps']
case('what nobody recorded is a gap, at its time', sum(gap['messages'] for gap in gaps) == whole['sessions'][0]['missing'] and
     len(gaps) == (1 if whole['sessions'][0]['missing'] else 0), whole['sessions'][0])

code, shown, said = replay(file)
case('all of it is opened', code == 0 and shown.get('frames_opened') == frames and shown.get('frames_refused') == 0, f'{shown} {said}')
case('nearly all is decoded: a section begins with a key frame after a moment',
     frames - 40 < shown.get('frames_decoded', 0) <= frames, shown)
case('it is said to be recorded, and has no latency', shown.get('recorded') is True and 'latency_ms_p50' not in shown, shown)
case('a record is told to be there, and not what it says', 'a record of ' in said and 'Müller' not in said, said)
case('it is shown to who asks', 'record of this stream: Müller, 1961' in replay(file, '--show-record')[2])
case('that it ended early is said', 'ended early in 1 of its 2 sections' in said, said)
case('again, it is the same', replay(file)[1].get('frames_decoded') == shown.get('frames_decoded'))

random.seed(3)
content = bytearray(file.read_bytes())
for _ in range(20):
    content[random.randrange(64, len(content))] ^= random.randrange(1, 256)
(folder / 'damaged.lcr').write_bytes(content)
code, damaged, said = replay(folder / 'damaged.lcr')
case('20 wrong bytes cost 20 frames at most', code == 0 and damaged.get('frames_opened', 0) >= frames - 20, f'{damaged} {said}')
case('and are told', 'the recording is damaged' in said, said)

run('keygen', '--keyring', folder / 'others', '--device', 'cam', '--receiver', 'desk')
keys = folder / 'others'
code, text, said = run('inspect', file, '--json', '--keyring', keys)
case('other keys do not read it', 'record' not in json.loads(text)['sessions'][0], said)
code, _, said = replay(file)
case('with other keys it fails with the reason', code == 1 and 'nothing in this recording could be opened' in said, said)
(folder / 'noise.lcr').write_bytes(random.randbytes(5000))
code, _, said = replay(folder / 'noise.lcr')
case('what is no recording is said to be none', code == 1 and 'this is no recording' in said, said)
for name, sentence in (('noise.lcr', 'is no recording'), ('none.lcr', 'No such file')):
    code, _, said = inspect(folder / name)
    case(f'inspect refuses {name}', code == 2 and sentence in said and said.count('\n') == 1, said)
code, out, _ = run('inspect', file)
case('inspect tells people the same', '2 sections' in out and 'for 1 receiver' in out and 'damage: 86 bytes' in out, out)

for process in processes:
    process.kill()
    process.wait()
shutil.rmtree(folder)
case.finish()

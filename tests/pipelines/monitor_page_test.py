"""The monitor page in a real browser: a device, a receiver with the page, and headless Chromium.

monitor_page_test.py LATENTCAST [--screenshots FOLDER [SOURCE]]

Skipped by name where there is no Chromium (Debian's package chromium; too large to be installed for every test run).
"""
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile

root = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(root / 'tests/support'))
import browser  # noqa: E402
from cases import Cases, free_port  # noqa: E402

case = Cases('monitor page')
if not browser.find():
    case.skip('in a browser', 'there is no Chromium here (Debian: chromium)')
    case.finish()

program = os.path.abspath(sys.argv[1])
shots = pathlib.Path(sys.argv[3]) if len(sys.argv) > 3 else None
folder = pathlib.Path(tempfile.mkdtemp(prefix='latentcast-test-'))
environment = {**os.environ, 'LATENTCAST_MODELS': str(root / 'models')}
processes = []


def start(*arguments):
    process = subprocess.Popen([program, *arguments], cwd=root, env=environment, text=True, stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE)
    processes.append(process)
    return process


def text(element):
    return page.evaluate(f"document.getElementById('{element}').textContent")


def shot(name):
    if shots:
        shots.mkdir(parents=True, exist_ok=True)
        page.screenshot(shots / name)


keys = str(folder / 'keys')
subprocess.run([program, 'keygen', '--keyring', keys, '--device', 'cam', '--receiver', 'desk'], check=True,
               stdout=subprocess.DEVNULL)
endpoint = f'endpoint=tcp://127.0.0.1:{free_port()}'
receiver = start('run', 'configs/demo.yaml', '--node', 'receiver', '--status', 'none', '--monitor', '127.0.0.1:0',
                 '--set', endpoint, '--set', f'receiver_keys={keys}')
url = re.search(r'http://\S+', receiver.stderr.readline()).group()
size = () if shots else ('--set', 'width=160')
device_line = ('run', 'configs/demo.yaml', '--node', 'device', '--status', 'none', '--set', endpoint, '--set',
               f'device_keys={keys}', *size, *(('--set', f'source={sys.argv[4]}', '--set', 'speed=2.5', '--set',
                                                'framerate=25') if len(sys.argv) > 4 else ()))
page = browser.Browser()
try:
    page.open(url)
    case('before a frame came it says that it waits',
         page.waits_for("document.getElementById('state').textContent === 'waiting' && "
                        "document.getElementById('reason').textContent.includes('No frames arrive')"), text('reason'))
    device = start(*device_line)
    case('pictures make it live', page.waits_for("document.getElementById('state').textContent === 'live'"), text('reason'))
    page.waits_for("document.getElementById('now').textContent.includes('latency')")
    case('the picture has its size',
         page.evaluate("document.getElementById('picture').width") == (768 if len(sys.argv) > 4 else 640 if shots else 160))
    case('the picture is no blank', page.evaluate(
        "(() => { const c = document.getElementById('picture');"
        "const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;"
        "return new Set(d).size > 20; })()"))
    first = page.evaluate('number')
    case('pictures go on', page.waits_for(f'number > {first} + 10'), first)
    case('a label is an answer', re.match(r'^(no confident label|\w+ \d+ %)$', text('label').strip()), text('label'))
    latency = re.match(r'(\d+) ms from capture to screen', text('latency'))
    case('the latency on this screen is measured', latency and int(latency.group(1)) < 5000, text('latency'))
    for word in ('pictures/s', 'bitrate', 'bits a pixel', 'latency'):
        case(f'the numbers tell {word}', word in text('now'), text('now'))
    for word in ('received', 'opened', 'decoded', 'lost on the way', 'refused'):
        case(f'the counts tell {word}', word in text('counts'), text('counts'))
    case('the snapshot can be taken', not page.evaluate("document.getElementById('snapshot').disabled"))
    case('the script has no fault', page.evaluate('reachable'), '')
    page.waits_for(f'number > {first} + 100', 10)
    shot('monitor.png')
    page.open(url, 390, 844, is_phone=True)
    page.waits_for("document.getElementById('state').textContent === 'live'")
    page.waits_for("document.getElementById('now').textContent.includes('latency')")
    case('it fits a phone', page.evaluate('document.documentElement.scrollWidth') <= 390,
         page.evaluate('document.documentElement.scrollWidth'))
    shot('phone.png')
    page.open(url)
    page.waits_for("document.getElementById('state').textContent === 'live'")
    device.send_signal(signal.SIGKILL)
    device.wait()
    case('without new frames the picture is stale',
         page.waits_for("document.getElementById('state').textContent === 'stale'"), text('state'))
    case('and it is grey',
         page.waits_for("getComputedStyle(document.getElementById('picture')).filter.startsWith('grayscale(1)')"))
    case('and it says since when and why', page.waits_for(
        "/^No new picture for \\d+ s, since /.test(document.getElementById('since').textContent) && "
        "document.getElementById('reason').textContent.includes('No frames arrive')"), text('since') + text('reason'))
    shot('stale.png')
    device = start(*device_line)
    case('a device that comes back makes it live again',
         page.waits_for("document.getElementById('state').textContent === 'live'"), text('reason'))
    receiver.send_signal(signal.SIGTERM)
    receiver.wait(timeout=20)
    case('a receiver that is gone is said to be gone', page.waits_for(
        "document.getElementById('state').textContent === 'stale' && "
        "document.getElementById('reason').textContent.includes('does not answer')"), text('reason'))
finally:
    page.close()
    for process in processes:
        process.kill()
        process.wait()
    shutil.rmtree(folder)
case.finish()

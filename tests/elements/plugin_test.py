"""Loads the built plug-in as users do: gst-inspect-1.0 must find every element with complete texts, and the launch
lines below must run. Arguments: the folder of the plug-in, the source folder."""
import os
import re
import shutil
import subprocess
import sys
import tempfile

plugins, source = sys.argv[1:3]
home = tempfile.mkdtemp(prefix='latentcast-test-')
environment = dict(os.environ, GST_PLUGIN_PATH_1_0=plugins, GST_REGISTRY_1_0=os.path.join(home, 'registry.bin'),
                   LATENTCAST_MODELS=os.path.join(source, 'models'), HOME=home, XDG_CONFIG_HOME=home, NO_COLOR='1')
STUDY_ELEMENTS = ['studydecode', 'studydecrypt', 'studyencode', 'studyencrypt', 'studylabel', 'studymask', 'studyzmqsink',
                  'studyzmqsrc']
results = {'passed': 0, 'failed': 0, 'skipped': 0}

def run(*command, limit=120):
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=limit)


def report(name, fault):
    results['failed' if fault else 'passed'] += 1
    if fault:
        print(f'FAILED: {name}\n{fault}')


def skip(name, why):
    results['skipped'] += 1
    print(f'SKIPPED: {name}: {why}')


def fault_of_texts(element):
    """What is missing in gst-inspect's text of an element; empty when nothing is."""
    shown = run('gst-inspect-1.0', element)
    if shown.returncode != 0:
        return shown.stdout + shown.stderr
    text = re.sub(r'\x1b\[[0-9;]*m', '', shown.stdout)
    for field in ('Long-name', 'Klass', 'Description'):
        if not re.search(rf'^ *{field} +\S.{{5,}}$', text, re.M):
            return f'{field} is missing'
    if not re.search(r'^ *Author +latentcast developers$', text, re.M):
        return 'the author is missing'
    if not re.search(r'^  stats +: \S', text, re.M):
        return 'the property stats is missing'
    bare = re.findall(r'^  (\S+) +: *$', text.partition('Element Properties:')[2], re.M)
    return f'properties without a blurb: {", ".join(bare)}' if bare else ''


def plugin_loads():
    shown = run('gst-inspect-1.0', 'latentcast')
    found = re.findall(r'^  (\w+): ', re.sub(r'\x1b\[[0-9;]*m', '', shown.stdout), re.M)
    wanted = ['aedecode', 'aeencode', 'classoverlay', 'cnnclassify', 'latentdecrypt', 'latentencrypt', 'latentzmqsink', 'latentzmqsrc']
    missing = [name for name in wanted if name not in found]
    report('plug-in: has all elements', missing and f'missing: {missing}\n{shown.stdout}{shown.stderr}')
    licence = re.search(r'^ *License +(.*)$', shown.stdout, re.M)
    report('plug-in: names its licence', not licence or 'Apache 2.0' not in licence.group(1))
    return found


def study_is_apart(sealed):
    """The published systems are in a plug-in of their own, and nowhere else."""
    shown = run('gst-inspect-1.0', 'latentcaststudy')
    found = re.findall(r'^  (\w+): ', re.sub(r'\x1b\[[0-9;]*m', '', shown.stdout), re.M)
    report('plug-in: the published ciphers are in one of their own', sorted(found) != STUDY_ELEMENTS and
           f'found: {found}\n{shown.stdout}{shown.stderr}')
    report('plug-in: has no published cipher', [name for name in sealed if name.startswith('study')])
    return found


def launch(name, line, models):
    """A line for gst-launch-1.0; skipped where a bundle that it needs is not there."""
    for model in models:
        if not os.path.exists(os.path.join(source, 'models', model, 'manifest.yaml')):
            return skip(name, f'no bundle {model}')
    done = run('gst-launch-1.0', *line.split())
    output = done.stdout + done.stderr
    report(name, output if done.returncode != 0 or 'CRITICAL' in output or 'WARNING' in output else '')


sealed_elements = plugin_loads()
for element in sealed_elements + study_is_apart(sealed_elements):
    report(f'plug-in: {element} explains itself', fault_of_texts(element))
if run('gst-inspect-1.0', '--exists', 'videotestsrc').returncode != 0:
    skip('plug-in: launch lines', 'GStreamer has no videotestsrc here')
else:
    launch('plug-in: encodes and decodes in gst-launch-1.0',
           'videotestsrc num-buffers=3 ! video/x-raw,width=64,height=48 ! aeencode ! aedecode ! fakesink', ['lc5'])
    launch('plug-in: classifies in gst-launch-1.0',
           'videotestsrc num-buffers=3 ! video/x-raw,width=64,height=48 ! cnnclassify model=cifar10 ! classoverlay ! fakesink', ['cifar10'])
shutil.rmtree(home, ignore_errors=True)
print(f"cases: {results['passed']} passed, {results['failed']} failed, {results['skipped']} skipped")
sys.exit(1 if results['failed'] else 0)

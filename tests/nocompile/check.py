"""Compiles a file once as it is, which must work, and once for each of its cases, which must fail for the stated reason.

check.py FILE.cc COMPILER ARGUMENT...
"""
import re
import subprocess
import sys

source, compiler = sys.argv[1], sys.argv[2:]
cases = re.findall(r'^// case (\w+): (.+)$', open(source, encoding='utf-8').read(), re.M)
passed = failed = 0


def compile_with(*defines):
    command = compiler + ['-fsyntax-only', *defines, source]
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


control = compile_with()
if control.returncode != 0 or not cases:
    print(control.stdout)
    failed += 1
for name, words in cases:
    run = compile_with(f'-DCASE_{name}')
    if run.returncode != 0 and re.search(words, run.stdout):
        passed += 1
    else:
        failed += 1
        print(f'FAILED: {source}: {name}: ' + ('compiles' if run.returncode == 0 else run.stdout))
print(f'cases: {passed} passed, {failed} failed, 0 skipped')
sys.exit(bool(failed))

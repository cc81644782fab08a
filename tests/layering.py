"""Checks who includes whom, and that each third-party library is included by one folder (design, section 2)."""
import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1])

LAYERS = {  # folder under runtime/ -> folders it may include besides itself
    'base': [],
    'tensor': ['base'],
    'nn': ['base', 'tensor'],
    'entropy': ['base'],
    'seal': ['base'],
    'transport': ['base'],
    'config': ['base'],
    'codec': ['base', 'tensor', 'nn', 'entropy', 'config/document.h', 'seal/digest.h'],
    'classify': ['base', 'tensor', 'nn', 'entropy', 'codec', 'config/document.h', 'seal/digest.h'],
    'quality': ['base', 'tensor'],
    'study': ['base', 'tensor', 'quality'],
    'elements': ['base', 'tensor', 'nn', 'entropy', 'seal', 'transport', 'codec', 'classify', 'quality', 'study',
                 'config/document.h'],
    'engine': ['base', 'config', 'elements/plugin.h', 'elements/study/plugin.h'],
}
THIRD_PARTY = {  # what an include line begins with -> folders that may have it
    'dnnl': ['runtime/nn'],
    'oneapi/dnnl': ['runtime/nn'],
    'google/protobuf': ['runtime/nn'],
    'sodium': ['runtime/seal', 'tests/unit/seal'],  # the tests check its primitives against Wycheproof
    'openssl/': ['runtime/study', 'runtime/seal'],
    'zmq': ['runtime/transport'],
    'yaml-cpp': ['runtime/config'],
    'gst/': ['elements', 'runtime/engine', 'tests'],
    'glib': ['elements', 'runtime/engine', 'tests'],
    'fmt/': ['runtime/base'],
    'tl/': ['runtime/base'],
    'CLI/': ['runtime/cli', 'tests'],
    'nlohmann/': ['runtime/cli', 'runtime/engine', 'tests'],
    'httplib': ['runtime/engine', 'tests/pipelines'],
    'jpeglib': ['runtime/quality'],
    'jerror': ['runtime/quality'],
    'png.h': ['runtime/quality'],
    'webp/': ['runtime/quality', 'tests'],
    'zip.h': ['runtime/quality'],
    'zlib.h': ['runtime/cli'],
    'Eigen/': ['runtime/cli'],
    'onnx': [],
}

failures = []
files = sorted(p for top in ('runtime', 'elements', 'tests') for p in (root / top).rglob('*')
               if p.suffix in ('.h', '.cc'))
for path in files:
    name = path.relative_to(root).as_posix()
    parts = name.split('/')
    layer = parts[1] if parts[0] == 'runtime' else parts[0]
    text = path.read_text(encoding='utf-8')
    if not text.endswith('\n') or '\t' in text or re.search(r'[ ]+$', text, re.M):
        failures.append(f'{name}: tab, trailing blank or missing final newline')
    if parts[0] != 'tests' and layer != 'cli' and 'std::cout' in text:
        failures.append(f'{name}: std::cout belongs to the program (runtime/cli) only')
    for number, line in enumerate(text.splitlines(), 1):
        include = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
        if not include:
            continue
        quoted, target = include.group(1) == '"', include.group(2)
        for prefix, allowed in THIRD_PARTY.items():
            if not quoted and target.startswith(prefix) and not any(name.startswith(a + '/') for a in allowed):
                failures.append(f'{name}:{number}: <{target}> may be included in {", ".join(allowed) or "no folder"} only')
        if quoted and layer in LAYERS and '/' in target and not (parts[0] == 'elements' and target.startswith(('glue/', 'elements/'))):
            if not any(target == a or target.startswith(a + '/') for a in [layer] + LAYERS[layer]):
                failures.append(f'{name}:{number}: {layer} may not include "{target}"')

print('\n'.join(failures) or f'{len(files)} files, layers as designed')
print(f'cases: {0 if failures else 1} passed, {1 if failures else 0} failed, 0 skipped')
sys.exit(bool(failures))

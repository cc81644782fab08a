"""Writes a bundle folder: files, their digests, manifest.yaml and CARD.md."""
import hashlib
import os
import re


def digest(data):
    """BLAKE2b-256 in hex."""
    return hashlib.blake2b(data, digest_size=32).hexdigest()


def latent_space_id(digests):
    """Id of a bundle: BLAKE2b-256 over the sorted lines "name hexdigest" of its files."""
    lines = ''.join(f'{name} {digests[name]}\n' for name in sorted(digests))
    return digest(lines.encode())


def identity(folder):
    """Id of the bundle in `folder`, from the digests in its manifest."""
    with open(os.path.join(folder, 'manifest.yaml'), encoding='utf-8') as file:
        return latent_space_id(dict(re.findall(r'(?m)^  (\S+): ([0-9a-f]{64})$', file.read())))


def _scalar(value):
    if isinstance(value, bool):
        return 'true' if value else 'false'
    if isinstance(value, float):
        return f'{value:.9g}'
    if isinstance(value, (list, tuple)):
        return '[' + ', '.join(_scalar(v) for v in value) + ']'
    if isinstance(value, int):
        return str(value)
    text = str(value)
    plain = text and all(c.isalnum() or c in ' _./()+-' for c in text) and not text[0] in '-' and not text.isdigit()
    return text if plain else '"' + text.replace('\\', '\\\\').replace('"', '\\"') + '"'


def to_yaml(mapping, indent=0):
    """Block YAML of nested dicts with scalars and flat lists."""
    lines = []
    for key, value in mapping.items():
        if isinstance(value, dict):
            lines.append(f'{" " * indent}{key}:')
            lines.append(to_yaml(value, indent + 2).rstrip('\n'))
        else:
            lines.append(f'{" " * indent}{key}: {_scalar(value)}')
    return '\n'.join(lines) + '\n'


def replace_card(folder, card):
    """Another CARD.md for a bundle that is there; its line in the manifest follows. Returns the new id."""
    path = os.path.join(folder, 'manifest.yaml')
    with open(path, encoding='utf-8') as file:
        manifest = file.read()
    changed, lines = re.subn(r'(?m)^  CARD\.md: [0-9a-f]{64}$', f'  CARD.md: {digest(card.encode())}', manifest)
    if lines != 1:
        raise SystemExit(f'{path}: no digest of CARD.md in it')
    _replace(os.path.join(folder, 'CARD.md'), card.encode())
    _replace(path, changed.encode())
    return identity(folder)


def _replace(path, data):
    with open(path + '.part', 'wb') as out:
        out.write(data)
    os.replace(path + '.part', path)


def write(folder, files, manifest, card):
    """Writes everything into `folder`; `files` maps names to bytes. CARD.md is among the digested files.

    Returns the id. Each file is replaced in one step, the manifest last.
    """
    os.makedirs(folder, exist_ok=True)
    files = dict(files, **{'CARD.md': card.encode()})
    digests = {name: digest(data) for name, data in sorted(files.items())}
    files['manifest.yaml'] = to_yaml(dict(manifest, files=digests)).encode()
    for name, data in files.items():
        _replace(os.path.join(folder, name), data)
    return latent_space_id(digests)

"""Known answers of the studied ciphers, computed without them: by Python's integers and floats, numpy's single precision
and the program `openssl`. Arguments: the golden file, the RSA key beside it; with --write the file is written anew.

Each line of the file: a name, then the ciphertext (of *.iv and *.salt with a random part that was drawn once) in hex."""
import hashlib
import struct
import subprocess
import sys

import numpy

golden, pem = sys.argv[1:3]
SECRET = b'latentcast study secret 32 bytes'
WIDTH, HEIGHT = 24, 17
PLAIN = bytes((7 * i + i * i // 11) % 251 for i in range(WIDTH * HEIGHT))
FLOATS = [i / 7 for i in range(20)]  # 5 x 4
MESSAGE = b'record 17'


def openssl(*arguments, data=b''):
    return subprocess.run(['openssl', *arguments], input=data, capture_output=True, check=True).stdout


def aes(mode, key, iv, data, *more):
    with_iv = [] if mode == 'ecb' else ['-iv', iv.hex()]
    return openssl('enc', f'-aes-256-{mode}', '-K', key.hex(), *with_iv, '-nopad', *more, data=data)


def expand(label, size):
    return aes('ctr', hashlib.sha256(SECRET + label).digest(), bytes(16), bytes(size))


def xor(a, b):
    return bytes(x ^ y for x, y in zip(a, b))


def square(reading):
    key = expand(b'additive-square', len(PLAIN))
    values = [(x + k) ** 2 if reading == 'figure' else x * x + k for x, k in zip(PLAIN, key)]
    return b''.join(v.to_bytes(3, 'little') for v in values)


def square_floats(reading):
    f = numpy.float32
    out = b''
    for x, k in zip(FLOATS, expand(b'additive-square', len(FLOATS))):
        x, k = f(x), f(k) / f(255)
        out += struct.pack('<f', (x + k) * (x + k) if reading == 'figure' else x * x + k)
    return out


def chaos(single, salt=None):
    numbers = struct.unpack('>4Q', expand(b'logistic-chaos', 32))
    u = [float(n) * 2.0 ** -64 for n in numbers]
    r, x = 3.57 + 0.43 * u[0], 0.001 + 0.997 * u[1]
    block_r, block_x = 3.57 + 0.43 * u[2], 0.001 + 0.997 * u[3]
    across, blocks = WIDTH // 8, (WIDTH // 8) * (HEIGHT // 8)
    orbit = []
    for _ in range(blocks):
        block_x = block_r * block_x * (1 - block_x)
        orbit.append(block_x)
    moved = bytearray(PLAIN)
    for i, source in enumerate(sorted(range(blocks), key=lambda b: orbit[b])):
        for y in range(8):
            to, of = ((b // across * 8 + y) * WIDTH + b % across * 8 for b in (i, source))
            moved[to:to + 8] = PLAIN[of:of + 8]
    scale = max(PLAIN)
    number = numpy.float32 if single else float
    if salt is not None:
        x += 0.001 * (float(int.from_bytes(salt, 'big')) * 2.0 ** -64)
    r, x, one = number(r), number(x), number(1)
    stream = []
    for _ in PLAIN:
        x = r * x * (one - x)
        stream.append(int(x * number(scale)))
    return bytes([scale]) + (salt or b'') + xor(moved, stream)


def aes_rows(mode, iv=None):
    keys = expand(b'aes-features', 256 * 32)
    out = iv or b''
    for y in range(HEIGHT):
        row = PLAIN[y * WIDTH:(y + 1) * WIDTH]
        number = y.to_bytes(4, 'big')
        place = bytes(4) + number + bytes(8) if mode == 'ctr' else bytes(12) + number
        padded = row if mode == 'ctr' else row + bytes(-len(row) % 16)
        out += aes(mode, keys[32 * (y % 256):][:32], xor(iv or bytes(16), place), padded)
    return out


def stego():
    bits = ''.join(f'{b:08b}' for b in len(MESSAGE).to_bytes(4, 'big') + MESSAGE)
    return bytes(p & 254 | int(bits[i]) if i < len(bits) else p for i, p in enumerate(PLAIN))


def rsa_textbook():
    modulus = int(openssl('rsa', '-in', pem, '-noout', '-modulus').decode().split('=')[1], 16)
    size = (modulus.bit_length() + 7) // 8
    return hashlib.blake2b(b''.join(pow(m, 65537, modulus).to_bytes(size, 'big') for m in stego()), digest_size=32).digest()


OAEP = ['-inkey', pem, '-pkeyopt', 'rsa_padding_mode:oaep', '-pkeyopt', 'rsa_oaep_md:sha256', '-pkeyopt',
        'rsa_mgf1_md:sha256']


def oaep_chunks(size=128 - 66):
    return [PLAIN[i:i + size] for i in range(0, len(PLAIN), size)]


IV, SALT = bytes(range(16)), bytes.fromhex('8123456789abcdef')
answers = {
    'xor-mask.fixed': xor(PLAIN, expand(b'xor-mask', len(PLAIN))),
    'additive-square.figure': square('figure'),
    'additive-square.text': square('text'),
    'additive-square.figure.f32': square_floats('figure'),
    'additive-square.text.f32': square_floats('text'),
    'logistic-chaos.double': chaos(False),
    'logistic-chaos.single': chaos(True),
    'logistic-chaos.probabilistic': chaos(False, SALT),
    'aes-features.ecb': aes_rows('ecb'),
    'aes-features.cbc-fixed-iv': aes_rows('cbc'),
    'aes-features.cbc': aes_rows('cbc', IV),
    'aes-features.ctr-fixed-nonce': aes_rows('ctr'),
    'aes-features.ctr': aes_rows('ctr', IV),
    'rsa-lsb.textbook.blake2b': rsa_textbook(),
}
if '--write' in sys.argv:
    answers['rsa-lsb.oaep'] = b''.join(openssl('pkeyutl', '-encrypt', *OAEP, data=chunk) for chunk in oaep_chunks())
    with open(golden, 'w', encoding='utf-8') as out:
        out.writelines(f'{name} {value.hex()}\n' for name, value in answers.items())
    sys.exit()
with open(golden, encoding='utf-8') as lines:
    written = dict(line.split() for line in lines)
faults = [name for name, value in answers.items() if written.get(name) != value.hex()]
blocks = bytes.fromhex(written.get('rsa-lsb.oaep', ''))
opened = [openssl('pkeyutl', '-decrypt', *OAEP, data=blocks[i:i + 128]) for i in range(0, len(blocks), 128)]
faults += [] if opened == oaep_chunks() else ['rsa-lsb.oaep']
print('\n'.join(f'FAILED: study known answers: {name}' for name in faults))
print(f'cases: {len(answers) + 1 - len(faults)} passed, {len(faults)} failed, 0 skipped')
sys.exit(bool(faults))

"""The example of runtime/seal/model/FORMAT.md, computed from the text of that page: by Python's integers and hashlib, with
none of our code and no cryptographic library. Argument: the page; with --write its hex blocks are written anew."""
import hashlib
import struct
import sys

P25519 = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P25519) % P25519


def blake2b(data, size):
    return hashlib.blake2b(data, digest_size=size).digest()


def inverse(x):
    return pow(x, P25519 - 2, P25519)


def x25519(scalar, point):  # RFC 7748
    k = bytearray(scalar)
    k[0] &= 248
    k[31] = k[31] & 127 | 64
    k, u = int.from_bytes(k, 'little'), int.from_bytes(point, 'little') & 2**255 - 1
    x2, z2, x3, z3, swap = 1, 0, u, 1, 0
    for t in reversed(range(255)):
        bit = k >> t & 1
        if swap ^ bit:
            x2, z2, x3, z3 = x3, z3, x2, z2
        swap = bit
        a, b, c, d = x2 + z2, x2 - z2, x3 + z3, x3 - z3
        aa, bb = a * a, b * b
        e, da, cb = aa - bb, d * a, c * b
        x3, z3 = (da + cb)**2 % P25519, u * (da - cb)**2 % P25519
        x2, z2 = aa * bb % P25519, e * (aa + 121665 * e) % P25519
    if swap:
        x2, z2 = x3, z3
    return (x2 * inverse(z2) % P25519).to_bytes(32, 'little')


def add(p, q):  # on the curve of Ed25519
    (x1, y1), (x2, y2) = p, q
    m = D * x1 * x2 * y1 * y2 % P25519
    return ((x1 * y2 + x2 * y1) * inverse(1 + m) % P25519, (y1 * y2 + x1 * x2) * inverse(1 - m) % P25519)


def times(k, p):
    out = (0, 1)
    while k:
        if k & 1:
            out = add(out, p)
        p, k = add(p, p), k >> 1
    return out


def base_point():
    y = 4 * inverse(5) % P25519
    square = (y * y - 1) * inverse(D * y * y + 1) % P25519
    x = pow(square, (P25519 + 3) // 8, P25519)
    if x * x % P25519 != square:
        x = x * pow(2, (P25519 - 1) // 4, P25519) % P25519
    return (P25519 - x if x & 1 else x, y)


def encode(p):
    return (p[1] | (p[0] & 1) << 255).to_bytes(32, 'little')


def sign(seed, message):  # RFC 8032; answers the public key, too
    digest = hashlib.sha512(seed).digest()
    a = bytearray(digest[:32])
    a[0] &= 248
    a[31] = a[31] & 127 | 64
    a, b = int.from_bytes(a, 'little'), base_point()
    public = encode(times(a, b))
    message = message(public)
    r = int.from_bytes(hashlib.sha512(digest[32:] + message).digest(), 'little') % ORDER
    point = encode(times(r, b))
    h = int.from_bytes(hashlib.sha512(point + public + message).digest(), 'little') % ORDER
    return public, message, point + ((r + h * a) % ORDER).to_bytes(32, 'little')


def rotate(x, n):
    return (x << n | x >> 32 - n) & 0xffffffff


SALSA = [(4, 0, 12, 7), (8, 4, 0, 9), (12, 8, 4, 13), (0, 12, 8, 18)]


def salsa_rounds(x):
    for _ in range(10):
        for lane in range(4):  # columns
            for to, a, b, n in SALSA:
                at = [(i + 5 * lane) % 16 for i in (to, a, b)]
                x[at[0]] ^= rotate(x[at[1]] + x[at[2]] & 0xffffffff, n)
        for row in range(4):
            for to, a, b, n in ((1, 0, 3, 7), (2, 1, 0, 9), (3, 2, 1, 13), (0, 3, 2, 18)):
                at = [4 * row + (i + row) % 4 for i in (to, a, b)]
                x[at[0]] ^= rotate(x[at[1]] + x[at[2]] & 0xffffffff, n)


def salsa_state(key, block):
    c, k, n = struct.unpack('<4I', b'expand 32-byte k'), struct.unpack('<8I', key), struct.unpack('<4I', block)
    return [c[0], *k[:4], c[1], *n, c[2], *k[4:], c[3]]


def hsalsa(key, nonce):
    x = salsa_state(key, nonce)
    salsa_rounds(x)
    return struct.pack('<8I', *[x[i] for i in (0, 5, 10, 15, 6, 7, 8, 9)])


def xsalsa(key, nonce, size):
    key, out = hsalsa(key, nonce[:16]), b''
    for counter in range(size // 64 + 1):
        start = salsa_state(key, nonce[16:] + struct.pack('<Q', counter))
        x = list(start)
        salsa_rounds(x)
        out += struct.pack('<16I', *[a + b & 0xffffffff for a, b in zip(x, start)])
    return out[:size]


def chacha_rounds(x):
    for _ in range(10):
        for q in ((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15), (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14)):
            for (a, b, d), n in zip(((0, 1, 3), (2, 3, 1)) * 2, (16, 12, 8, 7)):
                a, b, d = q[a], q[b], q[d]
                x[a] = x[a] + x[b] & 0xffffffff
                x[d] = rotate(x[d] ^ x[a], n)


def chacha_state(key, counter_and_nonce):
    return list(struct.unpack('<16I', b'expand 32-byte k' + key + counter_and_nonce))


def hchacha(key, nonce):
    x = chacha_state(key, nonce)
    chacha_rounds(x)
    return struct.pack('<8I', *x[:4], *x[12:])


def chacha(key, nonce, counter, size):
    out = b''
    for block in range(size // 64 + 1):
        start = chacha_state(key, struct.pack('<I', counter + block) + nonce)
        x = list(start)
        chacha_rounds(x)
        out += struct.pack('<16I', *[a + b & 0xffffffff for a, b in zip(x, start)])
    return out[:size]


def poly1305(key, message):
    r = int.from_bytes(key[:16], 'little') & 0x0ffffffc0ffffffc0ffffffc0fffffff
    total = 0
    for at in range(0, len(message), 16):
        total = (total + int.from_bytes(message[at:at + 16] + b'\1', 'little')) * r % (2**130 - 5)
    return (total + int.from_bytes(key[16:], 'little') & 2**128 - 1).to_bytes(16, 'little')


def xor(a, b):
    return bytes(x ^ y for x, y in zip(a, b, strict=True))


BASE = (9).to_bytes(32, 'little')


def seal_box(secret, to, plain):  # crypto_box_seal with a chosen secret
    public = x25519(secret, BASE)
    nonce = blake2b(public + to, 24)
    stream = xsalsa(hsalsa(x25519(secret, to), bytes(16)), nonce, 32 + len(plain))
    cipher = xor(plain, stream[32:])
    return public + poly1305(stream[:32], cipher) + cipher


def only_chunk(key, header, plain, associated):  # crypto_secretstream_xchacha20poly1305: the first and last message
    key, nonce = hchacha(key, header[:16]), struct.pack('<I', 1) + header[16:]
    first = xor(bytes([3]) + bytes(63), chacha(key, nonce, 1, 64))
    cipher = xor(plain, chacha(key, nonce, 2, len(plain)))
    text = associated + bytes(-len(associated) % 16) + first + cipher
    text += bytes(len(cipher) % 16)  # a slip of the library's, which the format keeps
    text += struct.pack('<QQ', len(associated), 64 + len(cipher))
    return first[:1] + cipher + poly1305(chacha(key, nonce, 0, 64), text)


def example():
    seed, receiver = bytes(range(0x60, 0x80)), x25519(bytes(range(0x20, 0x40)), BASE)
    files = {'encoder.onnx': b'network', 'manifest.yaml': b'bundle: example\n'}
    roles = {'encoder.onnx': 1, 'manifest.yaml': 5}

    def listed(signer):
        out = b'LCMANIF1' + blake2b(b'latentcast model id v1\0' + signer + b'example', 16) + struct.pack('>Q', 7) + signer
        out += struct.pack('>QIH', 1893455999000, 1, len(files))
        for name, content in files.items():
            out += struct.pack('>BB', roles[name], len(name)) + name.encode() + struct.pack('>Q', len(content)) + blake2b(content, 32)
        return out

    label = b'latentcast model manifest v1\0'
    _, signed, signature = sign(seed, lambda signer: label + listed(signer))
    manifest = signed[len(label):] + signature

    bundle_id, key, header = bytes(range(0xa0, 0xb0)), bytes(range(0x80, 0xa0)), bytes(range(0xc0, 0xd8))
    fixed = bundle_id + struct.pack('>HIQ', 0, 65536, 1795248000000)
    digest = blake2b(b'LCMODEL1' + fixed, 32)
    box = seal_box(bytes(range(0xe0, 0x100)), receiver, bundle_id + key + digest)
    sealed = b'LCMODEL1' + struct.pack('>I', len(fixed) + 2 + 136) + fixed + struct.pack('>H', 1) + blake2b(receiver, 8) + box
    return manifest, sealed + header + only_chunk(key, header, manifest + b''.join(files.values()), digest)


def lines(data):
    text = data.hex()
    return ''.join(text[at:at + 96] + '\n' for at in range(0, len(text), 96))


# RFC 8032, section 7.1, test 1; RFC 7748, section 5.2: what is above is what it says.
assert sign(bytes.fromhex('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60'), lambda _: b'')[0].hex() == \
    'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a'
assert x25519(bytes.fromhex('a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4'),
              bytes.fromhex('e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c')).hex() == \
    'c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552'

page = open(sys.argv[1]).read()
bad = 0
for title, data in zip(('manifest', 'model'), example()):
    begin = page.index(f'\n```{title}\n') + len(title) + 5
    end = page.index('```', begin)
    bad += page[begin:end] != lines(data)
    page = page[:begin] + lines(data) + page[end:]
if '--write' in sys.argv:
    open(sys.argv[1], 'w').write(page)
    bad = 0
print(f'cases: {2 - bad} passed, {bad} failed, 0 skipped')
sys.exit(bad > 0)

#!/usr/bin/env python3
"""Writes the vectors leaf_first.hex, leaf_exact.hex and leaf_long.hex beside this file.

A second, separate writing of what docs and headers say about a leaf and its payload: plain Python, no library of the
project and no libsodium. The C tests read the files; `leaf.py --check` compares the files with a new run. Keys and people are invented.
"""
import hashlib
import hmac
import pathlib
import struct
import sys

# --- Ed25519 (RFC 8032, section 5.1) --------------------------------------------------------------------------------
P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
BASE_Y = 4 * pow(5, P - 2, P) % P


def recover_x(y):
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    return x if x % 2 == 0 else P - x


def add(a, b):
    u, v = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    w, z = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = v - u, z - w, z + w, v + u
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def multiply(scalar, point):
    result = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            result = add(result, point)
        point = add(point, point)
        scalar >>= 1
    return result


BASE = (recover_x(BASE_Y), BASE_Y, 1, recover_x(BASE_Y) * BASE_Y % P)


def compress(point):
    inverse = pow(point[2], P - 2, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def sha512_number(data):
    return int.from_bytes(hashlib.sha512(data).digest(), "little")


def expand(seed):
    digest = hashlib.sha512(seed).digest()
    scalar = int.from_bytes(digest[:32], "little") & (1 << 254) - 8 | 1 << 254
    return scalar, digest[32:]


def public_key(seed):
    return compress(multiply(expand(seed)[0], BASE))


def sign(seed, message):
    scalar, prefix = expand(seed)
    public = compress(multiply(scalar, BASE))
    nonce = sha512_number(prefix + message) % L
    point = compress(multiply(nonce, BASE))
    challenge = sha512_number(point + public + message) % L
    return point + ((nonce + challenge * scalar) % L).to_bytes(32, "little")


# --- XChaCha20-Poly1305 (RFC 8439 and draft-irtf-cfrg-xchacha) ------------------------------------------------------
def rotate(value, by):
    return (value << by | value >> 32 - by) & 0xFFFFFFFF


def rounds(state):
    s = list(state)
    quarters = [(0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15),
                (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14)]
    for _ in range(10):
        for a, b, c, d in quarters:
            for x, y, z, by in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
                s[x] = (s[x] + s[y]) & 0xFFFFFFFF
                s[z] = rotate(s[z] ^ s[x], by)
    return s


CONSTANTS = struct.unpack("<4I", b"expand 32-byte k")


def hchacha(key, nonce16):
    s = rounds(CONSTANTS + struct.unpack("<8I", key) + struct.unpack("<4I", nonce16))
    return struct.pack("<8I", *(s[:4] + s[12:]))


def block(key, counter, nonce12):
    state = CONSTANTS + struct.unpack("<8I", key) + (counter,) + struct.unpack("<3I", nonce12)
    return struct.pack("<16I", *((a + b) & 0xFFFFFFFF for a, b in zip(state, rounds(state))))


def stream_xor(key, nonce12, data):
    blocks = (block(key, 1 + i // 64, nonce12) for i in range(0, len(data), 64))
    return bytes(a ^ b for a, b in zip(data, b"".join(blocks)))


def poly1305(key, data):
    r = int.from_bytes(key[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
    total = 0
    for i in range(0, len(data), 16):
        total = (total + int.from_bytes(data[i:i + 16] + b"\x01", "little")) * r % (2**130 - 5)
    return ((total + int.from_bytes(key[16:], "little")) % 2**128).to_bytes(16, "little")


def seal(key, nonce, aad, data):
    subkey, nonce12 = hchacha(key, nonce[:16]), bytes(4) + nonce[16:]
    ciphertext = stream_xor(subkey, nonce12, data)
    pad = lambda b: b + bytes(-len(b) % 16)
    lengths = struct.pack("<QQ", len(aad), len(ciphertext))
    tag = poly1305(block(subkey, 0, nonce12)[:32], pad(aad) + pad(ciphertext) + lengths)
    return nonce + ciphertext + tag


# --- the leaf ---------------------------------------------------------------------------------------------------------
def derive(key, context):
    return hashlib.blake2b(context, key=key, digest_size=32).digest()


def make(fields, seed, class_key, body):
    device = public_key(seed)
    tag_key = derive(class_key, b"hf class tag v1")
    number = struct.pack(">IQ", fields["incarnation"], fields["seq"])
    subject_tag = hmac.new(tag_key, device + number, hashlib.sha256).digest()[:16]
    head = (b"HFC1" + bytes([fields["kind"], 0, 0, 0]) + struct.pack(">Q", fields["clock"]) + fields["log_id"] + device
            + number + fields["prev"] + struct.pack(">Q", fields["seen_size"]) + fields["seen_root"] + subject_tag)
    assert len(head) == 180
    data = struct.pack(">I", len(body)) + body
    data += bytes(-len(data) % 64)
    nonce = hashlib.blake2b(head + data, key=derive(class_key, b"hf class nonce v1"), digest_size=24).digest()
    payload = seal(derive(class_key, b"hf class seal v1"), nonce, head, data)
    r = hashlib.blake2b(head + body, key=derive(class_key, b"hf class opening v1"), digest_size=32).digest()
    commitment = hashlib.sha256(b"HFC1 open\0" + r + body).digest()
    signed = head + struct.pack(">I", len(payload)) + hashlib.sha256(payload).digest() + commitment
    assert len(signed) == 248
    leaf = signed + sign(seed, b"holdfast change v1\0" + signed)
    return {"seed": seed, "class_key": class_key, "body": body, "leaf": leaf, "payload": payload, "r": r,
            "change_id": hashlib.sha256(leaf).digest()[:16]}


def data_body(text):
    """{1 case, 2 record, 3 action, 4 [[2 text, text, []]]} in msgpack, text of 32 to 255 bytes."""
    ids = [bytes([first]) + bytes(range(1, 16)) for first in (0xCA, 0x5E)]
    return (b"\x84\x01\xc4\x10" + ids[0] + b"\x02\xc4\x10" + ids[1] + b"\x03\x36\x04\x91\x93\x02\xd9" + bytes([len(text)])
            + text + b"\x90")


def vectors():
    seed, class_key = bytes(range(32)), bytes(range(0x40, 0x60))
    log_id = hashlib.sha256(b"log.example.org/holdfast").digest()
    first = dict(kind=0, clock=0x019AA8CF5A7B0003, log_id=log_id, incarnation=0, seq=0, prev=bytes(32), seen_size=0,
                 seen_root=hashlib.sha256(b"").digest())
    one = make(first, seed, class_key, data_body(b"Ring the school on Monday about the trip"))
    following = dict(first, clock=first["clock"] + 1, incarnation=2, seq=0x0102030405, seen_size=4096,
                     prev=hashlib.sha256(one["leaf"]).digest(), seen_root=hashlib.sha256(b"a root").digest())
    exact = make(following, seed, class_key, bytes(range(60)))  # 4 + 60: no padding at all
    long = make(dict(following, kind=7), seed, class_key, bytes(i % 251 for i in range(1021)))
    return {"leaf_first.hex": one, "leaf_exact.hex": exact, "leaf_long.hex": long}


def main():
    folder, same = pathlib.Path(__file__).parent, True
    for name, vector in vectors().items():
        text = "# Written by leaf.py: one leaf with its payload. Never use these keys for anything else.\n"
        text += "".join(f"{key} {value.hex()}\n" for key, value in vector.items())
        if sys.argv[1:] == ["--check"]:
            same = same and (folder / name).read_text() == text
        else:
            (folder / name).write_text(text)
    print("leaf vectors " + ("fit" if same else "differ"))
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())

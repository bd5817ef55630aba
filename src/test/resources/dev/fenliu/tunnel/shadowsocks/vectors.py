#!/usr/bin/env python3
"""Prints vectors.properties: Shadowsocks AEAD as SIP004 and SIP007 describe it, on Python's hashlib and OpenSSL."""
import hashlib
import hmac
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305

PASSWORD = "correct horse battery staple ☂".encode()
METHODS = {
    "aes-128-gcm": (16, AESGCM),
    "aes-256-gcm": (32, AESGCM),
    "chacha20-ietf-poly1305": (32, ChaCha20Poly1305),
}


def bytes_to_key(password, size):
    key, block = b"", b""
    while len(key) < size:
        block = hashlib.md5(block + password).digest()
        key += block
    return key[:size]


def hkdf_sha1(key, salt, info, size):
    prk = hmac.new(salt, key, hashlib.sha1).digest()
    out, block, i = b"", b"", 1
    while len(out) < size:
        block = hmac.new(prk, block + info + bytes([i]), hashlib.sha1).digest()
        out += block
        i += 1
    return out[:size]


class Sealer:
    def __init__(self, cipher):
        self.cipher, self.count = cipher, 0

    def seal(self, plain):
        sealed = self.cipher.encrypt(self.count.to_bytes(12, "little"), plain, None)
        self.count += 1
        return sealed

    def chunk(self, payload):
        return self.seal(len(payload).to_bytes(2, "big")) + self.seal(payload)

    def chunks(self, payload, size=0x3FFF):
        return b"".join(self.chunk(payload[i:i + size]) for i in range(0, len(payload), size))


header = bytes([3, 11]) + b"example.com" + (443).to_bytes(2, "big")
pattern = bytes(i * 7 & 0xFF for i in range(40000))
for method, (size, make) in METHODS.items():
    key = bytes_to_key(PASSWORD, size)
    salt = bytes(range(1, size + 1))
    subkey = hkdf_sha1(key, salt, b"ss-subkey", size)
    cipher = make(subkey)
    print(f"{method}.subkey={subkey.hex()}")
    sealer = Sealer(cipher)
    print(f"{method}.stream={(salt + sealer.chunk(header + b'hello') + sealer.chunk(pattern[:300])).hex()}")
    print(f"{method}.large={hashlib.sha256(salt + Sealer(cipher).chunks(pattern)).hexdigest()}")
    print(f"{method}.carry={hashlib.sha256(salt + Sealer(cipher).chunks(pattern[:400], 1)).hexdigest()}")
    print(f"{method}.packet={(salt + Sealer(cipher).seal(header + b'datagram')).hex()}")

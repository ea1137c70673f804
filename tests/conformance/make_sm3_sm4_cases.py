#!/usr/bin/env python3
"""Writes sm3_hash.json and sm4_gcm.json: lengths around blocks and lanes, counters that overflow, tags that must be refused.

Comes in: nothing. Goes out: the files, or with --check exit 1 when they are not what the program would write. Never: a call
of the code that is tested with the cases.
"""

import json
import pathlib
import sys

from sm2_plain import sm3
from sm4_plain import ctr, first_counter, gcm_seal, nonce_for

FOLDER = pathlib.Path(__file__).parent


def derived(label, length):
    """Bytes that are the same for the same label."""
    return b"".join(sm3(f"{label}/{block}".encode()) for block in range(length // 32 + 1))[:length]


def hashes():
    tests = []
    for length in [*range(0, 131), 183, 184, 191, 192, 247, 248, 255, 256, 257, 447, 511, 512, 1000, 4095, 4096]:
        message = derived(f"sm3/{length}", length)
        tests.append({"msg": message.hex(), "digest": sm3(message).hex()})
    for name, message in {"zeros": bytes(64), "ones": b"\xff" * 64, "abc": b"abc", "abcd x 16": b"abcd" * 16}.items():
        tests.append({"comment": name, "msg": message.hex(), "digest": sm3(message).hex()})
    return tests


def sealed():
    """Good ones: every length of the last block, of the associated data, of the nonce, and every kind of overflow."""
    cases = []
    lengths = [*range(0, 34), 47, 48, 63, 64, 65, 127, 128, 129, 255, 256, 257, 511, 512, 513, 1000]
    for length in lengths:
        cases.append((f"{length} bytes", derived("key", 16), derived(f"nonce/{length}", 12), b"", derived(f"plain/{length}", length)))
    for length in [*range(1, 34), 64, 127, 128, 129, 1000]:
        cases.append((f"{length} bytes of associated data", derived("key/aad", 16), derived(f"nonce/{length}", 12), derived(f"aad/{length}", length), derived("plain", 40)))
    for length in (1, 2, 8, 11, 13, 15, 16, 17, 31, 32, 33, 64, 128):
        cases.append((f"nonce of {length} bytes", derived("key/nonce", 16), derived(f"nonce/{length}", length), b"a", derived("plain", 70)))
    key = derived("key/overflow", 16)
    for left in (0, 1, 2, 3, 7, 8, 15, 16, 31):
        start = derived("start", 12) + (2**32 - 1 - left).to_bytes(4, "big")
        nonce = nonce_for(key, start)
        assert first_counter(key, nonce) == start
        cases.append((f"counter overflows 32 bits after {left} blocks", key, nonce, b"", derived("plain", 600)))
    nonce = nonce_for(key, b"\xff" * 16)
    cases.append(("counter begins with all ones", key, nonce, b"", derived("plain", 100)))
    for name, value in {"zeros": bytes(16), "ones": b"\xff" * 16}.items():
        cases.append((f"key of {name}", value, derived("nonce", 12), b"", derived("plain", 48)))
        cases.append((f"nonce of {name}", derived("key", 16), value[:12], value, value * 3))
    return cases


def gcm():
    tests = []

    def add(comment, key, nonce, associated, cipher, tag, plain, valid):
        tests.append({
            "tcId": len(tests) + 1, "comment": comment, "key": key.hex(), "iv": nonce.hex(), "aad": associated.hex(),
            "msg": plain.hex(), "ct": cipher.hex(), "tag": tag.hex(), "result": "valid" if valid else "invalid",
        })  # fmt: skip

    for comment, key, nonce, associated, plain in sealed():
        add(comment, key, nonce, associated, *gcm_seal(key, nonce, associated, plain), plain, True)
    key, nonce, associated, plain = derived("key/bad", 16), derived("nonce/bad", 12), b"associated", derived("plain/bad", 37)
    cipher, tag = gcm_seal(key, nonce, associated, plain)
    flipped = lambda data, bit: bytes(b ^ (0x80 >> bit % 8 if i == bit // 8 else 0) for i, b in enumerate(data))
    for bit in (0, 1, 7, 8, 31, 32, 63, 64, 71, 96, 97, 120, 127):
        add(f"bit {bit} of the tag changed", key, nonce, associated, cipher, flipped(tag, bit), plain, False)
    for name, wrong in {"of zeros": bytes(16), "of ones": b"\xff" * 16, "inverted": bytes(b ^ 255 for b in tag), "reversed": tag[::-1],
                        "every first bit changed": bytes(b ^ 128 for b in tag), "every last bit changed": bytes(b ^ 1 for b in tag)}.items():  # fmt: skip
        add(f"tag {name}", key, nonce, associated, cipher, wrong, plain, False)
    for bit in (0, 127, 128, 295):
        add(f"bit {bit} of the ciphertext changed", key, nonce, associated, flipped(cipher, bit), tag, plain, False)
    add("a byte of ciphertext missing", key, nonce, associated, cipher[:-1], tag, plain, False)
    add("a zero byte more of ciphertext", key, nonce, associated, cipher + b"\0", tag, plain, False)
    for name, wrong in {"changed": b"Associated", "missing": b"", "longer by a zero": associated + b"\0"}.items():
        add(f"associated data {name}", key, nonce, wrong, cipher, tag, plain, False)
    add("a bit of the nonce changed", key, flipped(nonce, 90), associated, cipher, tag, plain, False)
    add("a bit of the key changed", flipped(key, 5), nonce, associated, cipher, tag, plain, False)
    add("no ciphertext under a tag for some", key, nonce, associated, b"", tag, plain, False)
    return tests


def counters():
    """CTR counts in all 128 bits, as OpenSSL does; GCM in 32."""
    tests = []
    for ones in range(17):
        counter = derived(f"counter/{ones}", 16 - ones) + b"\xff" * ones
        plain = derived(f"ctr/{ones}", 16 * 20 + ones)
        tests.append({"key": derived("key/ctr", 16).hex(), "counter": counter.hex(), "msg": plain.hex(), "ct": ctr(derived("key/ctr", 16), counter, plain).hex()})
    for left in (1, 2, 3, 4, 7, 8, 15, 16, 17):
        counter = (2**128 - left).to_bytes(16, "big")
        plain = derived(f"ctr/left/{left}", 16 * 40 + 5)
        tests.append({"key": derived("key/ctr", 16).hex(), "counter": counter.hex(), "msg": plain.hex(), "ct": ctr(derived("key/ctr", 16), counter, plain).hex()})
    return tests


def text(whole, **lists):
    """JSON with one line for each case."""
    out = json.dumps(whole, indent=1)[:-2]
    for name, tests in lists.items():
        out += f',\n "{name}": [\n' + ",\n".join("  " + json.dumps(test) for test in tests) + "\n ]"
    return out + "\n}\n"


def documents():
    return {
        "sm3_hash.json": text({"algorithm": "SM3", "version": 1, "header": ["GB/T 32905-2016. Written by make_sm3_sm4_cases.py."]}, tests=hashes()),
        "sm4_gcm.json": text(
            {"algorithm": "SM4-GCM, SM4-CTR", "version": 1,
             "header": ["GB/T 32907-2016 with NIST SP 800-38D (tags of 16 bytes) and with a counter of 128 bits. Written by make_sm3_sm4_cases.py."]},
            tests=gcm(), ctr=counters(),
        ),
    }  # fmt: skip


def main():
    status = 0
    for name, made in documents().items():
        if "--check" in sys.argv[1:]:
            same = (FOLDER / name).read_text() == made
            print(f"{int(same)} passed, {int(not same)} failed")
            status |= not same
        else:
            (FOLDER / name).write_text(made)
            print(f"{name}: {made.count(chr(10) + '  {')} cases")
    return status


if __name__ == "__main__":
    sys.exit(main())

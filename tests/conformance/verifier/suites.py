"""docs/specs/encoding.md, suites, keys and addresses."""

import hashlib
from functools import lru_cache

from . import ed25519, sm2
from .errors import Malformed
from .sm3 import sm3

NATIONAL, INTERNATIONAL = 1, 2
HASHES = {NATIONAL: sm3, INTERNATIONAL: lambda data: hashlib.sha256(data).digest()}
ALGORITHMS = {NATIONAL: sm2, INTERNATIONAL: ed25519}
KEY_LENGTHS = {NATIONAL: 65, INTERNATIONAL: 32}
CHARSET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


class Suite:
    """The hash and the signature of one suite."""

    def __init__(self, suite_id):
        self.id, self.hash = suite_id, HASHES[suite_id]

    def tagged(self, tag, data):
        return self.hash(bytes([len(tag)]) + tag.encode("ascii") + data)


@lru_cache(maxsize=1024)
def is_public_key(algorithm, key):
    return ALGORITHMS[algorithm].is_key(key)


def address_of(public_key):
    """Suite and hash are those of the key's algorithm, whose ids are the suites' own."""
    return public_key[:1] + Suite(public_key[0]).tagged("yinglian/address/v1", public_key[1:])[:20]


@lru_cache(maxsize=4096)
def signed(public_key, message, signature):
    """True when the signature is the key's over the message."""
    return ALGORITHMS[public_key[0]].verify(public_key[1:], message, signature)


def polymod(values):
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            if top >> bit & 1:
                check ^= generator
    return check


def address_text(address, prefix="yl"):
    """Bech32m of BIP 350."""
    number, bits = int.from_bytes(address, "big"), 8 * len(address)
    padding = -bits % 5
    number, count = number << padding, (bits + padding) // 5
    values = [number >> 5 * place & 31 for place in reversed(range(count))]
    expanded = [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix]
    check = polymod(expanded + values + [0] * 6) ^ 0x2BC830A3
    values += [check >> 5 * (5 - place) & 31 for place in range(6)]
    return prefix + "1" + "".join(CHARSET[value] for value in values)


def address_bytes(text, prefix="yl"):
    """The 21 bytes of an address in text; refuses any other spelling."""
    values = [CHARSET.find(c) for c in text[len(prefix) + 1:-6]]
    if -1 in values:
        raise Malformed("not an address")
    number = 0
    for value in values:
        number = number << 5 | value
    spare = 5 * len(values) % 8
    address = (number >> spare).to_bytes(len(values) * 5 // 8, "big")
    if address_text(address, prefix) != text:
        raise Malformed("not an address")
    return address

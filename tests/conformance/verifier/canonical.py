"""docs/specs/encoding.md: reads canonical bytes strictly, every deviation is Malformed."""

import re
import struct

from .errors import Malformed
from .suites import KEY_LENGTHS, is_public_key

NAME = re.compile(r"[a-z][a-z0-9_.-]{0,47}")
CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def check(holds, text):
    if not holds:
        raise Malformed(text)


def is_credit_code(text):
    """GB 32100-2015: 17 characters with weights 3^i mod 31, and the one that makes the sum a multiple of 31."""
    if len(text) != 18 or any(c not in CREDIT_ALPHABET for c in text):
        return False
    total = sum(CREDIT_ALPHABET.index(c) * pow(3, place, 31) for place, c in enumerate(text[:17]))
    return CREDIT_ALPHABET[-total % 31] == text[17]


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        check(count <= len(self.data) - self.at, "the bytes end too early")
        self.at += count
        return self.data[self.at - count:self.at]

    def number(self, layout):
        return struct.unpack("<" + layout, self.take(struct.calcsize(layout)))[0]

    def u8(self):
        return self.number("B")

    def u16(self):
        return self.number("H")

    def u32(self):
        return self.number("I")

    def u64(self):
        return self.number("Q")

    def version(self):
        check(self.u8() == 1, "unknown version")

    def hash(self):
        return self.take(32)

    def bytes(self, most):
        count = self.u32()
        check(count <= most, "too long")
        return self.take(count)

    def text(self, most):
        try:
            return self.bytes(most).decode("utf-8")
        except UnicodeDecodeError:
            raise Malformed("not UTF-8") from None

    def name(self):
        text = self.text(48)
        check(NAME.fullmatch(text), "not a name")
        return text

    def credit_code(self):
        text = self.take(18).decode("latin-1")
        check(is_credit_code(text), "not a credit code")
        return text

    def address(self):
        address = self.take(21)
        check(address[0] in KEY_LENGTHS, "unknown suite in an address")
        return address

    def public_key(self):
        algorithm = self.u8()
        check(algorithm in KEY_LENGTHS, "unknown algorithm")
        key = self.take(KEY_LENGTHS[algorithm])
        check(is_public_key(algorithm, key), "not a key")
        return bytes([algorithm]) + key

    def suite(self):
        suite = self.u8()
        check(suite in KEY_LENGTHS, "unknown suite")
        return suite

    def option(self, read):
        some = self.u8()
        check(some in (0, 1), "neither none nor some")
        return read() if some else None

    def list(self, most, read):
        count = self.u32()
        check(count <= most, "too many")
        return [read() for _ in range(count)]

    def end(self):
        check(self.at == len(self.data), "bytes left over")


def whole(data, read):
    """Decodes all of the data."""
    reader = Reader(data)
    value = read(reader)
    reader.end()
    return value

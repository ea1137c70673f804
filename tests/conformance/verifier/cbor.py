"""Deterministic CBOR (RFC 8949 section 4.2.1), as far as receipts and trust files use it: integers, byte strings, arrays, maps."""

from .errors import Malformed

MAJOR_UNSIGNED, MAJOR_NEGATIVE, MAJOR_BYTES, MAJOR_ARRAY, MAJOR_MAP = 0, 1, 2, 4, 5
WIDTHS = {24: 1, 25: 2, 26: 4, 27: 8}


def UNSIGNED(value):
    return isinstance(value, int) and value >= 0


def BYTES(value):
    return isinstance(value, bytes)


def LIST(value):
    return isinstance(value, list)


class Decoder:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        if count > len(self.data) - self.at:
            raise Malformed("the CBOR ends too early")
        self.at += count
        return self.data[self.at - count:self.at]

    def head(self):
        first = self.take(1)[0]
        kind, argument = first >> 5, first & 31
        if argument >= 24:
            width = WIDTHS.get(argument)
            if width is None:
                raise Malformed("indefinite or reserved length")
            argument = int.from_bytes(self.take(width), "big")
            if argument < (24 if width == 1 else 1 << 4 * width):
                raise Malformed("an integer longer than it need be")
        return kind, argument

    def value(self, depth=0):
        kind, argument = self.head()
        if depth > 4 or (kind in (MAJOR_ARRAY, MAJOR_MAP) and argument > len(self.data)):
            raise Malformed("too deep or too many")
        if kind == MAJOR_UNSIGNED:
            return argument
        if kind == MAJOR_NEGATIVE:
            return -1 - argument
        if kind == MAJOR_BYTES:
            return self.take(argument)
        if kind == MAJOR_ARRAY:
            return [self.value(depth + 1) for _ in range(argument)]
        if kind == MAJOR_MAP:
            return self.map(argument, depth)
        raise Malformed("a kind of CBOR that does not occur here")

    def map(self, count, depth):
        found, last = {}, b""
        for _ in range(count):
            start = self.at
            key = self.value(depth + 1)
            encoded = self.data[start:self.at]
            if not isinstance(key, int) or encoded <= last:
                raise Malformed("keys of a map out of order")
            found[key], last = self.value(depth + 1), encoded
        return found


def decode_map(data, shapes, optional=()):
    """The whole of the data as one map with exactly these labels and shapes of values."""
    decoder = Decoder(data)
    found = decoder.value()
    if decoder.at != len(data) or not isinstance(found, dict):
        raise Malformed("not one map")
    for label, is_shaped in shapes.items():
        if label in found and not is_shaped(found[label]):
            raise Malformed("a value of another shape")
        if label not in found and label not in optional:
            raise Malformed("a label is missing")
    if found.keys() - shapes.keys():
        raise Malformed("an unknown label")
    return found

"""Strict verification of Ed25519 signatures (RFC 8032), in extended coordinates."""

import hashlib
from functools import lru_cache

from .multiples import Multiples

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
ROOT = pow(2, (P - 1) // 4, P)
NEUTRAL = (0, 1, 1, 0)


def add(left, right):
    x1, y1, z1, t1 = left
    x2, y2, z2, t2 = right
    a, b = (y1 - x1) * (y2 - x2) % P, (y1 + x1) * (y2 + x2) % P
    c, d = 2 * t1 * t2 * D % P, 2 * z1 * z2 % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def same(left, right):
    return (left[0] * right[2] - right[0] * left[2]) % P == 0 and (left[1] * right[2] - right[1] * left[2]) % P == 0


def point(data):
    """Decodes a point by section 5.1.3, or gives nothing."""
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, number & (1 << 255) - 1
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


def of_small_order(place):
    for _ in range(3):
        place = add(place, place)
    return same(place, NEUTRAL)


@lru_cache(maxsize=64)
def multiples(place):
    return Multiples(place, add, NEUTRAL)


BASE = point((4 * pow(5, -1, P) % P).to_bytes(32, "little"))


def is_key(key):
    place = point(key)
    return len(key) == 32 and place is not None and not of_small_order(place)


def verify(key, message, signature):
    if not is_key(key) or len(signature) != 64:
        return False
    place, r, s = point(key), point(signature[:32]), int.from_bytes(signature[32:], "little")
    if r is None or s >= L or of_small_order(r):
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    return same(multiples(BASE).times(s), add(r, multiples(place).times(k)))

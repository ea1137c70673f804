"""Verification of SM2 signatures with SM3 (GB/T 32918.2-2016), the curve of GB/T 32918.5, in Jacobian coordinates."""

from functools import lru_cache

from .multiples import Multiples
from .sm3 import sm3

P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
A = P - 3
B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
G = (0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
     0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0, 1)
ID = b"1234567812345678"
NEUTRAL = (1, 1, 0)


def double(point):
    x, y, z = point
    if z == 0 or y == 0:
        return NEUTRAL
    square = y * y % P
    s = 4 * x * square % P
    zz = z * z % P
    m = 3 * (x - zz) * (x + zz) % P
    x3 = (m * m - 2 * s) % P
    return x3, (m * (s - x3) - 8 * square * square) % P, 2 * y * z % P


def add(left, right):
    x1, y1, z1 = left
    x2, y2, z2 = right
    if z1 == 0:
        return right
    if z2 == 0:
        return left
    zz1, zz2 = z1 * z1 % P, z2 * z2 % P
    u1, u2 = x1 * zz2 % P, x2 * zz1 % P
    s1, s2 = y1 * zz2 * z2 % P, y2 * zz1 * z1 % P
    if u1 == u2:
        return double(left) if s1 == s2 else NEUTRAL
    h, r = u2 - u1, s2 - s1
    hh = h * h % P
    hhh, v = h * hh % P, u1 * hh % P
    x3 = (r * r - hhh - 2 * v) % P
    return x3, (r * (v - x3) - s1 * hhh) % P, h * z1 * z2 % P


@lru_cache(maxsize=64)
def multiples(point):
    return Multiples(point, add, NEUTRAL)


def point(key):
    """The point of a key `04 ‖ x ‖ y`, or nothing when there is none on the curve."""
    if len(key) != 65 or key[0] != 4:
        return None
    x, y = int.from_bytes(key[1:33], "big"), int.from_bytes(key[33:], "big")
    if x >= P or y >= P or (y * y - (x * x + A) * x - B) % P:
        return None
    return x, y, 1


def is_key(key):
    return point(key) is not None


def identity_hash(key):
    """Z: the signer's ID, the curve and the key in one hash."""
    numbers = b"".join(number.to_bytes(32, "big") for number in (A, B, G[0], G[1]))
    return sm3((8 * len(ID)).to_bytes(2, "big") + ID + numbers + key[1:])


def digest(key, message):
    return int.from_bytes(sm3(identity_hash(key) + message), "big")


def verify(key, message, signature):
    return is_key(key) and verify_digest(key, digest(key, message), signature)


def verify_digest(key, e, signature):
    """The same over e, the hash of Z and the message as a number."""
    place = point(key)
    if len(signature) != 64:
        return False
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    t = (r + s) % N
    if not (0 < r < N and 0 < s < N and t):
        return False
    x, _, z = add(multiples(G).times(s), multiples(place).times(t))
    return z != 0 and (e + x * pow(z, -2, P) % P) % N == r

#!/usr/bin/env python3
"""Writes sm2_verify.json: cases at the edges of SM2 verification, in the style of Wycheproof, which has none for SM2.

Comes in: nothing; every number is derived from a label, so that the same program writes the same file. Goes out: the
file, or with --check exit 1 when the file is not what the program would write. Each verdict is stated where the case is
made and held against the plain verification in sm2_plain.py. Never: a call of the code that is tested with the cases.
"""

import json
import pathlib
import sys

from sm2_collisions import collisions
from sm2_plain import (
    A, B, G, IDENTITY, IDENTITY_MAX, N, P,
    add, decode, der_integer, der_signature, encode, lift, message_digest, multiply, negate, on_curve, parse_der, sign, sm3,
    to_bytes, verify, z_value,
)  # fmt: skip

FILE = pathlib.Path(__file__).with_name("sm2_verify.json")
MESSAGE = b"message digest"
STANDARD_KEY = 0x3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8
# The largest number of 32 bytes.
FULL = 2**256 - 1

FLAGS = {
    "Valid": "An ordinary signature.",
    "Standard": "The example of GB/T 32918.5-2017, A.2.",
    "RangeR": "r is not in 1..n-1 (GB/T 32918.2, 7.1 B1). Where the equation still holds modulo n, acceptance means that the range is not checked.",
    "RangeS": "s is not in 1..n-1 (7.1 B2); likewise.",
    "ZeroT": "r + s = n, so t = 0 (7.1 B5).",
    "LeadingZeros": "r or s begins with zero bytes: the encoding is 32 bytes all the same.",
    "XAboveN": "x1 is at least n: (e + x1) mod n needs x1 - n, and a comparison of x1 with r - e must try r - e + n.",
    "XCandidate": "r - e + n is at or above p, or is no x1: a verifier that compares candidates for x1 must not take it modulo p.",
    "Infinity": "s*G + t*P is the point at infinity, which has no x1.",
    "SpecialSum": "s, t or the key are such that the sum meets equal or opposite points, or empty windows, on its way.",
    "SmallMultipleKey": "The public key is a small multiple of G, or its negative.",
    "SpecialDigest": "The digest is 0, n or another border: it is reduced modulo n, never refused.",
    "WrongIdentity": "Signed under another identity.",
    "WrongZ": "ZA was computed in another way than GB/T 32918.2, 5.5.",
    "LongIdentity": "ENTL counts bits in two bytes: 8191 bytes are the longest identity; a longer one must be refused, not taken modulo 2^16.",
    "Message": "Lengths around the blocks of SM3.",
    "Modified": "A bit of a good signature, message or key was changed.",
    "Algebra": "Another combination of r, s and n, as other schemes accept or a careless formula would.",
    "Length": "A raw signature of another length than 64 bytes.",
    "KeyLeadingZeros": "A coordinate of the key begins with zero bytes.",
    "KeyOffCurve": "The key is not a point of the curve.",
    "KeyNotCanonical": "A coordinate of the key is p or more.",
    "KeyEncoding": "The key has another length or another first byte.",
    "CompressedKey": "The key in 33 bytes, for verifiers that take them; others refuse it and skip the case.",
    "CompactKey": "x after 05, the compact form of an expired draft; neither SEC 1 nor GB/T 32918.1 knows it.",
    "RawKey": "The key as x and y in 64 bytes, for verifiers that take it; others refuse it and skip the case.",
    "Der": "The signature in DER, as certificates and seals hold it.",
    "DerInvalid": "BER or broken encodings of a signature that would be good in DER.",
}


def number(label, below=N):
    """A number from 1 to below - 1, the same for the same label."""
    wide = sm3(label.encode() + b"/0") + sm3(label.encode() + b"/1")
    return int.from_bytes(wide, "big") % (below - 1) + 1


def raw(r, s):
    return to_bytes(r) + to_bytes(s)


class Group:
    """The cases of one key under one identity."""

    def __init__(self, key, identity=IDENTITY):
        self.key, self.identity, self.tests = key, identity, []
        self.point = decode(key)

    def case(self, comment, valid, *flags, message=None, digest=None, r=None, s=None, sig=None, der=None):
        """Adds a case; the plain verification must come to the same verdict."""
        assert all(flag in FLAGS for flag in flags), flags
        if r is not None:
            sig = raw(r, s)
        if message is None and digest is None:
            message = MESSAGE
        assert self.verdict(message, digest, sig, der) == valid, comment
        test = {"comment": comment}
        test |= {"digest": digest.hex()} if digest is not None else {"msg": message.hex()}
        test |= {"sig": sig.hex()} if sig is not None else {}
        test |= {"sigDer": der.hex()} if der is not None else {}
        self.tests.append(test | {"result": "valid" if valid else "invalid", "flags": list(flags)})

    def verdict(self, message, digest, sig, der):
        if self.point is None or digest is None and len(self.identity) > IDENTITY_MAX:
            return False
        digest = digest or message_digest(self.identity, self.point, message)
        verdicts = []
        if sig is not None:
            numbers = int.from_bytes(sig[:32], "big"), int.from_bytes(sig[32:], "big")
            verdicts.append(len(sig) == 64 and verify(self.point, digest, *numbers))
        if der is not None:
            numbers = parse_der(der)
            verdicts.append(numbers is not None and verify(self.point, digest, *numbers))
        assert len(set(verdicts)) == 1, "raw and DER differ"
        return verdicts[0]

    def json(self, first):
        tests = [{"tcId": first + index} | test for index, test in enumerate(self.tests)]
        return {"type": "Sm2Verify", "publicKey": self.key.hex(), "identity": self.identity.hex(), "tests": tests}


def keyed(d, identity=IDENTITY):
    """The group of a key whose private half is known."""
    group = Group(encode(multiply(d, G)), identity)
    group.d = d
    return group


def signed(group, message=MESSAGE, label="k", identity=None):
    """A good signature by the group's key."""
    digest = message_digest(group.identity if identity is None else identity, group.point, message)
    return sign(group.d, digest, number(f"nonce/{label}/{group.key.hex()}"))


def combined(s, t, d):
    """The digest and the r for which s*G + t*(d*G) decides; None when the sum is infinity or r is 0."""
    r, point = (t - s) % N, multiply(s + t * d, G)
    return None if point is None or r == 0 else (to_bytes((r - point[0]) % N), r)


def key_for(point, s, t):
    """The key P with s*G + t*P = point."""
    return multiply(pow(t, -1, N), add(point, negate(multiply(s, G))))


def standard():
    group = keyed(STANDARD_KEY)
    k = 0x59276E27D506861A16680F3AD9C02DCCEF3CC1FA3CDBE4CE6D54B80DEAC1BC21
    r, s = sign(group.d, message_digest(IDENTITY, group.point, MESSAGE), k)
    group.case("GB/T 32918.5 A.2", True, "Standard", r=r, s=s, der=der_signature(r, s))
    return group


def messages():
    group = keyed(number("messages"))
    for length in (0, 1, 22, 23, 24, 31, 32, 33, 55, 56, 63, 64, 65, 119, 128, 1000, 10000):
        message = bytes((7 * i + length) % 256 for i in range(length))
        r, s = signed(group, message)
        group.case(f"message of {length} bytes", True, "Valid", "Message", message=message, r=r, s=s)
        if length:
            group.case(f"message of {length} bytes, last byte missing", False, "Message", message=message[:-1], r=r, s=s)
        group.case(f"message of {length} bytes, a zero byte after it", False, "Message", message=message + b"\0", r=r, s=s)
    return group


def ranges():
    """Every border value in every place; then borders for which the equation holds modulo n."""
    group = keyed(number("ranges"))
    r, s = signed(group)
    borders = {"0": 0, "1": 1, "n-1": N - 1, "n": N, "n+1": N + 1, "p": P, "2^256-1": FULL}
    outside = lambda value: not 1 <= value < N
    for name_r, value_r in (borders | {"r": r}).items():
        for name_s, value_s in (borders | {"s": s}).items():
            if (name_r, name_s) == ("r", "s"):
                continue
            flags = ["RangeR"] * outside(value_r) + ["RangeS"] * outside(value_s)
            flags += ["ZeroT"] * ((value_r + value_s) % N == 0 and not flags)
            group.case(f"r = {name_r}, s = {name_s}", False, *(flags or ["Modified"]), r=value_r, s=value_s)
    small = 12345
    for name, value_r, value_s in (("r", small, number("s")), ("s", number("r"), small), ("r and s", small, small + 1)):
        digest, found = combined(value_s, (value_r + value_s) % N, group.d)
        assert found == value_r
        group.case(f"small {name}", True, "Valid", "LeadingZeros", digest=digest, r=value_r, s=value_s)
        if value_r == small:
            group.case(f"small {name}: r + n", False, "RangeR", digest=digest, r=value_r + N, s=value_s)
        if value_s != number("s"):
            group.case(f"small {name}: s + n", False, "RangeS", digest=digest, r=value_r, s=value_s + N)
    for bits in (8, 16, 64, 128, 192, 248):
        for place in ("r", "s"):
            value_r, value_s = number(f"{bits}r", 2**bits if place == "r" else N), number(f"{bits}s", 2**bits if place == "s" else N)
            digest, _ = combined(value_s, (value_r + value_s) % N, group.d)
            group.case(f"{place} of at most {bits} bits", True, "Valid", "LeadingZeros", digest=digest, r=value_r, s=value_s)
    for name, value_r, value_s in (("r = 1", 1, 5), ("s = 1", 5, 1), ("r = n-1", N - 1, 5), ("s = n-1", 5, N - 1),
                                   ("r = s = 1", 1, 1), ("r = s = n-1", N - 1, N - 1)):  # fmt: skip
        digest, _ = combined(value_s, (value_r + value_s) % N, group.d)
        group.case(f"{name} and the equation holds", True, "Valid", "SpecialSum", digest=digest, r=value_r, s=value_s)
    return group


def hollow():
    """Signatures that fulfil the equation but not the ranges, with the private key's help."""
    group = keyed(number("hollow"))
    for label in ("a", "b", "c"):
        s = number(f"hollow/{label}")
        point = multiply(s + s * group.d, G)
        digest = to_bytes(-point[0] % N)
        for value in (0, N):
            group.case(f"r = {'n' if value else 0}, and x1 + e = 0 modulo n", False, "RangeR", digest=digest, r=value, s=s)
        r = number(f"hollow/r/{label}")
        digest = to_bytes((r - multiply(r * group.d, G)[0]) % N)
        for value in (0, N):
            group.case(f"s = {'n' if value else 0}, and r*P has the x1", False, "RangeS", digest=digest, r=r, s=value)
        r = N - s
        digest = to_bytes((r - multiply(s, G)[0]) % N)
        group.case("r + s = n, and s*G has the x1", False, "ZeroT", digest=digest, r=r, s=s)
        group.case("r + s = n with a message", False, "ZeroT", r=r, s=s)
    group.case("r = s = n", False, "RangeR", "RangeS", r=N, s=N)
    group.case("r = s = 0 and e = 0", False, "RangeR", "RangeS", digest=bytes(32), r=0, s=0)
    return group


def infinity():
    """s*G + t*P is infinity; a verifier that reads 0 as its x1 accepts r = e."""
    groups = []
    for name, d in (("a usual key", number("infinity")), ("P = G", 1), ("P = 2G", 2), ("P = -2G", N - 2)):
        group = keyed(d)
        for index in range(3):
            message = MESSAGE + bytes([index])
            r = int.from_bytes(message_digest(IDENTITY, group.point, message), "big") % N
            s = -r * d * pow(1 + d, -1, N) % N
            group.case(f"R is infinity and r = e, {name}", False, "Infinity", message=message, r=r, s=s)
            r, s = (r + 1) % N, -(r + 1) * d * pow(1 + d, -1, N) % N
            group.case(f"R is infinity, {name}", False, "Infinity", message=message, r=r, s=s)
        r, s = signed(group)
        group.case(f"a good signature, {name}", True, "Valid", r=r, s=s)
        groups.append(group)
    # P = -G has no private key to sign with (1 + d = 0): s*G + t*P = -r*G for every s.
    group = keyed(N - 1)
    for label in ("a", "b"):
        r, s = number(f"minus/{label}"), number(f"minus/s/{label}")
        digest = to_bytes((r - multiply(-r, G)[0]) % N)
        group.case("P = -G: R = -r*G whatever s is", True, "SmallMultipleKey", digest=digest, r=r, s=s)
        group.case("P = -G: another s is as good", True, "SmallMultipleKey", digest=digest, r=r, s=(s + 1) % N)
        group.case("P = -G: another r is not", False, "SmallMultipleKey", digest=digest, r=(r + 1) % N, s=s)
        group.case("P = -G, t = 0: R = s*G = -r*G", False, "ZeroT", digest=digest, r=r, s=N - r)
    return [*groups, group]


def sums():
    """Equal and opposite points, doublings and empty windows on the way to R."""
    keys = {
        "P = G": 1, "P = -G": N - 1, "P = 2G": 2, "P = -2G": N - 2, "P = 3G": 3, "P = 7G": 7, "P = 16G": 16,
        "P = G/2": (N + 1) // 2, "P = 2^32 G": 2**32, "P = 2^64 G": 2**64, "P = -2^128 G": N - 2**128,
        "P = 2^255 G": 2**255 % N, "a usual key": number("sums"),
    }  # fmt: skip
    values = {
        "1": 1, "2": 2, "3": 3, "15": 15, "16": 16, "17": 17, "127": 127, "128": 128, "255": 255, "256": 256, "2^32": 2**32,
        "2^63": 2**63, "2^64": 2**64, "2^128": 2**128, "2^128-1": 2**128 - 1, "2^192": 2**192, "2^252": 2**252,
        "2^255": 2**255 % N, "n-1": N - 1, "n-2": N - 2, "n-16": N - 16, "n-6": N - 6, "n-70": N - 70, "(n-1)/2": (N - 1) // 2, "(n+1)/2": (N + 1) // 2,
        "0x55..": int("55" * 32, 16), "0x80..": int("80" * 32, 16), "0x7f..": int("7f" * 32, 16),
        "0x0f..": int("0f" * 32, 16), "0x00ff..": int("00ff" * 16, 16),
    }  # fmt: skip
    groups = []
    for place, (key, d) in enumerate(keys.items()):
        group = keyed(d)
        for index, (name_s, s) in enumerate(values.items()):
            for step in (1 + place, 9 + place):
                name_t, t = list(values.items())[(index + step) % len(values)]
                sum_case(group, f"{key}, s = {name_s}, t = {name_t}", s, t)
        for label, factor in (("s*G = t*P", 1), ("s*G = -t*P", -1), ("s*G = 2t*P", 2), ("2s*G = t*P", pow(2, -1, N))):
            t = number(f"equal/{key}")
            sum_case(group, f"{key}, {label}", factor * t * d % N, t)
        groups.append(group)
    return groups


def collided():
    """The same for the ways of adding table entries, at chosen places of the sum."""
    groups = []
    for comment, s, t, d in collisions(number):
        group = keyed(d)
        sum_case(group, comment, s, t)
        groups.append(group)
    return groups


def sum_case(group, comment, s, t):
    """A good signature when s*G + t*P is a point, a bad one when it is infinity; none when r would be 0."""
    if (s - t) % N == 0:
        return
    flags = ["SpecialSum"] + ["SmallMultipleKey"] * (group.d < 2**9 or N - group.d < 2**9)
    made = combined(s, t, group.d)
    if made is None:
        r = (t - s) % N
        group.case(comment + ": infinity, r = e", False, *flags, "Infinity", digest=to_bytes(r), r=r, s=s)
    else:
        digest, r = made
        group.case(comment, True, *flags, digest=digest, r=r, s=s)


def x_above_n():
    """x1 from n to p-1 happens once in 2^128 signatures by chance, so the key is made to fit."""
    starts = {"n": N, "n + 2^64": N + 2**64, "n + 2^126": N + 2**126, "the middle": (N + P) // 2}
    points = {f"x1 = {name} or the next": next(filter(None, map(lift, range(x, P)))) for name, x in starts.items()}
    points["x1 = p - 1 or the one before"] = next(filter(None, map(lift, range(P - 1, N, -1))))
    groups = []
    for name, point in points.items():
        assert N <= point[0] < P
        s, t = number(f"above/s/{name}"), number(f"above/t/{name}")
        group, r = Group(encode(key_for(point, s, t))), (t - s) % N
        good = to_bytes((r - point[0]) % N)
        group.case(f"{name}", True, "XAboveN", digest=good, r=r, s=s)
        for step in (1, N - 1):
            group.case(f"{name}, r off by one", False, "XAboveN", digest=good, r=(r + step) % N, s=s)
        group.case(f"{name}, e + x1 = r modulo 2^256: a lost carry", False, "XAboveN", digest=to_bytes((r - point[0]) % 2**256), r=r, s=s)
        group.case(f"{name}, digest for x1 + n modulo p", False, "XCandidate", digest=to_bytes((r - (point[0] + N) % P) % N), r=r, s=s)
        group.case(f"{name}, digest for x1 - p modulo n", False, "XCandidate", digest=to_bytes((r - point[0] + P) % N), r=r, s=s)
        groups.append(group)
    return groups


def x_candidates():
    """r - e is small, or so large that r - e + n leaves the field: the second candidate must be neither missed nor folded."""
    gap = P - N
    small = {"0": 0, "1": 1, "2^126": 2**126, "the last below p - n": gap - 1}
    large = {"p - n": gap, "2^200": 2**200, "n - 1": N - 1}
    groups = []
    for name, x in small.items():
        point = next(filter(None, map(lift, range(x, x + 1000) if x < gap - 1 else range(x, 0, -1))))
        assert point[0] < gap
        s, t = number(f"candidate/s/{name}"), number(f"candidate/t/{name}")
        group, r = Group(encode(key_for(point, s, t))), (t - s) % N
        digest = to_bytes((r - point[0]) % N)
        group.case(f"x1 = {name} or near it", True, "XCandidate", digest=digest, r=r, s=s)
        group.case(f"x1 = {name} or near it, r + 1", False, "XCandidate", digest=digest, r=(r + 1) % N, s=s)
        groups.append(group)
    for name, v in large.items():
        # The point has the x that r - e + n leaves when it is taken modulo p.
        while (point := lift((v + N) % P)) is None or v >= N:
            v = v - 1 if name == "n - 1" else v + 1
        s, t = number(f"candidate/s/{name}"), number(f"candidate/t/{name}")
        group, r = Group(encode(key_for(point, s, t))), (t - s) % N
        group.case(f"r - e = {name} or near it, x1 = r - e + n - p", False, "XCandidate", digest=to_bytes((r - v) % N), r=r, s=s)
        group.case(f"the same point, x1 = {name} + n - p, with its own digest", True, "XCandidate", digest=to_bytes((r - point[0]) % N), r=r, s=s)
        groups.append(group)
    return groups


def digests():
    """Digests at the borders; found with the private key, since no message has them."""
    group = keyed(number("digests"))
    for name, e in {"0": 0, "1": 1, "n-1": N - 1, "n": N, "n+1": N + 1, "p": P, "2^256-1": FULL, "2^255": 2**255}.items():
        r, s = sign(group.d, to_bytes(e), number(f"digest/{name}"))
        group.case(f"digest {name}", True, "SpecialDigest", digest=to_bytes(e), r=r, s=s)
        group.case(f"digest {name}, s + 1", False, "SpecialDigest", digest=to_bytes(e), r=r, s=(s + 1) % N)
        if e + N <= FULL:
            group.case(f"digest {name} + n is the same modulo n", True, "SpecialDigest", digest=to_bytes(e + N), r=r, s=s)
    return group


def identities():
    groups = []
    d = number("identities")
    other = {"empty": b"", "one byte": b"A", "usual": IDENTITY, "GM/T example": b"ALICE123@YAHOO.COM", "with a zero byte": b"1234567812345678\0",
             "not UTF-8": bytes(range(0xF0, 0x100)), "Chinese": "鹰链".encode(), "64 bytes": b"a" * 64,
             "8191 bytes": b"i" * IDENTITY_MAX}  # fmt: skip
    for name, identity in other.items():
        group = keyed(d, identity)
        r, s = signed(group)
        group.case(f"identity {name}", True, "Valid", *(["LongIdentity"] * (len(identity) > 1000)), r=r, s=s)
        for wrong_name, wrong in other.items():
            if wrong != identity and len(wrong) < 100 and len(identity) < 100:
                r, s = signed(group, identity=wrong)
                group.case(f"identity {name}, signed as {wrong_name}", False, "WrongIdentity", r=r, s=s)
        groups.append(group)
    group = keyed(d, b"i" * (IDENTITY_MAX + 1))
    r, s = sign(d, sm3(sm3(bytes(2) + group.identity + b"".join(map(to_bytes, (A, B, *G, *group.point)))) + MESSAGE), number("too long"))
    group.case("identity of 8192 bytes, ENTL modulo 2^16", False, "LongIdentity", r=r, s=s)
    return [*groups, group]


def wrong_z():
    group = keyed(number("wrong z"))
    x, y = group.point
    parts = lambda *numbers: b"".join(map(to_bytes, numbers))
    entl, tail = (8 * len(IDENTITY)).to_bytes(2, "big"), parts(A, B, *G, x, y)
    stranger = multiply(number("stranger"), G)
    ways = {
        "no ZA": sm3(MESSAGE),
        "ZA after the message": sm3(MESSAGE + z_value(IDENTITY, group.point)),
        "ZA in hexadecimal": sm3(z_value(IDENTITY, group.point).hex().encode() + MESSAGE),
        "ENTL in bytes": sm3(sm3((16).to_bytes(2, "big") + IDENTITY + tail) + MESSAGE),
        "ENTL little-endian": sm3(sm3((128).to_bytes(2, "little") + IDENTITY + tail) + MESSAGE),
        "ENTL of four bytes": sm3(sm3((128).to_bytes(4, "big") + IDENTITY + tail) + MESSAGE),
        "no ENTL": sm3(sm3(IDENTITY + tail) + MESSAGE),
        "no curve": sm3(sm3(entl + IDENTITY + parts(x, y)) + MESSAGE),
        "no base point": sm3(sm3(entl + IDENTITY + parts(A, B, x, y)) + MESSAGE),
        "a = 3": sm3(sm3(entl + IDENTITY + parts(3, B, *G, x, y)) + MESSAGE),
        "x and y exchanged": sm3(sm3(entl + IDENTITY + parts(A, B, *G, y, x)) + MESSAGE),
        "y negated": sm3(sm3(entl + IDENTITY + parts(A, B, *G, x, P - y)) + MESSAGE),
        "the encoding's first byte kept": sm3(sm3(entl + IDENTITY + parts(A, B, *G) + encode(group.point)) + MESSAGE),
        "compressed key": sm3(sm3(entl + IDENTITY + parts(A, B, *G) + bytes([2 + y % 2]) + to_bytes(x)) + MESSAGE),
        "another key": message_digest(IDENTITY, stranger, MESSAGE),
        "digest of the digest": sm3(message_digest(IDENTITY, group.point, MESSAGE)),
        "message in hexadecimal": message_digest(IDENTITY, group.point, MESSAGE.hex().encode()),
        "digest reversed": message_digest(IDENTITY, group.point, MESSAGE)[::-1],
    }
    for name, digest in ways.items():
        r, s = sign(group.d, digest, number(f"wrong z/{name}"))
        group.case(name, False, "WrongZ", r=r, s=s)
    return group


def modified():
    group = keyed(number("modified"))
    r, s = signed(group)
    good = raw(r, s)
    group.case("as it was signed", True, "Valid", sig=good, der=der_signature(r, s))
    for bit in (0, 1, 7, 8, 31, 63, 64, 127, 128, 191, 192, 224, 248, 255, 256, 257, 263, 319, 320, 383, 384, 447, 448, 480, 504, 511):
        changed = bytearray(good)
        changed[bit // 8] ^= 0x80 >> bit % 8
        group.case(f"bit {bit} of the signature changed", False, "Modified", sig=bytes(changed))
    for bit in (0, 7, 50, 111):
        changed = bytearray(MESSAGE)
        changed[bit // 8] ^= 0x80 >> bit % 8
        group.case(f"bit {bit} of the message changed", False, "Modified", message=bytes(changed), sig=good)
    algebra = {
        "s negated": (r, N - s), "r negated": (N - r, s), "both negated": (N - r, N - s), "exchanged": (s, r),
        "s inverted": (r, pow(s, -1, N)), "r inverted": (pow(r, -1, N), s), "r + 1, s - 1": (r + 1, s - 1), "r - 1, s + 1": (r - 1, s + 1),
        "t in place of s": (r, (r + s) % N), "t in place of r": ((r + s) % N, s), "s + r twice": (r, (s + 2 * r) % N),
        "both doubled": (2 * r % N, 2 * s % N), "p - r": ((P - r) % N, s), "2^256 - s": (r, (2**256 - s) % N),
        "bytes of r reversed": (int.from_bytes(to_bytes(r), "little") % N, s),
        "bytes of s reversed": (r, int.from_bytes(to_bytes(s), "little") % N),
        "r = e": (int.from_bytes(message_digest(IDENTITY, group.point, MESSAGE), "big") % N, s),
    }  # fmt: skip
    for name, (value_r, value_s) in algebra.items():
        group.case(name, False, "Algebra", r=value_r, s=value_s)
    k, e = number("ecdsa"), int.from_bytes(message_digest(IDENTITY, group.point, MESSAGE), "big")
    x = multiply(k, G)[0] % N
    group.case("an ECDSA signature", False, "Algebra", r=x, s=pow(k, -1, N) * (e + x * group.d) % N)
    group.case("an SM2 signature without e in r", False, "Algebra", r=x, s=pow(1 + group.d, -1, N) * (k - x * group.d) % N)
    rr = (e + x) % N
    group.case("1 + d not inverted", False, "Algebra", r=rr, s=(1 + group.d) * (k - rr * group.d) % N)
    group.case("y1 in place of x1", False, "Algebra", r=(e + multiply(k, G)[1]) % N, s=pow(1 + group.d, -1, N) * (k - (e + multiply(k, G)[1]) * group.d) % N)
    lengths = {"empty": b"", "one byte": good[:1], "r only": good[:32], "63 bytes": good[:63], "first byte missing": good[1:],
               "a zero byte after it": good + b"\0", "a zero byte before it": b"\0" + good, "v as 65th byte": good + b"\x1b",
               "recovery byte before it": b"\x1b" + good, "96 bytes": good + good[:32], "twice": good + good, "64 zeros after it": good + bytes(64),
               "in hexadecimal": good.hex().encode(), "in DER": der_signature(r, s), "33 and 32 bytes": b"\0" + good[:32] + good[32:]}  # fmt: skip
    for name, sig in lengths.items():
        group.case(name, False, "Length", sig=sig)
    return group


def small_coordinate():
    """Points whose x or y fits into 224 bits less, with the coordinate that has them."""
    found = {"x": next(filter(None, map(lift, range(1, 1000))))}
    # With a = -3, x = u + 1/u turns the curve's equation into u^3 + u^-3 = y^2 - b.
    assert P % 3 == 2
    for y in range(1, 10000):
        c = (y * y - B) % P
        root = pow(c * c - 4, (P + 1) // 4, P)
        z = (c + root) * pow(2, -1, P) % P
        if root * root % P == (c * c - 4) % P:
            u = pow(z, (2 * P - 1) // 3, P)
            x = (u + pow(u, -1, P)) % P
            if on_curve(x, y):
                found["y"] = (x, y)
                break
    return found


def keys():
    """Keys that are points, near to points, or differently written points."""
    groups = []
    for name, point in small_coordinate().items():
        for sign_name, key in (("", point), (", negated", negate(point))):
            s, t = number(f"small/s/{name}"), number(f"small/t/{name}")
            total, r = add(multiply(s, G), multiply(t, key)), (t - s) % N
            digest = to_bytes((r - total[0]) % N)
            group = Group(encode(key))
            group.case(f"key with a small {name}{sign_name}", True, "KeyLeadingZeros", digest=digest, r=r, s=s)
            group.case(f"key with a small {name}{sign_name}, s + 1", False, "KeyLeadingZeros", digest=digest, r=r, s=s + 1)
            groups.append(group)
        x, y = (point[0] + P, point[1]) if name == "x" else (point[0], point[1] + P)
        group = Group(b"\x04" + to_bytes(x) + to_bytes(y))
        s, t = number(f"small/s/{name}"), number(f"small/t/{name}")
        digest = to_bytes((t - s - add(multiply(s, G), multiply(t, point))[0]) % N)
        group.case(f"key with {name} + p", False, "KeyNotCanonical", digest=digest, r=(t - s) % N, s=s)
        groups.append(group)
    groups += searched_keys()
    d = number("keys")
    x, y = multiply(d, G)
    good = encode((x, y))
    r, s = signed(keyed(d))
    flipped = bytearray(good)
    flipped[40] ^= 1
    odd = bytes([2 + y % 2]) + to_bytes(x)
    variants = [
        ("y + 1", "KeyOffCurve", encode((x, y + 1))), ("x and y exchanged", "KeyOffCurve", encode((y, x))),
        ("y = 0", "KeyOffCurve", encode((x, 0))), ("x = 0", "KeyOffCurve", encode((0, y))), ("0, 0", "KeyOffCurve", encode((0, 0))),
        ("one bit of y changed", "KeyOffCurve", bytes(flipped)), ("a point of the curve with b + 1", "KeyOffCurve", encode(other_curve(1))),
        ("a point of the curve with b = 0", "KeyOffCurve", encode(other_curve(-B))), ("the generator of P-256", "KeyOffCurve", P256),
        ("x = p", "KeyNotCanonical", encode((P, y))), ("y = p", "KeyNotCanonical", encode((x, P))), ("all ones", "KeyNotCanonical", b"\x04" + b"\xff" * 64),
        ("infinity, one byte", "KeyEncoding", b"\0"), ("infinity, 65 bytes", "KeyEncoding", bytes(65)), ("empty", "KeyEncoding", b""),
        ("last byte missing", "KeyEncoding", good[:-1]), ("a byte more", "KeyEncoding", good + b"\0"),
        ("first byte 5", "KeyEncoding", b"\x05" + good[1:]), ("first byte 0", "KeyEncoding", b"\0" + good[1:]), ("first byte 2, 65 bytes", "KeyEncoding", b"\x02" + good[1:]),
        ("hybrid", "KeyEncoding", bytes([6 + y % 2]) + good[1:]), ("hybrid of the other parity", "KeyEncoding", bytes([7 - y % 2]) + good[1:]),
        ("x only", "KeyEncoding", good[1:33]), ("compressed with first byte 4", "KeyEncoding", b"\x04" + good[1:33]),
    ]  # fmt: skip
    for name, flag, key in variants:
        group = Group(key)
        group.case(f"key: {name}", False, flag, r=r, s=s)
        groups.append(group)
    group = Group(encode((x, P - y)))
    group.case("key negated", False, "Modified", r=r, s=s)
    groups.append(group)
    for name, key, valid in (("", odd, True), (", of the other parity", bytes([5 - odd[0]]) + odd[1:], False)):
        group = Group(key)
        group.case("compressed key" + name, valid, "CompressedKey", r=r, s=s)
        groups.append(group)
    group = Group(good[1:])
    group.case("key without its first byte", True, "RawKey", r=r, s=s)
    groups.append(group)
    for name, x in (("whose x is no point's", next(x for x in range(1, 100) if lift(x) is None)), ("whose x is p", P)):
        group = Group(b"\x02" + to_bytes(x))
        group.case(f"compressed key {name}", False, "CompressedKey", "KeyOffCurve", r=r, s=s)
        groups.append(group)
    # Who takes the compact form takes one of the two points with this x.
    for name, d in (("", d), (" of the opposite key", N - d)):
        group, (r, s) = Group(b"\x05" + good[1:33]), signed(keyed(d))
        group.case("compact key" + name, False, "CompactKey", r=r, s=s)
        groups.append(group)
    return groups


def searched_keys():
    """Keys with one zero byte before x, before y; their private halves are small enough to be found again."""
    groups = []
    d, point = 1000, multiply(1000, G)
    wanted = {"x": 0, "y": 1}
    while wanted:
        d, point = d + 1, add(point, G)
        for name in [name for name, place in wanted.items() if point[place] >> 248 == 0]:
            del wanted[name]
            group = keyed(d)
            r, s = signed(group)
            group.case(f"{name} of the key begins with a zero byte", True, "KeyLeadingZeros", r=r, s=s)
            group.case(f"{name} of the key begins with a zero byte, s - 1", False, "KeyLeadingZeros", r=r, s=s - 1)
            groups.append(group)
    return groups


P256 = bytes.fromhex("046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5")


def other_curve(difference):
    """A point of the curve whose b is larger by `difference`."""
    for x in range(2, 100):
        square = (x * x * x + A * x + B + difference) % P
        y = pow(square, (P + 1) // 4, P)
        if y * y % P == square:
            return x, y
    raise AssertionError


def integer(body, tag=2):
    """An element with its length in the short form, whatever the body is."""
    return bytes([tag, len(body)]) + body


def ders():
    group = keyed(number("der"))
    r, s = signed(group)
    ir, i_s = der_integer(r), der_integer(s)
    seq = lambda body, tag=0x30: bytes([tag, len(body)]) + body
    good = seq(ir + i_s)
    assert good == der_signature(r, s)
    group.case("DER", True, "Valid", "Der", der=good, r=r, s=s)
    for bits in (7, 8, 15, 16, 120, 127, 128, 247, 248, 255):
        small_r, small_s = 2**bits - 1, 2 ** (bits + 1) - 1 - (bits % 3)
        small_s %= N
        digest, _ = combined(small_s, (small_r + small_s) % N, group.d)
        group.case(f"DER, r of {bits} bits, s of {small_s.bit_length()} bits", True, "Der", "LeadingZeros", digest=digest, r=small_r, s=small_s, der=der_signature(small_r, small_s))
    positive = lambda value: integer(to_bytes(value))
    high = max((v for v in (r, s)), key=lambda v: v >> 255)
    assert high >> 255, "one of r and s must have its first bit set for the cases of negative numbers"
    bad = {
        "length in the long form": b"\x30\x81" + bytes([len(good) - 2]) + good[2:],
        "length in the long form with a zero": b"\x30\x82\x00" + bytes([len(good) - 2]) + good[2:],
        "indefinite length": b"\x30\x80" + good[2:] + b"\0\0",
        "indefinite length without an end": b"\x30\x80" + good[2:],
        "length of r in the long form": seq(b"\x02\x81" + ir[1:] + i_s), "length of s in the long form": seq(ir + b"\x02\x81" + i_s[1:]),
        "r with a zero more": seq(integer(b"\0" + ir[2:]) + i_s), "s with a zero more": seq(ir + integer(b"\0" + i_s[2:])),
        "r with three zeros more": seq(integer(bytes(3) + ir[2:]) + i_s),
        "r and s as 32 bytes, a first bit set": seq(positive(r) + positive(s)),
        "r negative": seq(integer((2**264 - r).to_bytes(33, "big")) + i_s), "s negative": seq(ir + integer((2**264 - s).to_bytes(33, "big"))),
        "r negative, padded with ff": seq(integer(b"\xff" + to_bytes(r)) + i_s),
        "r = 0": seq(integer(b"\0") + i_s), "s = 0": seq(ir + integer(b"\0")), "r empty": seq(integer(b"") + i_s), "s empty": seq(ir + integer(b"")),
        "r + n": seq(der_integer(r + N) + i_s), "s + n": seq(ir + der_integer(s + N)), "r + 2^256": seq(der_integer(r + 2**256) + i_s),
        "s + n * 2^256": seq(ir + der_integer(s + (N << 256))), "r = n": seq(der_integer(N) + i_s), "s = n": seq(ir + der_integer(N)),
        "a byte after it": good + b"\0", "a byte after it, counted": seq(ir + i_s + b"\0"), "NULL after s": seq(ir + i_s + b"\x05\0"), "twice": good + good,
        "a third number": seq(ir + i_s + integer(b"\x01")), "r twice, s missing": seq(ir + ir), "s missing": seq(ir), "r missing": seq(i_s), "no numbers": seq(b""),
        "nothing": b"", "tag only": b"\x30", "zero byte": b"\0", "SET": seq(ir + i_s, 0x31), "primitive SEQUENCE": seq(ir + i_s, 0x10), "OCTET STRING around it": integer(good, 4),
        "SEQUENCE around it": seq(good), "BIT STRING around it": integer(b"\0" + good, 3), "r as OCTET STRING": seq(integer(ir[2:], 4) + i_s), "s as ENUMERATED": seq(ir + integer(i_s[2:], 10)),
        "r as BOOLEAN": seq(integer(b"\xff", 1) + i_s), "constructed INTEGER": seq(integer(ir, 0x22) + i_s), "context tag": seq(integer(ir[2:], 0x82) + i_s),
        "last byte missing": good[:-1], "last byte missing, length mended": seq((ir + i_s)[:-1]), "length one too large": bytes([0x30, len(good) - 1]) + good[2:], "length one too small": bytes([0x30, len(good) - 3]) + good[2:],
        "length 2^31": b"\x30\x84\x80\0\0\0" + good[2:], "length 2^64": b"\x30\x89\x01" + bytes(8) + good[2:], "length ff": b"\x30\xff" + good[2:], "length of r beyond the end": seq(b"\x02\x7f" + ir[2:] + i_s),
        "length of s beyond the end": seq(ir + b"\x02\x7f" + i_s[2:]), "length of r 0x80": seq(b"\x02\x80" + ir[2:] + b"\0\0" + i_s), "raw 64 bytes": raw(r, s), "raw 64 bytes in an OCTET STRING": integer(raw(r, s), 4),
        "raw 64 bytes in a SEQUENCE": seq(raw(r, s)), "r and s exchanged": seq(i_s + ir), "a zero byte before it": b"\0" + good, "in hexadecimal": good.hex().encode(), "garbage of 72 bytes": b"\xaa" * 72,
    }  # fmt: skip
    for name, der in bad.items():
        group.case(f"DER: {name}", False, "DerInvalid", der=der)
    return group


def document():
    groups = [standard(), messages(), ranges(), hollow(), *infinity(), *sums(), *collided(), *x_above_n(), *x_candidates(), digests(),
              *identities(), wrong_z(), modified(), *keys(), ders()]  # fmt: skip
    first, written = 1, []
    for group in groups:
        written.append(group.json(first))
        first += len(group.tests)
    used = {flag for group in groups for test in group.tests for flag in test["flags"]}
    assert used == set(FLAGS), set(FLAGS) - used
    return {
        "algorithm": "SM2", "schema": "sm2_verify", "version": 1, "numberOfTests": first - 1,
        "header": [
            "Verification of SM2 signatures with SM3 (GB/T 32918.2-2016, GB/T 32918.5-2017).",
            "publicKey is SEC1, identity the signer's identity (ENTL and ID of ZA). msg is the message M; where digest stands instead, it is e,",
            "since no message with such a digest can be found. sig is r and s, 32 bytes each; sigDer the same in DER. All in hexadecimal.",
            "A verifier that takes no digests, no other identities or no keys of 33 or 64 bytes leaves those cases out.",
            "Written by make_sm2_cases.py; what other implementations make of the cases stands in sm2_verify_peers.json.",
        ],
        "notes": FLAGS, "testGroups": written,
    }  # fmt: skip


def text():
    """JSON with one line for each case."""
    whole = document()
    groups = whole.pop("testGroups")
    lines = json.dumps(whole, indent=1, ensure_ascii=False)[:-2] + ',\n "testGroups": [\n'
    for index, group in enumerate(groups):
        tests = ",\n".join("   " + json.dumps(test, ensure_ascii=False) for test in group.pop("tests"))
        lines += "  " + json.dumps(group)[:-1] + ', "tests": [\n' + tests + "\n  ]}" + (",\n" if index + 1 < len(groups) else "\n")
    return lines + " ]\n}\n"


def main():
    made = text()
    if "--check" in sys.argv[1:]:
        same = FILE.read_text() == made
        print(f"{int(same)} passed, {int(not same)} failed")
        return 0 if same else 1
    FILE.write_text(made)
    print(f"{FILE.name}: {json.loads(made)['numberOfTests']} cases")
    return 0


if __name__ == "__main__":
    sys.exit(main())

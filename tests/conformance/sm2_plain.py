"""SM2 signatures (GB/T 32918.2 and .5), SM3 (GB/T 32905) and their encodings in plain integers, slow and easy to read.

The measure for `make_sm2_cases.py`; shares no code with the programs that are held against its cases. Never for secrets:
nothing here takes constant time.
"""

P = 0xFFFFFFFE_FFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFF_00000000_FFFFFFFF_FFFFFFFF
A = P - 3
B = 0x28E9FA9E_9D9F5E34_4D5A9E4B_CF6509A7_F39789F5_15AB8F92_DDBCBD41_4D940E93
N = 0xFFFFFFFE_FFFFFFFF_FFFFFFFF_FFFFFFFF_7203DF6B_21C6052B_53BBF409_39D54123
G = (
    0x32C4AE2C_1F198119_5F990446_6A39C994_8FE30BBF_F2660BE1_715A4589_334C74C7,
    0xBC3736A2_F4F6779C_59BDCEE3_6B692153_D0A9877C_C62A4740_02DF32E5_2139F0A0,
)
IDENTITY = b"1234567812345678"
# ENTL is two bytes that count bits.
IDENTITY_MAX = 0xFFFF // 8


def sm3(data, iv=(0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600, 0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E)):
    """The SM3 digest of `data`."""
    rotate = lambda x, k: ((x << k % 32) | (x >> (32 - k % 32))) & 0xFFFFFFFF if k % 32 else x
    padded = data + b"\x80" + bytes((55 - len(data)) % 64) + (8 * len(data)).to_bytes(8, "big")
    v = list(iv)
    for start in range(0, len(padded), 64):
        w = [int.from_bytes(padded[start + 4 * i : start + 4 * i + 4], "big") for i in range(16)]
        for j in range(16, 68):
            x = w[j - 16] ^ w[j - 9] ^ rotate(w[j - 3], 15)
            w.append(x ^ rotate(x, 15) ^ rotate(x, 23) ^ rotate(w[j - 13], 7) ^ w[j - 6])
        a, b, c, d, e, f, g, h = v
        for j in range(64):
            first = rotate((rotate(a, 12) + e + rotate(0x79CC4519 if j < 16 else 0x7A879D8A, j)) & 0xFFFFFFFF, 7)
            ff = a ^ b ^ c if j < 16 else a & b | a & c | b & c
            gg = e ^ f ^ g if j < 16 else e & f | ~e & 0xFFFFFFFF & g
            tt1 = (ff + d + (first ^ rotate(a, 12)) + (w[j] ^ w[j + 4])) & 0xFFFFFFFF
            tt2 = (gg + h + first + w[j]) & 0xFFFFFFFF
            a, b, c, d = tt1, a, rotate(b, 9), c
            e, f, g, h = tt2 ^ rotate(tt2, 9) ^ rotate(tt2, 17), e, rotate(f, 19), g
        v = [x ^ y for x, y in zip(v, (a, b, c, d, e, f, g, h))]
    return b"".join(x.to_bytes(4, "big") for x in v)


def on_curve(x, y):
    return (y * y - (x * x * x + A * x + B)) % P == 0


def add(one, two):
    """The sum of two points; None is the point at infinity."""
    if one is None or two is None:
        return one or two
    (x1, y1), (x2, y2) = one, two
    if x1 == x2:
        if (y1 + y2) % P == 0:
            return None
        slope = (3 * x1 * x1 + A) * pow(2 * y1, -1, P) % P
    else:
        slope = (y2 - y1) * pow(x2 - x1, -1, P) % P
    x3 = (slope * slope - x1 - x2) % P
    return x3, (slope * (x1 - x3) - y1) % P


def multiply(k, point):
    """k times a point, by doubling and adding."""
    result = None
    for bit in bin(k % N)[2:]:
        result = add(result, result)
        if bit == "1":
            result = add(result, point)
    return result


def negate(point):
    return point and (point[0], -point[1] % P)


def lift(x, odd=None):
    """The point with this x (and, if asked for, this parity of y); None when there is none."""
    square = (x * x * x + A * x + B) % P
    y = pow(square, (P + 1) // 4, P)
    if y * y % P != square:
        return None
    return (x, -y % P) if odd is not None and y % 2 != odd else (x, y)


def to_bytes(number):
    return number.to_bytes(32, "big")


def encode(point):
    """The uncompressed encoding of a point."""
    return b"\x04" + to_bytes(point[0]) + to_bytes(point[1])


def decode(key):
    """The point of a public key of 65, 64 or 33 bytes; None unless it is canonical and on the curve."""
    if len(key) == 64:
        key = b"\x04" + key
    if len(key) == 65 and key[0] == 4:
        x, y = int.from_bytes(key[1:33], "big"), int.from_bytes(key[33:], "big")
        return (x, y) if x < P and y < P and on_curve(x, y) else None
    if len(key) == 33 and key[0] in (2, 3):
        x = int.from_bytes(key[1:], "big")
        return lift(x, key[0] - 2) if x < P else None
    return None


def z_value(identity, point):
    """ZA: the digest of identity, curve and key (GB/T 32918.2, 5.5)."""
    bits = (8 * len(identity)).to_bytes(2, "big")
    return sm3(bits + identity + b"".join(map(to_bytes, (A, B, *G, *point))))


def message_digest(identity, point, message):
    """e = SM3(ZA || M)."""
    return sm3(z_value(identity, point) + message)


def sign(d, digest, k):
    """The signature over a digest with the nonce k, or None when k must not be used."""
    x1, _ = multiply(k, G)
    r = (int.from_bytes(digest, "big") + x1) % N
    s = pow(1 + d, -1, N) * (k - r * d) % N
    return None if r == 0 or r + k == N or s == 0 else (r, s)


def verify(point, digest, r, s):
    """GB/T 32918.2, 7.1: the range of r and s, t, and the comparison of R."""
    t = (r + s) % N
    if not (1 <= r < N and 1 <= s < N) or t == 0:
        return False
    result = add(multiply(s, G), multiply(t, point))
    return result is not None and (int.from_bytes(digest, "big") + result[0]) % N == r


def der_integer(number):
    body = number.to_bytes(number.bit_length() // 8 + 1, "big")
    return b"\x02" + bytes([len(body)]) + body


def der_signature(r, s):
    """SEQUENCE { INTEGER r, INTEGER s }, as certificates and seals hold it."""
    body = der_integer(r) + der_integer(s)
    return b"\x30" + bytes([len(body)]) + body


def parse_der(data):
    """(r, s) of a signature in DER; None for anything that `der_signature` would not write."""
    try:
        length_r = data[3]
        r = int.from_bytes(data[4 : 4 + length_r], "big")
        s = int.from_bytes(data[6 + length_r :], "big")
    except IndexError:
        return None
    fits = r < 1 << 256 and s < 1 << 256
    return (r, s) if fits and der_signature(r, s) == data else None

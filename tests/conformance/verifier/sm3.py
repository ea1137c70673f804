"""SM3 (GB/T 32905-2016) in plain Python. OpenSSL's is taken where hashlib offers it; a test holds the two together."""

import hashlib
import struct

START = (0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600, 0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E)
MASK = 0xFFFFFFFF


def turn(x, n):
    n %= 32
    return (x << n | x >> 32 - n) & MASK


def expand(block):
    w = list(struct.unpack(">16I", block))
    for j in range(16, 68):
        x = w[j - 16] ^ w[j - 9] ^ turn(w[j - 3], 15)
        w.append(x ^ turn(x, 15) ^ turn(x, 23) ^ turn(w[j - 13], 7) ^ w[j - 6])
    return w


def compress(state, block):
    w = expand(block)
    a, b, c, d, e, f, g, h = state
    for j in range(64):
        constant = 0x79CC4519 if j < 16 else 0x7A879D8A
        ss1 = turn((turn(a, 12) + e + turn(constant, j)) & MASK, 7)
        ss2 = ss1 ^ turn(a, 12)
        ff = a ^ b ^ c if j < 16 else a & b | a & c | b & c
        gg = e ^ f ^ g if j < 16 else e & f | ~e & MASK & g
        tt1 = (ff + d + ss2 + (w[j] ^ w[j + 4])) & MASK
        tt2 = (gg + h + ss1 + w[j]) & MASK
        a, b, c, d = tt1, a, turn(b, 9), c
        e, f, g, h = tt2 ^ turn(tt2, 9) ^ turn(tt2, 17), e, turn(f, 19), g
    return tuple(old ^ new for old, new in zip(state, (a, b, c, d, e, f, g, h)))


def plain(message):
    padded = message + b"\x80" + bytes(-(len(message) + 9) % 64) + struct.pack(">Q", 8 * len(message))
    state = START
    for at in range(0, len(padded), 64):
        state = compress(state, padded[at:at + 64])
    return struct.pack(">8I", *state)


def fast():
    """SM3 of OpenSSL, or nothing where this Python has none."""
    try:
        hashlib.new("sm3")
    except ValueError:
        return None
    return lambda message: hashlib.new("sm3", message).digest()


sm3 = fast() or plain

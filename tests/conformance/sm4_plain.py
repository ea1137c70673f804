"""SM4 (GB/T 32907), its CTR and its GCM (NIST SP 800-38D) in plain integers. The measure for `make_sm3_sm4_cases.py`."""


def _field8(a, b):
    """Product in GF(2^8) modulo x^8+x^7+x^6+x^5+x^4+x^2+1."""
    product = 0
    for bit in range(8):
        product ^= (a << bit) if b >> bit & 1 else 0
    for bit in range(14, 7, -1):
        product ^= (0x1F5 << (bit - 8)) if product >> bit & 1 else 0
    return product


def _affine(x):
    """The S-box's circulant matrix and its constant."""
    row = 0xA7
    out = 0
    for bit in range(8):
        out |= (bin(x & (row << bit | row >> (8 - bit)) & 0xFF).count("1") & 1) << bit
    return out ^ 0xD3


def _inverse(x):
    power = 1
    for _ in range(254):
        power = _field8(power, x)
    return power


SBOX = [_affine(_inverse(_affine(x))) for x in range(256)]
FK = (0xA3B1BAC6, 0x56AA3350, 0x677D9197, 0xB27022DC)
CK = [int.from_bytes(bytes((4 * i + j) * 7 % 256 for j in range(4)), "big") for i in range(32)]


def _rotate(x, k):
    return (x << k | x >> (32 - k)) & 0xFFFFFFFF


def _tau(x):
    return int.from_bytes(bytes(SBOX[b] for b in x.to_bytes(4, "big")), "big")


def round_keys(key):
    k = [int.from_bytes(key[4 * i : 4 * i + 4], "big") ^ FK[i] for i in range(4)]
    for i in range(32):
        x = _tau(k[i + 1] ^ k[i + 2] ^ k[i + 3] ^ CK[i])
        k.append(k[i] ^ x ^ _rotate(x, 13) ^ _rotate(x, 23))
    return k[4:]


def encrypt_block(keys, block):
    x = [int.from_bytes(block[4 * i : 4 * i + 4], "big") for i in range(4)]
    for i in range(32):
        t = _tau(x[i + 1] ^ x[i + 2] ^ x[i + 3] ^ keys[i])
        x.append(x[i] ^ t ^ _rotate(t, 2) ^ _rotate(t, 10) ^ _rotate(t, 18) ^ _rotate(t, 24))
    return b"".join(word.to_bytes(4, "big") for word in x[:31:-1])


def ctr(key, counter, data, bits=128):
    """CTR whose last `bits` bits count."""
    keys, out, count = round_keys(key), b"", int.from_bytes(counter, "big")
    for start in range(0, len(data), 16):
        stream = encrypt_block(keys, count.to_bytes(16, "big"))
        out += bytes(a ^ b for a, b in zip(data[start : start + 16], stream))
        count = count >> bits << bits | (count + 1) % 2**bits
    return out


R = 0xE1 << 120


def field128(a, b):
    """Product in GF(2^128), bits as GCM numbers them."""
    product = 0
    for bit in range(127, -1, -1):
        if b >> bit & 1:
            product ^= a
        a = a >> 1 ^ (R if a & 1 else 0)
    return product


def invert128(a):
    """a^(2^128 - 2)."""
    result, power = 1 << 127, a
    for _ in range(127):
        power = field128(power, power)
        result = field128(result, power)
    return result


def ghash(h, *parts):
    """GHASH over the parts, each padded with zeros to whole blocks."""
    y = 0
    for part in parts:
        for start in range(0, len(part), 16):
            block = part[start : start + 16].ljust(16, b"\0")
            y = field128(y ^ int.from_bytes(block, "big"), h)
    return y.to_bytes(16, "big")


def hash_key(key):
    return int.from_bytes(encrypt_block(round_keys(key), bytes(16)), "big")


def first_counter(key, nonce):
    """J0."""
    if len(nonce) == 12:
        return nonce + b"\0\0\0\1"
    return ghash(hash_key(key), nonce, (8 * len(nonce)).to_bytes(16, "big"))


def nonce_for(key, counter):
    """The nonce of 16 bytes that begins at this counter."""
    inverse = invert128(hash_key(key))
    inner = field128(int.from_bytes(counter, "big"), inverse) ^ 128
    return field128(inner, inverse).to_bytes(16, "big")


def gcm_seal(key, nonce, associated, plain):
    """Ciphertext and tag of 16 bytes."""
    j0 = first_counter(key, nonce)
    second = j0[:12] + ((int.from_bytes(j0[12:], "big") + 1) % 2**32).to_bytes(4, "big")
    cipher = ctr(key, second, plain, bits=32)
    lengths = (8 * len(associated)).to_bytes(8, "big") + (8 * len(plain)).to_bytes(8, "big")
    tag = ghash(hash_key(key), associated, cipher, lengths)
    return cipher, ctr(key, j0, tag)

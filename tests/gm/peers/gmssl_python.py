"""Answers questions about SM2, SM3 and SM4 with GmSSL through gmssl-pyx; src/peers/pipe.rs says what the lines are."""

import importlib.metadata
import sys

import gmssl_pyx


def unhex(text):
    return b"" if text == "-" else bytes.fromhex(text)


def integer(number):
    body = number.lstrip(b"\0") or b"\0"
    body = b"\0" + body if body[0] & 0x80 else body
    return b"\x02" + bytes([len(body)]) + body


def to_der(raw):
    body = integer(raw[:32]) + integer(raw[32:])
    return b"\x30" + bytes([len(body)]) + body


def to_raw(der):
    length = der[3]
    r, s = der[4 : 4 + length], der[6 + length :]
    return b"".join(number[-32:].rjust(32, b"\0") for number in (r, s))


def verify(key, identity, kind, given, form, signature):
    key, identity, given, signature = map(unhex, (key, identity, given, signature))
    if len(key) != 65 or key[0] != 4 or form == "raw" and len(signature) != 64:
        return "cannot"
    # An empty identity is refused by its interface.
    if kind == "m" and not 0 < len(identity) < 8192:
        return "cannot"
    der = to_der(signature) if form == "raw" else signature
    try:
        if kind == "d":
            valid = gmssl_pyx.sm2_verify_sm3_digest(key[1:], given, der)
        else:
            valid = gmssl_pyx.sm2_verify(key[1:], given, der, signer_id=identity)
    except (gmssl_pyx.GmsslInnerError, ValueError):
        return "invalid"
    return "valid" if valid else "invalid"


def sign(secret, key, identity, message):
    secret, key, identity, message = map(unhex, (secret, key, identity, message))
    if not identity:
        return "cannot"
    return to_raw(gmssl_pyx.sm2_sign(secret, key[1:], message, signer_id=identity)).hex()


def gcm(key, nonce, aad, plain):
    if plain == "-":
        return "cannot"
    sealed = gmssl_pyx.sm4_gcm_encrypt(unhex(key), iv=unhex(nonce), aad=unhex(aad), plaintext=unhex(plain))
    return b"".join(sealed).hex() if isinstance(sealed, tuple) else sealed.hex()


def main():
    print("gmssl-pyx", importlib.metadata.version("gmssl_pyx"), flush=True)
    answers = {"verify": verify, "sign": sign, "gcm": gcm, "sm3": lambda text: gmssl_pyx.sm3_hash(unhex(text)).hex()}
    for line in sys.stdin:
        words = line.split()
        try:
            answer = answers.get(words[0], lambda *_: "cannot")(*words[1:])
        except Exception as error:  # noqa: BLE001 - whatever a peer does is its answer
            answer = f"fault {type(error).__name__} {error}".splitlines()[0]
        print(answer, flush=True)


if __name__ == "__main__":
    main()

"""What the tests here share: vectors, flipped bits, and a closing line that says how many passed."""

import json
import pathlib
import sys
import unittest

FOLDER = pathlib.Path(__file__).parent


def vectors(name):
    return json.loads((FOLDER / name).read_text("utf-8"))


def unhex(text):
    return None if text is None else bytes.fromhex(text)


def flipped_bits(data):
    """Every way to change one bit."""
    for place in range(len(data)):
        for bit in range(8):
            yield 8 * place + bit, data[:place] + bytes([data[place] ^ 1 << bit]) + data[place + 1:]


def main():
    result = unittest.main(exit=False).result
    failed = len(result.failures) + len(result.errors)
    print(f"{result.testsRun - failed} passed, {failed} failed")
    sys.exit(1 if failed or not result.testsRun else 0)

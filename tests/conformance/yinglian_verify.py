#!/usr/bin/env python3
"""Verifies a receipt or an audit export under a trust root; written from docs/specs alone, it needs Python and nothing else.

Exit 0: proven; 1: refused; 2: no answer."""

import argparse
import json
import pathlib
import sys
import time

from verifier import export, receipt
from verifier.errors import CouldNot, Malformed, Refused
from verifier.trust import Trust, read_root


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("receipt", "export"):
        command = commands.add_parser(name)
        command.add_argument("file", help="the receipt or the export")
        command.add_argument("--trust", required=True, metavar="ROOT",
                             help="64 hex digits of the genesis hash, a file that holds them, a checkpoint, or a .trust file")
    commands.choices["receipt"].add_argument("--sets", metavar="FILE", help="a .trust file to use in place of the embedded one")
    commands.choices["receipt"].add_argument("--document", metavar="FILE", help="the file that the receipt is said to prove")
    return parser.parse_args()


def read(path):
    try:
        return pathlib.Path(path).read_bytes()
    except OSError as error:
        raise CouldNot(f"cannot read {path}: {error.strerror}") from None


def read_sets(given, root_bytes):
    """The chain of sets to use before the embedded one: --sets, or --trust where that is a .trust file."""
    try:
        return Trust.read(read(given.sets) if given.sets else root_bytes)
    except Malformed as error:
        if given.sets:
            raise CouldNot(f"{given.sets} is no .trust file: {error}") from None
        return None


def verify_receipt(given):
    root_bytes = read(given.trust) if pathlib.Path(given.trust).is_file() else given.trust.encode()
    root, sets = read_root(root_bytes), read_sets(given, root_bytes)
    document = read(given.document) if given.document else None
    verdict = receipt.verify(read(given.file), root, sets, time.time_ns() // 1_000_000, document)
    return {"proven": True, "root": root.text(), **verdict.facts(), "warnings": verdict.warnings}


def verify_export(given):
    root_bytes = read(given.trust) if pathlib.Path(given.trust).is_file() else given.trust.encode()
    root = read_root(root_bytes)
    return {"proven": True, "root": root.text(), **vars(export.verify(read(given.file), root))}


def main():
    given = arguments()
    try:
        found = {"receipt": verify_receipt, "export": verify_export}[given.command](given)
    except Refused as error:
        print(json.dumps({"proven": False, "code": error.code, "reason": str(error)}))
        return 1
    except CouldNot as error:
        print(f"no answer: {error}", file=sys.stderr)
        return 2
    print(json.dumps(found, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())

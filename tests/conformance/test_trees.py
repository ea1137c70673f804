#!/usr/bin/env python3
"""The log and the registry tree, written from docs/specs/log.md and docs/specs/registry.md alone, against the vectors."""

import hashlib
import struct
import unittest

from harness import main, vectors
from verifier.sm3 import sm3
from verifier.trees import ZEROS, Log, consistent, included, log_root, registry_root, registry_says, tagged


def hasher(suite):
    return {"national": sm3, "international": lambda data: hashlib.sha256(data).digest()}[suite]


def read_hashes(data):
    count, = struct.unpack_from("<I", data)
    end = 4 + 32 * count
    assert len(data) >= end
    return [data[at:at + 32] for at in range(4, end, 32)], data[end:]


def read_log_proof(data):
    first, second = struct.unpack_from("<QQ", data)
    path, rest = read_hashes(data[16:])
    assert not rest
    return first, second, path


def read_registry_proof(data):
    siblings, rest = read_hashes(data)
    assert rest == b"\x00" or (len(rest) == 65 and rest[0] == 1)
    return siblings, rest[1:]


def flipped(data):
    for place in range(len(data)):
        yield data[:place] + bytes([data[place] ^ 1]) + data[place + 1:]


class Logs(unittest.TestCase):
    def setUp(self):
        self.suites = vectors("log.json")

    def test_roots_of_every_size_agree(self):
        for suite in self.suites:
            h = hasher(suite["suite"])
            leaves = [h(b"\x00" + bytes.fromhex(text)) for text in suite["leaves"]]
            self.assertEqual([leaf.hex() for leaf in leaves], suite["leaf_hashes"])
            roots = [log_root(h, leaves[:size]).hex() for size in range(len(leaves) + 1)]
            self.assertEqual(roots, suite["roots_by_size"])
            grown = Log(h)
            for size, text in enumerate(suite["leaves"]):
                self.assertEqual(grown.root().hex(), roots[size])
                grown.append(bytes.fromhex(text))
            self.assertEqual(grown.root().hex(), roots[-1])

    def test_inclusion_proofs_hold_and_fail_when_a_byte_changes(self):
        for suite in self.suites:
            h = hasher(suite["suite"])
            for case in suite["inclusion"]:
                proof = read_log_proof(bytes.fromhex(case["bytes"]))
                size, index, path = proof
                self.assertEqual(case["proof"], {"size": size, "index": index, "path": [p.hex() for p in path]})
                leaf = bytes.fromhex(suite["leaf_hashes"][index])
                root = bytes.fromhex(suite["roots_by_size"][size])
                self.assertTrue(included(h, proof, leaf, root))
                for place, node in enumerate(path):
                    for other in flipped(node):
                        changed = path[:place] + [other] + path[place + 1:]
                        self.assertFalse(included(h, (size, index, changed), leaf, root))

    def test_consistency_proofs_hold_and_fail_when_a_byte_changes(self):
        for suite in self.suites:
            h = hasher(suite["suite"])
            roots = [bytes.fromhex(text) for text in suite["roots_by_size"]]
            for case in suite["consistency"]:
                old, new, path = read_log_proof(bytes.fromhex(case["bytes"]))
                self.assertTrue(consistent(h, (old, new, path), roots[old], roots[new]))
                for place, node in enumerate(path):
                    for other in flipped(node):
                        changed = path[:place] + [other] + path[place + 1:]
                        self.assertFalse(consistent(h, (old, new, changed), roots[old], roots[new]))


class Registries(unittest.TestCase):
    def setUp(self):
        self.suites = vectors("registry.json")

    def test_roots_after_every_block_agree(self):
        for suite in self.suites:
            h, entries = hasher(suite["suite"]), {}
            self.assertEqual(suite["empty_root"], registry_root(h, entries).hex())
            for block in suite["blocks"]:
                for write in block["writes"]:
                    key, value = bytes.fromhex(write["key"]), bytes.fromhex(write["value"])
                    key_hash = tagged(h, "yinglian/registry-key/v1", key)
                    value_hash = tagged(h, "yinglian/registry-value/v1", value)
                    self.assertEqual((key_hash.hex(), value_hash.hex()), (write["key_hash"], write["value_hash"]))
                    entries[key_hash] = value_hash
                self.assertEqual(registry_root(h, entries).hex(), block["root"])

    def test_presence_and_absence_hold_and_fail_when_a_byte_changes(self):
        for suite in self.suites:
            h = hasher(suite["suite"])
            root = bytes.fromhex(suite["blocks"][-1]["root"])
            kinds = set()
            for case in suite["proofs"]:
                key, value = bytes.fromhex(case["key"]), bytes.fromhex(case["value_hash"] or ZEROS.hex())
                siblings, terminal = read_registry_proof(bytes.fromhex(case["bytes"]))
                self.assertEqual([sibling.hex() for sibling in siblings], case["proof"]["siblings"])
                self.assertEqual(registry_says(h, (siblings, terminal), key, root), value)
                kinds.add((value == ZEROS, bool(terminal)))
                for place, node in enumerate(siblings):
                    for other in flipped(node):
                        changed = siblings[:place] + [other] + siblings[place + 1:]
                        self.assertIsNone(registry_says(h, (changed, terminal), key, root))
                for other in flipped(terminal):
                    self.assertIsNone(registry_says(h, (siblings, other), key, root))
            self.assertEqual(kinds, {(False, True), (True, True), (True, False)})


if __name__ == "__main__":
    main()

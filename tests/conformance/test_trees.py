#!/usr/bin/env python3
"""The log and the registry tree, written from docs/specs/log.md and docs/specs/registry.md alone, against the vectors."""

import hashlib
import json
import pathlib
import struct
import unittest

FOLDER = pathlib.Path(__file__).parent
ZEROS = bytes(32)


def hasher(suite):
    name = {"national": "sm3", "international": "sha256"}[suite]
    return lambda data: hashlib.new(name, data).digest()


def tagged(h, tag, data):
    return h(bytes([len(tag)]) + tag.encode() + data)


def log_root(h, leaf_hashes):
    count = len(leaf_hashes)
    if count == 0:
        return h(b"")
    if count == 1:
        return leaf_hashes[0]
    half = 1
    while half * 2 < count:
        half *= 2
    return h(b"\x01" + log_root(h, leaf_hashes[:half]) + log_root(h, leaf_hashes[half:]))


def climb(h, node, last, start, path):
    """Both roots that a path leads to: of what lies left of the node, and of everything."""
    old = new = start
    for sibling in path:
        if last == 0:
            return None
        if node & 1 or node == last:
            old, new = h(b"\x01" + sibling + old), h(b"\x01" + sibling + new)
            while node and not node & 1:
                node, last = node >> 1, last >> 1
        else:
            new = h(b"\x01" + new + sibling)
        node, last = node >> 1, last >> 1
    return (old, new) if last == 0 else None


def included(h, proof, leaf_hash, root):
    size, index, path = proof
    roots = climb(h, index, size - 1, leaf_hash, path) if index < size and len(path) <= 64 else None
    return roots is not None and roots[1] == root


def consistent(h, proof, old_root, new_root):
    old_size, new_size, path = proof
    if old_size > new_size or len(path) > 64:
        return False
    if old_size in (0, new_size):
        known = old_root == (h(b"") if old_size == 0 else new_root)
        return known and not path
    if old_size & (old_size - 1) == 0:
        path = [old_root] + path
    if not path:
        return False
    node, last = old_size - 1, new_size - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    return climb(h, node, last, path[0], path[1:]) == (old_root, new_root)


def bit(key_hash, depth):
    return key_hash[depth // 8] >> (7 - depth % 8) & 1


def registry_root(h, entries, depth=0):
    if not entries:
        return ZEROS
    if len(entries) == 1:
        return h(b"\x00" + b"".join(*entries.items()))
    halves = [{k: v for k, v in entries.items() if bit(k, depth) == side} for side in (0, 1)]
    return h(b"\x01" + registry_root(h, halves[0], depth + 1) + registry_root(h, halves[1], depth + 1))


def registry_says(h, proof, key, root):
    """The value hash that a proof shows for a key, ZEROS for none; None when the proof fails."""
    siblings, terminal = proof
    wanted, count, found = tagged(h, "yinglian/registry-key/v1", key), len(siblings), ZEROS
    if count > 256:
        return None
    node = ZEROS
    if terminal:
        key_hash, value_hash = terminal[:32], terminal[32:]
        if any(bit(key_hash, depth) != bit(wanted, depth) for depth in range(count)):
            return None
        node = h(b"\x00" + terminal)
        found = value_hash if key_hash == wanted else ZEROS
    for place, sibling in enumerate(siblings):
        right = bit(wanted, count - 1 - place)
        node = h(b"\x01" + (sibling + node if right else node + sibling))
    return found if node == root else None


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


class Log(unittest.TestCase):
    def setUp(self):
        self.suites = json.loads((FOLDER / "log.json").read_text())

    def test_roots_of_every_size_agree(self):
        for vectors in self.suites:
            h = hasher(vectors["suite"])
            leaves = [h(b"\x00" + bytes.fromhex(text)) for text in vectors["leaves"]]
            self.assertEqual([leaf.hex() for leaf in leaves], vectors["leaf_hashes"])
            roots = [log_root(h, leaves[:size]).hex() for size in range(len(leaves) + 1)]
            self.assertEqual(roots, vectors["roots_by_size"])

    def test_inclusion_proofs_hold_and_fail_when_a_byte_changes(self):
        for vectors in self.suites:
            h = hasher(vectors["suite"])
            for case in vectors["inclusion"]:
                proof = read_log_proof(bytes.fromhex(case["bytes"]))
                size, index, path = proof
                self.assertEqual(case["proof"], {"size": size, "index": index, "path": [p.hex() for p in path]})
                leaf = bytes.fromhex(vectors["leaf_hashes"][index])
                root = bytes.fromhex(vectors["roots_by_size"][size])
                self.assertTrue(included(h, proof, leaf, root))
                for place, node in enumerate(path):
                    for other in flipped(node):
                        changed = path[:place] + [other] + path[place + 1:]
                        self.assertFalse(included(h, (size, index, changed), leaf, root))

    def test_consistency_proofs_hold_and_fail_when_a_byte_changes(self):
        for vectors in self.suites:
            h = hasher(vectors["suite"])
            roots = [bytes.fromhex(text) for text in vectors["roots_by_size"]]
            for case in vectors["consistency"]:
                old, new, path = read_log_proof(bytes.fromhex(case["bytes"]))
                self.assertTrue(consistent(h, (old, new, path), roots[old], roots[new]))
                for place, node in enumerate(path):
                    for other in flipped(node):
                        changed = path[:place] + [other] + path[place + 1:]
                        self.assertFalse(consistent(h, (old, new, changed), roots[old], roots[new]))


class Registry(unittest.TestCase):
    def setUp(self):
        self.suites = json.loads((FOLDER / "registry.json").read_text())

    def test_roots_after_every_block_agree(self):
        for vectors in self.suites:
            h, entries = hasher(vectors["suite"]), {}
            self.assertEqual(vectors["empty_root"], registry_root(h, entries).hex())
            for block in vectors["blocks"]:
                for write in block["writes"]:
                    key, value = bytes.fromhex(write["key"]), bytes.fromhex(write["value"])
                    key_hash = tagged(h, "yinglian/registry-key/v1", key)
                    value_hash = tagged(h, "yinglian/registry-value/v1", value)
                    self.assertEqual((key_hash.hex(), value_hash.hex()), (write["key_hash"], write["value_hash"]))
                    entries[key_hash] = value_hash
                self.assertEqual(registry_root(h, entries).hex(), block["root"])

    def test_presence_and_absence_hold_and_fail_when_a_byte_changes(self):
        for vectors in self.suites:
            h = hasher(vectors["suite"])
            root = bytes.fromhex(vectors["blocks"][-1]["root"])
            kinds = set()
            for case in vectors["proofs"]:
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
    unittest.main()

#!/usr/bin/env python3
"""The examples in docs/specs are the bytes of the vectors: a block of bytes names file and place in its first line."""

import re
import unittest

from harness import FOLDER, main, vectors
from verifier.suites import Suite
from verifier.trees import ZEROS, log_root, registry_root, registry_says

PAGES = FOLDER.parent.parent / "docs" / "specs"
BLOCK = re.compile(r"^```hex (\S+) (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXPECTED = {"envelope.md": 4, "header.md": 5, "receipt.md": 1, "trust.md": 2, "export.md": 1, "rows.md": 1}


def example(block):
    """The bytes of a block: what stands before two blanks in each line."""
    return "".join(line.split("  ")[0].replace(" ", "") for line in block.splitlines())


def place(value, path):
    for step in path.split("."):
        value = value[int(step) if isinstance(value, list) else step]
    return value


class Examples(unittest.TestCase):
    def test_every_block_of_bytes_is_the_vector_that_it_names(self):
        for name, count in EXPECTED.items():
            blocks = BLOCK.findall((PAGES / name).read_text("utf-8"))
            self.assertEqual(len(blocks), count, name)
            for file, path, block in blocks:
                self.assertEqual(example(block), place(vectors(file), path), f"{name}: {file} {path}")

    def test_hashes_named_in_the_pages_occur_in_the_vectors(self):
        known = "".join(path.read_text("utf-8") for path in FOLDER.glob("*.json"))
        found = 0
        for name in (*EXPECTED, "encoding.md", "log.md"):
            page = BLOCK.sub("", (PAGES / name).read_text("utf-8"))
            for digits in re.findall(r"\b[0-9a-f]{42,64}\b", page):
                self.assertIn(digits, known, name)
                found += 1
        self.assertGreaterEqual(found, 15)

    def test_the_trees_of_the_registrys_example_are_true(self):
        page, suite = (PAGES / "registry.md").read_text("utf-8"), Suite(1)
        key_hashes = [suite.tagged("yinglian/registry-key/v1", f"key/{n}".encode()) for n in (0, 1)]
        value_hashes = [suite.tagged("yinglian/registry-value/v1", f"value {n}".encode()) for n in (0, 1)]
        leaves = [suite.hash(b"\0" + key + value) for key, value in zip(key_hashes, value_hashes)]
        nodes = [suite.hash(b"\1" + leaves[1] + leaves[0])]
        for right in (False, False, True):
            nodes.append(suite.hash(b"\1" + (ZEROS + nodes[-1] if right else nodes[-1] + ZEROS)))
        root = registry_root(suite.hash, dict(zip(key_hashes, value_hashes)))
        self.assertEqual(nodes[-1], root)
        for value in (key_hashes[0], value_hashes[0], *leaves, *nodes):
            self.assertIn(value.hex(), page)
        proof = ([leaves[1], ZEROS, ZEROS, ZEROS], key_hashes[0] + value_hashes[0])
        self.assertEqual(registry_says(suite.hash, proof, b"key/0", root), value_hashes[0])

    def test_the_root_of_the_logs_example_is_true(self):
        page, suite = (PAGES / "log.md").read_text("utf-8"), Suite(1)
        leaves = [suite.hash(b"\0" + leaf) for leaf in (b"", b"\0", b"\x10")]
        for value in (*leaves, log_root(suite.hash, leaves[:2]), log_root(suite.hash, leaves)):
            self.assertIn(value.hex(), page)

    def test_the_example_of_a_signed_request_is_true(self):
        page, suite = (PAGES / "request.md").read_text("utf-8"), Suite(2)
        path, body_hash = b"/v1/records?business_key=A-1", suite.tagged("yinglian/request-body/v1", b"")
        signed = (b"yinglian/request/v1" + 32 * b"\1" + b"\3\0\0\0GET" + len(path).to_bytes(4, "little") + path
                  + body_hash + (1_700_000_000_000).to_bytes(8, "little") + 16 * b"\7")
        digits = "".join(line for line in page.splitlines() if re.fullmatch(r"[0-9a-f]{4,}", line))
        self.assertEqual(digits, signed.hex())
        self.assertIn(f"`{body_hash.hex()}`", page)


if __name__ == "__main__":
    main()

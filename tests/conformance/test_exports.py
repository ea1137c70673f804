#!/usr/bin/env python3
"""Audit exports: the verifier written from docs/specs alone against the vectors, against exports that were altered, and
against chains whose validators all signed what breaks a rule."""

import subprocess
import sys
import tempfile
import unittest

from harness import FOLDER, flipped_bits, main, unhex, vectors
from verifier.errors import CouldNot, Refused
from verifier.export import verify
from verifier.trust import Root


def judge(data, root):
    """`proven`, the code of a refusal, or `no answer`."""
    try:
        verify(data, root)
        return "proven"
    except Refused as refused:
        return refused.code
    except CouldNot:
        return "no answer"


class Exports(unittest.TestCase):
    def setUp(self):
        self.suites = vectors("export.json")

    def each(self):
        for suite in self.suites:
            yield suite, unhex(suite["export"]), Root(unhex(suite["genesis_hash"]))

    def test_every_vector_is_proven_and_counts_what_the_vector_counts(self):
        for suite, export, root in self.each():
            counted = vars(verify(export, root))
            self.assertEqual(counted, {name: suite[name] for name in counted})
            counted = verify(unhex(suite["smallest"]), root)
            self.assertEqual((counted.blocks, counted.records), (1, 1))
            self.assertEqual(verify(unhex(suite["empty"]), root).blocks, 0)

    def test_every_altered_export_is_refused(self):
        for suite, _, root in self.each():
            for case in suite["altered"]:
                self.assertEqual(judge(unhex(case["export"]), root), "YL5015", case["name"])
        self.assertGreaterEqual(sum(len(suite["altered"]) for suite in self.suites), 12)

    def test_every_lie_that_all_validators_signed_is_refused(self):
        for suite, _, root in self.each():
            for case in suite["lies"]:
                self.assertEqual(judge(unhex(case["export"]), root), "YL5015", case["name"])
        self.assertGreaterEqual(sum(len(suite["lies"]) for suite in self.suites), 20)

    def test_an_export_with_a_bit_flipped_is_never_proven(self):
        for _, export, root in self.each():
            # Every third bit: that is three in eight of every byte, each of its eight in turn.
            flips = ((bit, changed) for bit, changed in flipped_bits(export) if bit % 3 == 0)
            proven = [bit for bit, changed in flips if judge(changed, root) == "proven"]
            self.assertEqual(proven, [], f"of {8 * len(export)} bits")

    def test_an_export_cut_anywhere_gives_no_answer(self):
        for _, export, root in self.each():
            for length in range(len(export)):
                self.assertEqual(judge(export[:length], root), "no answer", f"{length} bytes")
            self.assertEqual(judge(export + b"\0", root), "YL5015")

    def test_another_root_is_refused(self):
        for suite, export, root in self.each():
            other = Root(bytes([root.genesis_hash[0] ^ 1]) + root.genesis_hash[1:])
            for given in (export, unhex(suite["empty"])):
                self.assertEqual(judge(given, other), "YL5015")
            # A checkpoint of the chain, and one of a header that it does not hold.
            blocks = vectors("header.json")[self.suites.index(suite)]["blocks"]
            for header_hash, expected in ((unhex(blocks[1]["hash"]), "proven"), (bytes(32), "YL5015")):
                checkpoint = Root(root.genesis_hash, 2, header_hash, 0, None)
                self.assertEqual(judge(export, checkpoint), expected)
            # An export that ends below the checkpoint does not lead to what is trusted.
            for height, expected in ((4, "proven"), (5, "no answer")):
                checkpoint = Root(root.genesis_hash, height, unhex(blocks[3]["hash"]), 0, None)
                self.assertEqual(judge(export, checkpoint), expected)


class Command(unittest.TestCase):
    def test_the_exit_code_is_0_for_proven_1_for_refused_and_2_for_no_answer(self):
        suite = vectors("export.json")[1]
        export = unhex(suite["export"])
        cases = ((export, 0), (unhex(suite["lies"][0]["export"]), 1), (export[:-1], 2), (b"", 2))
        with tempfile.TemporaryDirectory() as folder:
            for data, expected in cases:
                with open(f"{folder}/chain", "wb") as file:
                    file.write(data)
                command = [sys.executable, str(FOLDER / "yinglian_verify.py"), "export", f"{folder}/chain"]
                said = subprocess.run(command + ["--trust", suite["genesis_hash"]], capture_output=True, text=True)
                self.assertEqual(said.returncode, expected, said.stdout + said.stderr)


if __name__ == "__main__":
    main()

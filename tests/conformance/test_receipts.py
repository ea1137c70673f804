#!/usr/bin/env python3
"""Receipts, trust files and forks: the verifier written from docs/specs alone against the vectors, and against everything
that differs from them in one bit."""

import subprocess
import sys
import tempfile
import unittest

from harness import FOLDER, flipped_bits, main, unhex, vectors
from verifier import ed25519, receipt, sm2, sm3
from verifier.errors import CouldNot, Malformed, Refused
from verifier.receipt import find_fork, verify
from verifier.structures import ValidatorSet
from verifier.trust import Root, SetChain, Trust, read_root


def judge(case, now_ms, data=None, root=None, document=None):
    """What the verifier says of a vector: a Verdict, or the code of the refusal."""
    trust = None if case["trust"] is None else Trust.read(unhex(case["trust"]))
    try:
        return verify(data or unhex(case["receipt"]), root or read_root(unhex(case["root"])), trust, now_ms, document)
    except Refused as refused:
        return refused.code


class Receipts(unittest.TestCase):
    def setUp(self):
        self.suites = vectors("receipt.json")

    def test_every_vector_is_proven_and_says_what_the_vector_says(self):
        for suite in self.suites:
            self.assertGreaterEqual(len(suite["proven"]), 5)
            for case in suite["proven"]:
                verdict = judge(case, suite["now_ms"], document=unhex(case["document"]))
                self.assertNotIsInstance(verdict, str, case["name"])
                self.assertEqual(verdict.facts(), case["says"], case["name"])
                self.assertEqual(len(verdict.warnings), case["warnings"], case["name"])

    def test_every_forgery_is_refused_with_the_code_of_the_vector(self):
        for suite in self.suites:
            self.assertGreaterEqual(len(suite["refused"]), 30)
            for case in suite["refused"]:
                self.assertEqual(judge(case, suite["now_ms"]), case["code"], case["name"])

    def test_every_flipped_bit_of_a_receipt_is_refused(self):
        for suite in self.suites:
            # The chain of sets is embedded, so that its bits are flipped too.
            case = suite["proven"][2]
            original = unhex(case["receipt"])
            accepted = [bit for bit, changed in flipped_bits(original)
                        if not isinstance(judge(case, suite["now_ms"], data=changed), str)]
            self.assertEqual(accepted, [], f"of {8 * len(original)} bits")

    def test_every_flipped_bit_of_the_root_is_refused(self):
        for suite in self.suites:
            case = suite["proven"][1]
            root = read_root(unhex(case["root"]))
            for _, changed in flipped_bits(root.genesis_hash):
                self.assertEqual(judge(case, suite["now_ms"], root=Root(changed)), "YL5007")

    def test_a_changed_document_is_refused(self):
        for suite in self.suites:
            case = suite["proven"][1]
            document = unhex(case["document"])
            for other in [changed for _, changed in flipped_bits(document)] + [document + b"\0", document[:-1], b""]:
                self.assertEqual(judge(case, suite["now_ms"], document=other), "YL5010")
            of_no_document = next(case for case in suite["proven"] if case["document"] is None)
            self.assertEqual(judge(of_no_document, suite["now_ms"], document=document), "YL5016")

    def test_an_old_root_is_warned_about_and_a_young_one_is_not(self):
        for suite in self.suites:
            case, old_ms = suite["proven"][1], receipt.OLD_MS
            genesis_ms = judge(case, 0).chain.time_ms
            self.assertEqual(judge(case, genesis_ms + old_ms).warnings, [])
            self.assertEqual(len(judge(case, genesis_ms + old_ms + 1).warnings), 1)


class Trusts(unittest.TestCase):
    def setUp(self):
        self.suites = vectors("trust.json")

    def test_sets_are_proven_for_every_height(self):
        for suite in self.suites:
            trust, checkpoint = Trust.read(unhex(suite["trust"])), read_root(unhex(suite["checkpoint"]))
            genesis = Root(unhex(suite["genesis_hash"]))
            self.assertEqual(read_root(unhex(suite["trust"])), genesis)
            self.assertEqual(read_root(suite["genesis_hash"].encode() + b"\n"), genesis)
            self.assertEqual((checkpoint.genesis_hash, checkpoint.height), (genesis.genesis_hash, 2))
            for root, lowest in ((genesis, 1), (checkpoint, 3)):
                chain = SetChain.prove(root, trust)
                for height, expected in enumerate(suite["validators_hash_by_height"], 1):
                    if height >= lowest:
                        self.assertEqual(chain.in_force(height).hash(chain.suite).hex(), expected)
                    else:
                        self.assertRaises(Refused, chain.in_force, height)

    def test_every_flipped_bit_of_a_trust_file_is_refused(self):
        for suite in self.suites:
            root = Root(unhex(suite["genesis_hash"]))
            for bit, changed in flipped_bits(unhex(suite["trust"])):
                with self.assertRaises((Refused, Malformed), msg=f"bit {bit}"):
                    SetChain.prove(root, Trust.read(changed))

    def test_other_texts_are_no_roots(self):
        digits = self.suites[0]["genesis_hash"]
        for text in ("", "00", digits.upper(), digits[:-1], digits + "0", digits[:32] + " " + digits[32:], "ü"):
            self.assertRaises(CouldNot, read_root, text.encode())


class Forks(unittest.TestCase):
    def test_two_histories_name_the_keys_that_signed_both(self):
        for suite in vectors("fork.json"):
            root = Root(unhex(suite["genesis_hash"]))
            kinds = [case["fork"] and case["fork"][0] for case in suite["cases"]]
            self.assertEqual(kinds, ["height", "position", None])
            for case in suite["cases"]:
                fork = find_fork(unhex(case["first"]), unhex(case["second"]), root)
                if case["fork"] is None:
                    self.assertIsNone(fork)
                else:
                    self.assertEqual(list(fork[0]), case["fork"], case["name"])
                    self.assertEqual([key.hex() for key in fork[1]], case["signed_both"], case["name"])


class Signatures(unittest.TestCase):
    def test_plain_sm3_agrees_with_the_standard_and_with_openssl(self):
        # GB/T 32905-2016, annex A.
        self.assertEqual(sm3.plain(b"abc").hex(), "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0")
        self.assertEqual(sm3.plain(b"abcd" * 16).hex(), "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732")
        for length in range(130):
            message = bytes(range(length))
            self.assertEqual(sm3.plain(message), sm3.sm3(message))

    def test_every_case_at_the_edges_of_sm2_is_judged_as_it_says(self):
        judged = 0
        for group in vectors("sm2_verify.json")["testGroups"]:
            key = unhex(group["publicKey"])
            for case in group["tests"]:
                if "sig" not in case or len(key) != 65 or key[0] != 4 or unhex(group["identity"]) != sm2.ID:
                    continue  # another spelling of a signature or a key, another identity: none of ours
                e = int(case["digest"], 16) if "digest" in case else sm2.digest(key, unhex(case["msg"]))
                valid = sm2.is_key(key) and sm2.verify_digest(key, e, unhex(case["sig"]))
                self.assertEqual(valid, case["result"] == "valid", case)
                judged += 1
        self.assertGreater(judged, 1000)

    def test_signatures_of_any_other_bit_are_invalid(self):
        for suite, algorithm in zip(vectors("envelope.json"), (sm2, ed25519)):
            envelope = suite["records"][0]["envelope"]
            key, message = unhex(envelope["sender"]["public_key"])[1:], unhex(envelope["signing_bytes"])
            signature = unhex(envelope["signature"])
            self.assertTrue(algorithm.verify(key, message, signature))
            for _, changed in flipped_bits(signature):
                self.assertFalse(algorithm.verify(key, message, changed))
            for _, changed in flipped_bits(key):
                self.assertFalse(algorithm.verify(changed, message, signature))
            self.assertFalse(algorithm.verify(key, message + b"\0", signature))

    def test_points_of_small_order_and_second_spellings_are_no_keys(self):
        # y = 1, 0 and -1 are of order 1, 4 and 2; y + p spells y again.
        for y in (1, 0, ed25519.P - 1):
            self.assertFalse(ed25519.is_key(y.to_bytes(32, "little")))
        self.assertFalse(ed25519.is_key((ed25519.P + 4).to_bytes(32, "little")))
        self.assertTrue(ed25519.is_key((4).to_bytes(32, "little")))

    def test_a_signature_with_s_beyond_the_order_is_invalid(self):
        national, international = vectors("envelope.json")
        for suite, algorithm, order, endian in ((national, sm2, sm2.N, "big"), (international, ed25519, ed25519.L, "little")):
            envelope = suite["records"][0]["envelope"]
            key, message, signature = (unhex(text) for text in (
                envelope["sender"]["public_key"][2:], envelope["signing_bytes"], envelope["signature"]))
            beyond = int.from_bytes(signature[32:], endian) + order
            if beyond < 1 << 256:
                self.assertFalse(algorithm.verify(key, message, signature[:32] + beyond.to_bytes(32, endian)))


class Command(unittest.TestCase):
    def run_command(self, *arguments):
        program = [sys.executable, str(FOLDER / "yinglian_verify.py")]
        return subprocess.run(program + list(arguments), capture_output=True, text=True)

    def test_the_exit_code_is_0_for_proven_1_for_refused_and_2_for_no_answer(self):
        suite = vectors("receipt.json")[0]
        proven, forged = suite["proven"][2], suite["refused"][0]
        root = unhex(proven["root"]).decode()
        with tempfile.TemporaryDirectory() as folder:
            paths = {}
            for name, text in (("good", proven["receipt"]), ("bad", forged["receipt"]), ("text", proven["document"])):
                paths[name] = f"{folder}/{name}"
                with open(paths[name], "wb") as file:
                    file.write(unhex(text))
            good = self.run_command("receipt", paths["good"], "--trust", root, "--document", paths["text"])
            self.assertEqual(good.returncode, 0, good.stderr)
            self.assertIn(proven["says"]["record"], good.stdout)
            bad = self.run_command("receipt", paths["bad"], "--trust", root)
            self.assertEqual(bad.returncode, 1)
            self.assertIn(forged["code"], bad.stdout)
            for arguments in ((f"{folder}/nothing", "--trust", root), (paths["good"], "--trust", "00")):
                self.assertEqual(self.run_command("receipt", *arguments).returncode, 2)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Interfaces, written from docs/specs/interface.md, against the vectors and the golden interfaces themselves."""

import hashlib
import json
import unittest
from pathlib import Path

from harness import main, vectors
from interface_codec import Codec, Pattern, Reader, Refused
from verifier.sm3 import sm3

ROOT = Path(__file__).parent.parent.parent
TAG = b"yinglian/interface-shape/v1"


def canonical(shape):
    return json.dumps(shape, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def refusal(step):
    try:
        return "no refusal", step()
    except Refused as refused:
        return refused.word, refused.path


class Interfaces(unittest.TestCase):
    def setUp(self):
        self.vectors = vectors("interface.json")
        self.codec = Codec(self.vectors["definitions"])

    def read(self, of, data):
        return Reader(self.vectors["definitions"], data).whole(of)

    def test_the_hash_of_a_shape_is_that_of_its_canonical_json(self):
        for case in self.vectors["shapes"]["hashes"]:
            shape = json.loads((ROOT / case["file"]).read_text())["shape"]
            text = canonical(shape)
            self.assertEqual(len(text), case["canonical_bytes"])
            tagged = bytes([len(TAG)]) + TAG + text
            self.assertEqual(sm3(tagged).hex(), case["national"])
            self.assertEqual(hashlib.sha256(tagged).hexdigest(), case["international"])
        example = self.vectors["shapes"]["canonical_example"]
        self.assertEqual(canonical(json.loads(example)).decode(), example)

    def test_values_have_their_bytes_and_read_back(self):
        for case in self.vectors["values"]:
            data = bytes.fromhex(case["bytes"])
            self.assertEqual(self.codec.encode(case["type"], case["json"]).hex(), case["bytes"], case)
            self.assertEqual(self.read(case["type"], data), case["json"], case)
            for end in range(len(data)):
                self.assertNotEqual(refusal(lambda: self.read(case["type"], data[:end]))[0], "no refusal", case)
            self.assertEqual(refusal(lambda: self.read(case["type"], data + b"\0"))[0], "trailing", case)

    def test_what_is_refused_is_refused_with_its_word_and_its_place(self):
        for case in self.vectors["refused_bytes"]:
            data = bytes.fromhex(case["bytes"])
            self.assertEqual(refusal(lambda: self.read(case["type"], data))[0], case["word"], case)
        for case in self.vectors["refused_json"]:
            fields = [{"name": "f", "type": case["type"]}]
            self.assertEqual(refusal(lambda: self.codec.record(fields, {"f": case["json"]})), (case["word"], case["path"]), case)

    def test_patterns_match_the_same_texts(self):
        for case in self.vectors["patterns"]:
            pattern = Pattern(case["pattern"])
            self.assertEqual([text for text in case["texts"] if pattern.matches(text)], case["match"])


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Canonical rows, batches, row proofs and published digests, written from docs/specs/rows.md alone, against the vectors."""

import random
import unittest

from harness import flipped_bits, main, unhex, vectors
from verifier.rows import SUITES, Batch, Refused, Schema, Source, canonical_row, proven, row_key


def given(vector):
    document = vector["document"]
    return Schema(document), Source(document.get("source", {}))


class Rows(unittest.TestCase):
    def setUp(self):
        self.vectors = vectors("rows.json")

    def test_schemas_agree(self):
        self.assertEqual(len(self.vectors["schemas"]), 3)
        for vector in self.vectors["schemas"]:
            schema, _ = given(vector)
            self.assertEqual(schema.encode().hex(), vector["bytes"])
            for name, suite in SUITES.items():
                self.assertEqual(schema.digest(suite).hex(), vector[name])

    def test_rows_and_keys_agree(self):
        self.assertGreaterEqual(len(self.vectors["rows"]), 13)
        for vector in self.vectors["rows"]:
            schema, source = given(vector)
            row = canonical_row(schema, source, [unhex(field) for field in vector["fields"]])
            self.assertEqual(row.hex(), vector["row"], vector["what"])
            self.assertEqual(row_key(schema, row).hex(), vector["key"], vector["what"])

    def test_the_same_rows_are_refused_for_the_same_reason(self):
        reasons = set()
        for vector in self.vectors["refused_rows"]:
            schema, source = given(vector)
            fields = vector["fields"]
            if fields == "field 1 of 70000 letters a":
                fields = [b"1".hex(), (70_000 * b"a").hex(), *(5 * [None])]
            with self.assertRaises(Refused, msg=fields) as refused:
                canonical_row(schema, source, [unhex(field) for field in fields])
            if vector["reason"] != "row_too_long":
                self.assertEqual((refused.exception.reason, refused.exception.column),
                                 (vector["reason"], vector["column"]), fields)
            reasons.add(refused.exception.reason)
        self.assertEqual(len(reasons), 11)


class Batches(unittest.TestCase):
    def each(self):
        found = vectors("rows.json")["batches"]
        self.assertGreaterEqual(len(found), 6)
        for vector in found:
            suite, (schema, source) = SUITES[vector["suite"]], given(vector)
            rows = [canonical_row(schema, source, [unhex(field) for field in fields]) for fields in vector["given"]]
            random.Random(len(rows)).shuffle(rows)
            yield vector, schema, Batch(suite, schema, unhex(vector["batch_key"]), rows)

    def test_order_salts_leaves_and_roots_agree(self):
        for vector, schema, batch in self.each():
            mine = [{"row": row.hex(), "key": key.hex(), "occurrence": occurrence, "salt": salt.hex(), "leaf": leaf.hex()}
                    for row, key, occurrence, salt, leaf
                    in zip(batch.rows, batch.keys, batch.occurrences, batch.salts, batch.leaves)]
            theirs = [{name: field for name, field in row.items() if name != "proof"} for row in vector["sorted"]]
            self.assertEqual(mine, theirs, vector["what"])
            self.assertEqual((len(batch.rows), schema.digest(batch.suite).hex(), batch.root.hex()),
                             (vector["rows"], vector["schema"], vector["root"]))

    def test_digests_of_ranges_agree(self):
        for vector, _, batch in self.each():
            for given in vector["ranges"]:
                rows, root = batch.range_digest(unhex(given["from"]), unhex(given["to"]))
                self.assertEqual((rows, root.hex()), (given["rows"], given["root"]), vector["what"])
            self.assertEqual(batch.published().hex(), vector["published"], vector["what"])
            self.assertIn(vector["batch_key_digest"], vector["published"])

    def test_every_row_is_proven_and_no_altered_proof_holds(self):
        for vector, schema, batch in self.each():
            signed = (unhex(vector["schema"]), vector["rows"], unhex(vector["root"]))
            for row in vector["sorted"]:
                self.assertTrue(proven(batch.suite, schema, signed, unhex(row["proof"])), vector["what"])
            if len(batch.rows) == 8:
                proof = unhex(vector["sorted"][5]["proof"])
                for place, altered in flipped_bits(proof):
                    self.assertFalse(proven(batch.suite, schema, signed, altered), place)
                for end in range(len(proof)):
                    self.assertFalse(proven(batch.suite, schema, signed, proof[:end]), end)
                self.assertFalse(proven(batch.suite, schema, (signed[0], 9, signed[2]), proof))


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Envelopes, outcomes, leaves, calls, headers, votes and quorums, written from docs/specs alone, against the vectors."""

import unittest

from harness import main, unhex, vectors
from verifier import calls
from verifier.canonical import Reader, whole
from verifier.errors import Malformed
from verifier.structures import (
    Envelope, Genesis, Header, Leaf, Outcome, Quorum, ValidatorSet, make_leaf, read_payload, vote_bytes)
from verifier.suites import Suite, address_bytes, address_of, address_text, signed

SUITES = {"national": Suite(1), "international": Suite(2)}


def plain(value, names):
    """Fields of a structure as a vector writes them."""
    fields = {name: getattr(value, name) for name in names}
    return {name: field.hex() if isinstance(field, bytes) else field for name, field in fields.items()}


class Records(unittest.TestCase):
    def each(self):
        for vector in vectors("envelope.json"):
            suite, genesis_hash = SUITES[vector["suite"]], unhex(vector["genesis_hash"])
            self.assertGreaterEqual(len(vector["records"]), 5)
            for record in vector["records"]:
                yield suite, genesis_hash, record

    def test_envelopes_agree(self):
        for suite, genesis_hash, record in self.each():
            vector = record["envelope"]
            envelope = whole(unhex(vector["bytes"]), Envelope.read)
            names = ("contract", "method", "method_version", "arguments", "valid_until_ms", "body", "signature")
            self.assertEqual(plain(envelope, names), {name: vector[name] for name in names})
            self.assertEqual(envelope.body[-16:].hex(), vector["random"])
            self.assertEqual(envelope.signed_bytes(genesis_hash).hex(), vector["signing_bytes"])
            self.assertEqual((envelope.id(suite).hex(), envelope.hash(suite).hex()), (vector["id"], vector["hash"]))
            sender = vector["sender"]
            key = whole(unhex(sender["public_key"]), Reader.public_key)
            self.assertEqual(envelope.sender, address_of(key))
            self.assertEqual(address_of(key).hex(), sender["address"])
            self.assertEqual(address_text(address_of(key)), sender["address_text"])
            self.assertEqual(address_bytes(sender["address_text"]).hex(), sender["address"])
            self.assertTrue(signed(key, envelope.signed_bytes(genesis_hash), envelope.signature))

    def test_outcomes_and_leaves_agree(self):
        for suite, _, record in self.each():
            vector = record["outcome"]
            outcome = whole(unhex(vector["bytes"]), Outcome.read)
            self.assertEqual(f"YL{outcome.code:04}", vector["code"])
            events = [{"contract": contract, "name": name, "fields": [list(field) for field in fields]}
                      for contract, name, fields in outcome.events]
            self.assertEqual(events, vector["events"])
            writes = [{"key": key.hex(), "version": version, "value_hash": value_hash.hex()}
                      for key, version, value_hash in outcome.writes]
            self.assertEqual(writes, vector["writes"])
            self.assertEqual(outcome.hash(suite).hex(), vector["hash"])
            vector = record["leaf"]
            leaf = whole(unhex(vector["bytes"]), Leaf.read)
            names = ("envelope_hash", "sender", "organization", "height", "index", "time_ms", "outcome_hash")
            self.assertEqual(plain(leaf, names), {name: vector[name] for name in names})
            self.assertEqual(suite.hash(b"\0" + leaf.raw).hex(), vector["hash"])
            envelope = whole(unhex(record["envelope"]["bytes"]), Envelope.read)
            self.assertEqual(make_leaf(envelope, leaf.organization, leaf, leaf.index, outcome, suite), leaf.raw)

    def test_the_vectors_hold_a_refusal_events_and_writes(self):
        outcomes = [record["outcome"] for _, _, record in self.each()]
        self.assertTrue(any(outcome["code"] != "YL0000" for outcome in outcomes))
        self.assertTrue(any(outcome["events"] for outcome in outcomes))
        self.assertTrue(any(len(outcome["writes"]) > 2 for outcome in outcomes))


class Calls(unittest.TestCase):
    def test_every_method_has_a_vector_and_gives_its_bytes(self):
        found = vectors("calls.json")["calls"]
        for call in found:
            name = call["contract"], call["method"], call["version"]
            self.assertEqual(calls.encode(*name, call["json"]).hex(), call["bytes"], name)
        for text, expected in (("00Z", 0), ("00.1Z", 100), ("59.007Z", 59_007)):
            data = calls.time_ms("1970-01-01T00:00:" + text)
            self.assertEqual(int.from_bytes(data, "little"), expected)
        names = {(call["contract"], call["method"], call["version"]) for call in found}
        self.assertEqual(names, set(calls.METHODS))

    def test_a_new_key_signed_for_its_organisation_on_this_chain(self):
        vector = vectors("calls.json")
        proven = [call["json"] for call in vector["calls"] if "proof" in call["json"]]
        self.assertEqual(len(proven), 4)
        organization = b"11410400XX0000027C"
        for arguments in proven:
            key, proof = unhex(arguments.get("public_key") or arguments["administrator"]), unhex(arguments["proof"])
            genesis = unhex(vector["genesis_hash"])
            message = b"yinglian/key-possession/v1" + genesis + organization + key
            self.assertTrue(signed(key, message, proof))
            self.assertFalse(signed(key, message.replace(organization, b"11410400XX0000019H"), proof))
            self.assertFalse(signed(key, message.replace(genesis, bytes(32)), proof))


class Blocks(unittest.TestCase):
    def setUp(self):
        self.suites = vectors("header.json")

    def test_genesis_and_sets_agree(self):
        for vector in self.suites:
            suite, given = SUITES[vector["suite"]], vector["genesis"]
            genesis = whole(unhex(given["bytes"]), Genesis.read)
            self.assertEqual(genesis.hash(suite).hex(), given["hash"])
            names = ("flags", "name", "time_ms", "registry_root", "validators_hash", "protocol_version")
            self.assertEqual(plain(genesis, names), {name: given["fields"][name] for name in names})
            for given in vector["sets"]:
                validators = whole(unhex(given["bytes"]), ValidatorSet.read)
                self.assertEqual(validators.hash(suite).hex(), given["hash"])
                listed = [{"organization": v.organization, "public_key": v.public_key.hex(), "weight": v.weight}
                          for v in validators.validators]
                self.assertEqual(listed, given["validators"])
                for turn in given["proposers"]:
                    proposer = validators.proposer(turn["height"], turn["round"])
                    self.assertEqual(address_of(proposer.public_key).hex(), turn["address"])

    def test_headers_payloads_and_quorums_agree(self):
        for vector in self.suites:
            suite, genesis_hash = SUITES[vector["suite"]], unhex(vector["genesis"]["hash"])
            sets = [whole(unhex(given["bytes"]), ValidatorSet.read) for given in vector["sets"]]
            for given in vector["blocks"]:
                header = whole(unhex(given["bytes"]), Header.read)
                names = [name for name in given["fields"] if name not in ("version", "suite")]
                self.assertEqual(plain(header, names), {name: given["fields"][name] for name in names})
                self.assertEqual(len(names), 13)
                self.assertEqual(header.hash(suite).hex(), given["hash"])
                payload = unhex(given["payload"])
                self.assertEqual(suite.tagged("yinglian/payload/v1", payload), header.payload_hash)
                read_payload(payload)
                validators = next(v for v in sets if v.hash(suite) == header.validators_hash)
                for name in ("quorum", "shortest_quorum"):
                    quorum = whole(unhex(given[name]), Quorum.read)
                    self.assertTrue(quorum.proves(genesis_hash, header, validators, suite))
                # The shortest is the shortest: without any one of its signatures it proves nothing.
                for left_out in quorum.signatures:
                    fewer = [entry for entry in quorum.signatures if entry != left_out]
                    self.assertFalse(Quorum(b"", quorum.round, fewer).proves(genesis_hash, header, validators, suite))

    def test_votes_agree(self):
        for vector in self.suites:
            genesis_hash = unhex(vector["genesis"]["hash"])
            key = unhex(vector["sets"][0]["validators"][0]["public_key"])
            self.assertEqual(len(vector["votes"]), 4)
            for vote in vector["votes"]:
                data = vote_bytes(genesis_hash, vote["kind"], vote["height"], vote["round"], unhex(vote["value_id"]))
                self.assertEqual(data.hex(), vote["bytes"])
                self.assertTrue(signed(key, data, unhex(vote["signature"])))


class Strictness(unittest.TestCase):
    def test_other_bytes_than_the_canonical_ones_are_refused(self):
        record = vectors("envelope.json")[1]["records"][4]
        for name, kind in (("envelope", Envelope), ("outcome", Outcome), ("leaf", Leaf)):
            good = unhex(record[name]["bytes"])
            whole(good, kind.read)
            for bad in (good + b"\0", good[:-1], b"\2" + good[1:], b""):
                self.assertRaises(Malformed, whole, bad, kind.read)

    def test_broken_rules_of_types_are_refused(self):
        cases = [
            (b"\2", lambda reader: reader.option(reader.u8)),
            (b"\4\0\0\0file", lambda reader: reader.text(3)),
            (b"\1\0\0\0\xff", lambda reader: reader.text(3)),
            (b"\0\0\0\0", Reader.name),
            (b"\4\0\0\0File", Reader.name),
            (b"\1\0\0\x001", Reader.name),
            (b"\x31\0\0\0" + 49 * b"a", Reader.name),
            (b"11410400XX0000019J", Reader.credit_code),
            (b"11410400xx0000019h", Reader.credit_code),
            (b"\3" + bytes(20), Reader.address),
            (b"\3" + bytes(32), Reader.public_key),
            (b"\1\4" + bytes(64), Reader.public_key),
            (b"\2" + bytes(32), Reader.public_key),
            (b"\3", Reader.suite),
        ]
        for data, read in cases:
            self.assertRaises(Malformed, whole, data, read)
        self.assertEqual(whole(b"11410400XX0000019H", Reader.credit_code), "11410400XX0000019H")
        self.assertEqual(whole(b"\x30\0\0\0" + 48 * b"a", Reader.name), 48 * "a")

    def test_sets_out_of_order_or_without_weight_are_refused(self):
        good = unhex(vectors("header.json")[1]["sets"][0]["bytes"])
        count, size = good[:4], (len(good) - 4) // 4
        parts = [good[4 + size * n:4 + size * (n + 1)] for n in range(4)]
        whole(count + b"".join(parts), ValidatorSet.read)
        for bad in (parts[::-1], parts[:3] + parts[2:3], parts[:3] + [parts[3][:-8] + bytes(8)],
                    parts[:3] + [parts[3][:-8] + bytes.fromhex("0100000001000000")]):
            self.assertRaises(Malformed, whole, count + b"".join(bad), ValidatorSet.read)
        self.assertRaises(Malformed, whole, bytes(4), ValidatorSet.read)

    def test_another_spelling_of_an_address_is_refused(self):
        text = vectors("envelope.json")[0]["records"][0]["envelope"]["sender"]["address_text"]
        for bad in (text.upper(), text[:-1] + ("q" if text[-1] != "q" else "p"), "ab" + text[2:], text[:-1]):
            self.assertRaises(Malformed, address_bytes, bad)


if __name__ == "__main__":
    main()

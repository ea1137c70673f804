"""docs/specs/envelope.md and header.md: what is encoded, and the hashes of it. Each `raw` is the canonical bytes as they stood."""

from dataclasses import dataclass, field

from .canonical import check, whole
from .suites import address_of, signed

ENVELOPE_BYTES = 65_536
PAYLOAD_BYTES = 8 << 20
PAYLOAD_ENVELOPES = 16_000
VALIDATORS = 128


@dataclass
class Envelope:
    body: bytes
    signature: bytes
    contract: str
    method: str
    method_version: int
    arguments: bytes
    sender: bytes
    valid_until_ms: int

    @staticmethod
    def read(reader):
        start = reader.at
        reader.version()
        contract, method, version = reader.name(), reader.name(), reader.u16()
        arguments, sender, valid_until_ms = reader.bytes(ENVELOPE_BYTES), reader.address(), reader.u64()
        reader.take(16)
        body = reader.data[start:reader.at]
        signature = reader.take(64)
        check(len(body) + 64 <= ENVELOPE_BYTES, "an envelope too long")
        return Envelope(body, signature, contract, method, version, arguments, sender, valid_until_ms)

    def signed_bytes(self, genesis_hash):
        return b"yinglian/envelope-sign/v1" + genesis_hash + self.body

    def id(self, suite):
        return suite.tagged("yinglian/envelope-id/v1", self.body)

    def hash(self, suite):
        return suite.tagged("yinglian/envelope-hash/v1", self.body + self.signature)


@dataclass
class Outcome:
    raw: bytes
    code: int
    events: list
    writes: list

    @staticmethod
    def read(reader):
        start = reader.at
        reader.version()
        code = reader.u16()
        events = reader.list(64, lambda: Outcome.read_event(reader))
        writes = reader.list(256, lambda: (reader.bytes(PAYLOAD_BYTES), reader.u64(), reader.hash()))
        return Outcome(reader.data[start:reader.at], code, events, writes)

    @staticmethod
    def read_event(reader):
        contract, name = reader.name(), reader.name()
        return contract, name, reader.list(PAYLOAD_BYTES, lambda: (reader.name(), reader.text(PAYLOAD_BYTES)))

    def hash(self, suite):
        return suite.tagged("yinglian/outcome/v1", self.raw)


@dataclass
class Leaf:
    raw: bytes
    envelope_hash: bytes
    sender: bytes
    organization: str
    height: int
    index: int
    time_ms: int
    outcome_hash: bytes

    @staticmethod
    def read(reader):
        start = reader.at
        reader.version()
        fields = (reader.hash(), reader.address(), reader.credit_code(), reader.u64(), reader.u32(), reader.u64(),
                  reader.hash())
        return Leaf(reader.data[start:reader.at], *fields)


def make_leaf(envelope, organization, header, index, outcome, suite):
    numbers = header.height.to_bytes(8, "little") + index.to_bytes(4, "little") + header.time_ms.to_bytes(8, "little")
    return (b"\x01" + envelope.hash(suite) + envelope.sender + organization.encode() + numbers + outcome.hash(suite))


@dataclass
class Genesis:
    raw: bytes
    suite: int
    flags: int
    name: str
    time_ms: int
    registry_root: bytes
    validators_hash: bytes
    protocol_version: int

    @staticmethod
    def read(reader):
        start = reader.at
        reader.version()
        fields = (reader.suite(), reader.u16(), reader.text(128), reader.u64(), reader.hash(), reader.hash(), reader.u32())
        return Genesis(reader.data[start:reader.at], *fields)

    def hash(self, suite):
        return suite.tagged("yinglian/genesis/v1", self.raw)


@dataclass
class Header:
    raw: bytes
    suite: int
    flags: int
    height: int
    round: int
    time_ms: int
    previous: bytes
    payload_hash: bytes
    log_size: int
    log_root: bytes
    registry_root: bytes
    validators_hash: bytes
    next_validators_hash: bytes
    protocol_version: int
    proposer: bytes

    @staticmethod
    def read(reader):
        start = reader.at
        reader.version()
        fields = (reader.suite(), reader.u16(), reader.u64(), reader.u32(), reader.u64(), reader.hash(), reader.hash(),
                  reader.u64(), reader.hash(), reader.hash(), reader.hash(), reader.hash(), reader.u32(), reader.address())
        return Header(reader.data[start:reader.at], *fields)

    def hash(self, suite):
        return suite.tagged("yinglian/header/v1", self.raw)


@dataclass
class Validator:
    organization: str
    public_key: bytes
    weight: int


@dataclass
class ValidatorSet:
    raw: bytes
    validators: list
    total: int = field(init=False)

    def __post_init__(self):
        self.total = sum(validator.weight for validator in self.validators)

    @staticmethod
    def read(reader):
        start = reader.at
        found = reader.list(VALIDATORS, lambda: Validator(reader.credit_code(), reader.public_key(), reader.u64()))
        addresses = [address_of(validator.public_key) for validator in found]
        check(found, "a set without validators")
        check(all(a < b for a, b in zip(addresses, addresses[1:])), "validators out of order")
        check(all(1 <= validator.weight <= 1 << 32 for validator in found), "a weight out of range")
        return ValidatorSet(reader.data[start:reader.at], found)

    def hash(self, suite):
        return suite.tagged("yinglian/validators/v1", self.raw)

    def proposer(self, height, round_):
        slot = (height + round_) % self.total
        for validator in self.validators:
            if slot < validator.weight:
                return validator
            slot -= validator.weight
        raise AssertionError("a slot beyond the total")


@dataclass
class Quorum:
    raw: bytes
    round: int
    signatures: list

    @staticmethod
    def read(reader):
        start, round_ = reader.at, reader.u32()
        signatures = reader.list(VALIDATORS, lambda: (reader.u16(), reader.take(64)))
        return Quorum(reader.data[start:reader.at], round_, signatures)

    def proves(self, genesis_hash, header, validators, suite):
        """True when more than two thirds of the weight signed the header, each validator once, and every signature is valid."""
        indexes = [index for index, _ in self.signatures]
        if any(a >= b for a, b in zip(indexes, indexes[1:])):
            return False
        message, weight = precommit(genesis_hash, header.height, self.round, header.hash(suite)), 0
        for index, signature in self.signatures:
            if index >= len(validators.validators):
                return False
            validator = validators.validators[index]
            if not signed(validator.public_key, message, signature):
                return False
            weight += validator.weight
        return 3 * weight > 2 * validators.total


def vote_bytes(genesis_hash, kind, height, round_, value_id):
    value = b"\x00" if value_id is None else b"\x01" + value_id
    return (b"yinglian/vote/v1" + genesis_hash + bytes([kind]) + height.to_bytes(8, "little")
            + round_.to_bytes(4, "little") + value)


def precommit(genesis_hash, height, round_, value_id):
    return vote_bytes(genesis_hash, 2, height, round_, value_id)


def read_payload(data):
    check(len(data) <= PAYLOAD_BYTES, "a payload too long")

    def read(reader):
        reader.version()
        return reader.list(PAYLOAD_ENVELOPES, lambda: Envelope.read(reader))

    return whole(data, read)

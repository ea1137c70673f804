"""docs/specs/trust.md: roots, trust files, and the validator sets that they prove."""

import re
from dataclasses import dataclass

from .canonical import check, whole
from .cbor import BYTES, LIST, UNSIGNED, decode_map
from .errors import CouldNot, Malformed, Refused, require
from .structures import Genesis, Header, Quorum, ValidatorSet
from .suites import Suite

TRUST_BYTES = 64 << 20
CHECKPOINT_BYTES = 128 << 10
CHECKPOINT = {-65651: UNSIGNED, -65652: BYTES, -65653: UNSIGNED, -65654: BYTES, -65655: UNSIGNED, -65656: BYTES}
TRUST = {-65601: UNSIGNED, -65602: BYTES, -65603: BYTES, -65604: LIST}
OLD_MS = 180 * 24 * 3600 * 1000


@dataclass
class Root:
    """What the verifier believes: a genesis hash, and perhaps a header of that chain with the set that follows it."""

    genesis_hash: bytes
    height: int = 0
    header_hash: bytes = None
    time_ms: int = None
    next_set: ValidatorSet = None

    def is_genesis(self):
        return self.header_hash is None

    def text(self):
        return self.genesis_hash.hex() + ("" if self.is_genesis() else f" at block {self.height}")


@dataclass
class Trust:
    genesis: Genesis
    first_set: ValidatorSet
    links: list

    @staticmethod
    def read(data):
        check(len(data) <= TRUST_BYTES, "a trust file too long")
        found = decode_map(data, TRUST)
        check(found[-65601] == 1, "unknown version of a trust file")
        genesis, first_set = whole(found[-65602], Genesis.read), whole(found[-65603], ValidatorSet.read)
        return Trust(genesis, first_set, [Trust.read_link(link) for link in found[-65604]])

    @staticmethod
    def read_link(link):
        shaped = isinstance(link, list) and len(link) == 3 and all(isinstance(part, bytes) for part in link)
        check(shaped, "a link of another shape")
        return tuple(whole(part, kind.read) for part, kind in zip(link, (Header, Quorum, ValidatorSet)))

    def genesis_hash(self):
        return self.genesis.hash(Suite(self.genesis.suite))


def read_checkpoint(data):
    check(len(data) <= CHECKPOINT_BYTES, "a checkpoint too long")
    found = decode_map(data, CHECKPOINT)
    check(found[-65651] == 1 and len(found[-65652]) == len(found[-65654]) == 32, "not a checkpoint")
    return Root(found[-65652], found[-65653], found[-65654], found[-65655], whole(found[-65656], ValidatorSet.read))


def read_root(data):
    """A root from 64 hexadecimal digits, or the bytes of a checkpoint or a trust file."""
    digits = re.fullmatch(rb"\s*([0-9a-f]{64})\s*", data)
    if digits:
        return Root(bytes.fromhex(digits[1].decode()))
    try:
        return read_checkpoint(data)
    except Malformed:
        pass
    try:
        return Root(Trust.read(data).genesis_hash())
    except Malformed:
        raise CouldNot("neither a genesis hash, nor a checkpoint, nor a trust file") from None


class SetChain:
    """The validator sets proven from a root, each with the height from which it decides."""

    def __init__(self, root, suite, time_ms, first):
        self.root, self.suite, self.time_ms, self.sets = root, suite, time_ms, [first]

    @staticmethod
    def prove(root, trust):
        require(trust.genesis_hash() == root.genesis_hash, "YL5007", "another chain than the root's")
        suite = Suite(trust.genesis.suite)
        if root.is_genesis():
            expected = trust.genesis.validators_hash
            require(trust.first_set.hash(suite) == expected, "YL5006", "the first set is not the genesis'")
            chain = SetChain(root, suite, trust.genesis.time_ms, (1, trust.first_set))
        else:
            chain = SetChain.of_checkpoint(root, suite)
        for header, quorum, next_set in trust.links:
            if root.is_genesis() or header.height > root.height:
                chain.follow(header, quorum, next_set)
        return chain

    @staticmethod
    def of_checkpoint(root, suite):
        return SetChain(root, suite, root.time_ms, (root.height + 1, root.next_set))

    def follow(self, header, quorum, next_set):
        self.check(header, quorum)
        require(header.height >= self.sets[-1][0], "YL5006", "links out of order")
        require(next_set.hash(self.suite) == header.next_validators_hash, "YL5006", "a link to another set")
        self.sets.append((header.height + 1, next_set))

    def in_force(self, height):
        for start, validators in reversed(self.sets):
            if start <= height:
                return validators
        raise Refused("YL5006", "no set is proven for this height")

    def check(self, header, quorum):
        """Refuses unless the set in force at the header's height decided the header."""
        validators = self.in_force(header.height)
        require(header.suite == self.suite.id, "YL5007", "a header of another suite")
        expected = validators.hash(self.suite)
        require(header.validators_hash == expected, "YL5006", "the header names a set that was not in force")
        require(header.round <= quorum.round, "YL5005", "the header was built after its quorum")
        proven = quorum.proves(self.root.genesis_hash, header, validators, self.suite)
        require(proven, "YL5005", "no quorum decided the header")

    def signers(self, header, quorum):
        validators = self.in_force(header.height).validators
        return [validators[index].public_key for index, _ in quorum.signatures]

"""docs/specs/export.md: reads an audit export and checks everything that the page names."""

from dataclasses import dataclass

from .canonical import Reader, check, whole
from .errors import CouldNot, Malformed, Refused
from .structures import Genesis, Header, Outcome, PAYLOAD_BYTES, Quorum, ValidatorSet, make_leaf, read_payload
from .suites import Suite, address_of, signed
from .trees import Log, registry_root

MAGIC = b"ylaudit\x01"
FRAME_BYTES = 64 << 20
ENTRIES = 1_000_000
RECORDS = 16_000
VALID_MS = 3_600_000


def read_frames(data):
    """The frames of an export, each a Reader, and whether it is the last; no export, or one that was cut, gives no answer."""
    if data[:len(MAGIC)] != MAGIC:
        raise CouldNot("not an audit export")
    at = len(MAGIC)
    while at < len(data):
        length = int.from_bytes(data[at:at + 4], "little")
        check(length <= FRAME_BYTES, "a frame too long")
        if at + 4 + length > len(data):
            raise CouldNot("the export was cut")
        frame, at = Reader(data[at + 4:at + 4 + length]), at + 4 + length
        yield frame, at == len(data)


def read_value(data):
    """docs/specs/registry.md, RegistryValue; gives its version."""
    def read(reader):
        reader.u16()
        version = reader.u64()
        reader.option(reader.u64), reader.option(reader.u64), reader.hash(), reader.bytes(65_536)
        return version

    return whole(data, read)


@dataclass
class Summary:
    blocks: int = 0
    records: int = 0
    refused: int = 0
    registry_writes: int = 0
    set_changes: int = 0


class Audit:
    """A chain as its export is read: the set in force, the log, the registry, the keys."""

    def __init__(self, frame, root):
        self.root, self.keys, self.ids, self.summary = root, {}, set(), Summary()
        self.genesis = Genesis.read(frame)
        self.suite = Suite(self.genesis.suite)
        entries = frame.list(ENTRIES, lambda: (frame.bytes(256), frame.bytes(65_536)))
        self.validators = ValidatorSet.read(frame)
        frame.end()
        self.height, self.previous, self.time_ms = 0, root.genesis_hash, self.genesis.time_ms
        self.log = Log(self.suite.hash)
        self.agree(self.genesis.hash(self.suite) == root.genesis_hash, "another chain than the root's")
        self.agree(self.validators.hash(self.suite) == self.genesis.validators_hash, "the set is not the genesis'")
        self.load(entries)

    def agree(self, holds, text, index=None):
        place = f"block {self.height}" if index is None else f"record {index} of block {self.height}"
        if not holds:
            raise Refused("YL5015", f"{place}: {text}")

    def load(self, entries):
        tagged = self.suite.tagged
        self.versions = {key: read_value(value) for key, value in entries}
        self.entries = {tagged("yinglian/registry-key/v1", key): tagged("yinglian/registry-value/v1", value)
                        for key, value in entries}
        self.registry_root = registry_root(self.suite.hash, self.entries)
        self.agree(self.registry_root == self.genesis.registry_root, "the entries are not the genesis'")

    def block(self, frame):
        header, quorum, payload = Header.read(frame), Quorum.read(frame), frame.bytes(PAYLOAD_BYTES)
        outcomes = frame.list(RECORDS, lambda: (frame.credit_code(), Outcome.read(frame)))
        keys = frame.list(RECORDS, frame.public_key)
        next_set = frame.option(lambda: ValidatorSet.read(frame))
        frame.end()
        self.height += 1
        self.check_header(header, quorum)
        self.keys.update((address_of(key), key) for key in keys)
        payload_hash = self.suite.tagged("yinglian/payload/v1", payload)
        self.agree(payload_hash == header.payload_hash, "the payload is not the header's")
        envelopes = read_payload(payload)
        self.agree(len(envelopes) == len(outcomes), "not one outcome an envelope")
        for index, (envelope, (organization, outcome)) in enumerate(zip(envelopes, outcomes)):
            self.check_envelope(header, index, envelope)
            self.log.append(make_leaf(envelope, organization, header, index, outcome, self.suite))
            self.write(index, outcome)
        self.close(header, any(outcome.writes for _, outcome in outcomes))
        self.follow(header, next_set)

    def check_header(self, header, quorum):
        self.agree(header.height == self.height, "is not the next")
        self.agree(header.suite == self.suite.id and header.flags == self.genesis.flags, "is of another chain")
        self.agree(header.previous == self.previous, "does not follow the one before")
        self.agree(header.time_ms > self.time_ms, "is not later than the one before")
        proposer = self.validators.proposer(header.height, header.round)
        self.agree(header.proposer == address_of(proposer.public_key), "was not its proposer's turn")
        self.agree(header.validators_hash == self.validators.hash(self.suite), "names a set that was not in force")
        proven = header.round <= quorum.round and quorum.proves(
            self.root.genesis_hash, header, self.validators, self.suite)
        self.agree(proven, "has no quorum")
        trusted = header.height != self.root.height or header.hash(self.suite) == self.root.header_hash
        self.agree(trusted, "is not the header of the trust root")

    def check_envelope(self, header, index, envelope):
        key, envelope_id = self.keys.get(envelope.sender), envelope.id(self.suite)
        self.agree(key is not None, "the sender's key is missing", index)
        valid = signed(key, envelope.signed_bytes(self.root.genesis_hash), envelope.signature)
        self.agree(valid, "the sender did not sign it", index)
        in_time = header.time_ms <= envelope.valid_until_ms <= header.time_ms + VALID_MS
        self.agree(in_time, "expired, or valid for too long", index)
        self.agree(envelope_id not in self.ids, "occurs twice", index)
        self.ids.add(envelope_id)

    def write(self, index, outcome):
        effects = bool(outcome.events or outcome.writes)
        self.agree(outcome.code == 0 or not effects, "a refusal with effects", index)
        for key, version, value_hash in outcome.writes:
            self.agree(version == self.versions.get(key, 0) + 1, "a version that does not follow", index)
            self.versions[key] = version
            self.entries[self.suite.tagged("yinglian/registry-key/v1", key)] = value_hash
        self.summary.records += 1
        self.summary.refused += outcome.code != 0
        self.summary.registry_writes += len(outcome.writes)

    def close(self, header, written):
        log = (self.log.size, self.log.root())
        self.agree(log == (header.log_size, header.log_root), "names another log")
        if written:
            self.registry_root = registry_root(self.suite.hash, self.entries)
        self.agree(self.registry_root == header.registry_root, "names another registry")
        self.previous, self.time_ms = header.hash(self.suite), header.time_ms
        self.summary.blocks += 1

    def follow(self, header, next_set):
        if header.next_validators_hash != header.validators_hash:
            named = next_set is not None and next_set.hash(self.suite) == header.next_validators_hash
            self.agree(named, "the next set is missing or another")
            self.validators = next_set
            self.summary.set_changes += 1


def verify(data, root):
    """Checks a whole export; gives its Summary or raises Refused, or CouldNot when it was cut."""
    try:
        return verify_frames(data, root)
    except Malformed as error:
        raise Refused("YL5015", str(error)) from None


def verify_frames(data, root):
    audit, ended = None, False
    for frame, is_last in read_frames(data):
        kind = frame.u8()
        check(kind in (0, 1, 2) and (kind == 0) == (audit is None), "frames out of order")
        if kind == 0:
            audit = Audit(frame, root)
        elif kind == 1:
            audit.block(frame)
        else:
            last = frame.u64()
            frame.end()
            check(last == audit.height or not audit.height, "another end than the last block")
            check(is_last, "bytes behind the end")
            ended = True
    if not ended:
        raise CouldNot("the export was cut")
    if audit.height < root.height:
        raise CouldNot("the export ends before the trusted checkpoint")
    return audit.summary

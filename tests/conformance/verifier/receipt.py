"""docs/specs/receipt.md: the file, and the procedure of verification. docs/specs/trust.md: forks."""

from dataclasses import dataclass

from .canonical import Reader, check, whole
from .cbor import BYTES, LIST, UNSIGNED, decode_map
from .errors import CouldNot, Malformed, Refused, require
from .structures import Envelope, Header, Leaf, Outcome, Quorum
from .suites import HASHES, INTERNATIONAL, NATIONAL, Suite, address_of, address_text, signed
from .trees import included
from .trust import OLD_MS, SetChain, Trust

RECEIPT_BYTES = 1 << 20
EMBEDDED = -65545
LABELS = {-65537: UNSIGNED, -65538: BYTES, -65539: BYTES, -65540: BYTES, -65541: BYTES, -65542: LIST, -65543: BYTES,
          -65544: BYTES, EMBEDDED: BYTES}
DIGESTS = {"sm3": HASHES[NATIONAL], "sha256": HASHES[INTERNATIONAL]}


@dataclass
class Receipt:
    envelope: Envelope
    public_key: bytes
    leaf: Leaf
    outcome: Outcome
    proof: tuple
    header: Header
    quorum: Quorum
    trust: Trust = None

    @staticmethod
    def read(data):
        try:
            return Receipt.read_strictly(data)
        except Malformed as error:
            raise Refused("YL5001", str(error)) from None

    @staticmethod
    def read_strictly(data):
        check(len(data) <= RECEIPT_BYTES, "a receipt too long")
        found = decode_map(data, LABELS, optional=(EMBEDDED,))
        check(found[-65537] == 1, "unknown version of a receipt")
        parts = [whole(found[label], read) for label, read in (
            (-65538, Envelope.read), (-65539, Reader.public_key), (-65540, Leaf.read), (-65541, Outcome.read))]
        rest = [whole(found[-65543], Header.read), whole(found[-65544], Quorum.read)]
        trust = Trust.read(found[EMBEDDED]) if EMBEDDED in found else None
        return Receipt(*parts, read_proof(found[-65542]), *rest, trust)


def read_proof(proof):
    check(len(proof) == 3 and all(UNSIGNED(number) for number in proof[:2]), "an inclusion proof of another shape")
    size, index, path = proof
    shaped = LIST(path) and len(path) <= 64 and all(BYTES(node) and len(node) == 32 for node in path)
    check(shaped, "a path of another shape")
    return size, index, path


@dataclass
class Verdict:
    receipt: Receipt
    chain: SetChain
    record: bytes
    warnings: list

    def facts(self):
        leaf, header = self.receipt.leaf, self.receipt.header
        return {
            "record": self.record.hex(), "position": self.receipt.proof[1], "organization": leaf.organization,
            "sender": address_text(leaf.sender), "height": leaf.height, "time_ms": leaf.time_ms,
            "code": f"YL{self.receipt.outcome.code:04}", "checkpoint": header.height,
            "checkpoint_hash": header.hash(self.chain.suite).hex(),
        }


def verify(data, root, trust, now_ms, document=None):
    """The whole procedure, in the order of receipt.md; gives a Verdict or raises Refused."""
    receipt = Receipt.read(data)
    chain = prove_sets(receipt, root, trust)
    chain.check(receipt.header, receipt.quorum)
    check_place(receipt, chain.suite)
    envelope, leaf, outcome, suite = receipt.envelope, receipt.leaf, receipt.outcome, chain.suite
    same = envelope.hash(suite) == leaf.envelope_hash and envelope.sender == leaf.sender
    require(same, "YL5002", "the envelope is not the leaf's")
    require(outcome.hash(suite) == leaf.outcome_hash, "YL5003", "the outcome is not the leaf's")
    require(address_of(receipt.public_key) == leaf.sender, "YL5011", "the key is not the sender's")
    valid = signed(receipt.public_key, envelope.signed_bytes(root.genesis_hash), envelope.signature)
    require(valid, "YL5012", "the sender did not sign the envelope")
    if document is not None:
        check_document(envelope, document)
    return Verdict(receipt, chain, envelope.id(suite), warnings(receipt, chain, now_ms))


def prove_sets(receipt, root, trust):
    chosen = trust or receipt.trust
    if chosen is None:
        require(not root.is_genesis(), "YL5006", "no chain of sets is given, and none is in the receipt")
        return SetChain.of_checkpoint(root, Suite(receipt.header.suite))
    chain = SetChain.prove(root, chosen)
    if receipt.trust not in (None, chosen):
        SetChain.prove(root, receipt.trust)
    return chain


def check_place(receipt, suite):
    leaf, header = receipt.leaf, receipt.header
    require(leaf.height <= header.height and leaf.time_ms <= header.time_ms, "YL5004", "the leaf is younger than the header")
    require(receipt.proof[0] == header.log_size, "YL5004", "the proof is of another size than the header's log")
    found = included(suite.hash, receipt.proof, suite.hash(b"\x00" + leaf.raw), header.log_root)
    require(found, "YL5004", "the leaf is not in the log")


def read_digest(reader):
    """docs/specs/calls.md, the arguments of record.notarize; gives the digest."""
    reader.name(), reader.text(len(reader.data))
    digest = reader.name(), reader.hash(), reader.u64()
    for _ in range(2):  # title; then the source: system, method, operator's tag, clock
        reader.text(len(reader.data))
    reader.name(), reader.text(len(reader.data)), reader.u64()
    reader.option(lambda: (reader.hash(), reader.text(len(reader.data))))
    return digest


def check_document(envelope, document):
    notarized = (envelope.contract, envelope.method) == ("record", "notarize")
    require(notarized, "YL5016", "the record is not of a document")
    try:
        algorithm, value, length = whole(envelope.arguments, read_digest)
    except Malformed as error:
        raise Refused("YL5016", str(error)) from None
    if algorithm not in DIGESTS:
        raise CouldNot(f"unknown digest algorithm {algorithm}")
    same = DIGESTS[algorithm](document) == value and len(document) == length
    require(same, "YL5010", "the document is another than the one recorded")


def warnings(receipt, chain, now_ms):
    found = []
    if max(now_ms, receipt.header.time_ms) - chain.time_ms > OLD_MS:
        found.append("the trust root is older than 180 days")
    if receipt.header.flags & 1:
        found.append("the chain runs a test clock: its times prove nothing")
    if receipt.outcome.code:
        found.append(f"the call was refused: YL{receipt.outcome.code:04}")
    return found


def find_fork(first, second, root, trust=None):
    """How two proven receipts contradict one another and which keys signed both; nothing when they do not."""
    verdicts = [verify(data, root, trust, 0) for data in (first, second)]
    one, two = (verdict.receipt for verdict in verdicts)
    hashes = [verdict.facts()["checkpoint_hash"] for verdict in verdicts]
    if one.header.height == two.header.height and hashes[0] != hashes[1]:
        kind = ("height", one.header.height)
    elif one.proof[1] == two.proof[1] and one.leaf.raw != two.leaf.raw:
        kind = ("position", one.proof[1])
    else:
        return None
    signers = [verdict.chain.signers(verdict.receipt.header, verdict.receipt.quorum) for verdict in verdicts]
    return kind, [key for key in signers[0] if key in signers[1]]

//! Receipts that are refused, each with its code: forged by whoever holds a receipt, or by validators that lie.

use super::chain::{key_of, set_of, sign};
use super::evidence::root_bytes;
use super::{Chain, NOW_MS, key};
use serde_json::{Value, json};
use yinglian_protocol::*;

struct Case {
    name: &'static str,
    receipt: Vec<u8>,
    root: TrustRoot,
    trust: Option<TrustChain>,
    code: Code,
}

pub fn vectors(chain: &Chain) -> Vec<Value> {
    let mut cases = swapped_parts(chain);
    cases.extend(quorums(chain));
    cases.extend(sets(chain));
    cases.extend(chains(chain));
    cases.extend(bytes(chain));
    cases.iter().map(value).collect()
}

/// Asks this crate's verifier and writes its answer down.
fn value(case: &Case) -> Value {
    let options = VerifyOptions { trust: case.trust.as_ref(), now_ms: Some(NOW_MS), engine: None };
    let verdict =
        Receipt::decode(&case.receipt).and_then(|receipt| verify(&receipt, &case.root, &options));
    assert_eq!(verdict.map(|_| ()), Err(case.code), "{}", case.name);
    json!({
        "name": case.name,
        "receipt": hex::encode(&case.receipt),
        "root": root_bytes(&case.root),
        "trust": case.trust.as_ref().map(|trust| hex::encode(trust.encode())),
        "code": case.code,
    })
}

fn case(name: &'static str, chain: &Chain, receipt: &Receipt, code: Code) -> Case {
    Case { name, receipt: receipt.encode(), root: chain.root(), trust: None, code }
}

fn altered(chain: &Chain, change: impl FnOnce(&mut Receipt)) -> Receipt {
    let mut receipt = chain.receipt(0, 3);
    change(&mut receipt);
    receipt
}

fn swapped_parts(chain: &Chain) -> Vec<Case> {
    let other = chain.receipt(3, 3);
    let make = |name, code, change: &dyn Fn(&mut Receipt)| {
        case(name, chain, &altered(chain, |receipt| change(receipt)), code)
    };
    vec![
        make("another envelope", Code::RECEIPT_ENVELOPE_MISMATCH, &|r| {
            r.envelope = other.envelope.clone();
        }),
        make("another outcome", Code::RECEIPT_OUTCOME_MISMATCH, &|r| {
            r.outcome = Outcome::refused(Code::ROLE_MISSING);
        }),
        make("another leaf", Code::RECEIPT_PROOF_INVALID, &|r| r.leaf = other.leaf.clone()),
        make("another index", Code::RECEIPT_PROOF_INVALID, &|r| r.inclusion.index += 1),
        make("another size", Code::RECEIPT_PROOF_INVALID, &|r| r.inclusion.size += 1),
        make("a path with a node less", Code::RECEIPT_PROOF_INVALID, &|r| {
            r.inclusion.path.pop();
        }),
        make("another sender's key", Code::RECEIPT_SENDER_MISMATCH, &|r| {
            r.sender_key = key(chain.suite, "vector administrator").public_key().clone();
        }),
        make("a header with another time", Code::RECEIPT_QUORUM_INVALID, &|r| {
            r.header.time_ms += 1;
        }),
        make("a header older than the leaf", Code::RECEIPT_PROOF_INVALID, &|r| {
            let earlier = chain.receipt(0, 1);
            (r.header, r.quorum) = (earlier.header, earlier.quorum);
            (r.leaf, r.envelope) = (other.leaf.clone(), other.envelope.clone());
        }),
    ]
}

fn quorums(chain: &Chain) -> Vec<Case> {
    let (genesis, set) = (&chain.genesis, &chain.blocks[2].set);
    let header = &chain.blocks[2].header;
    let heavy = (0..5).find(|index| set.get(*index).unwrap().weight == 2).unwrap();
    let light: Vec<u16> = (0..5).filter(|index| *index != heavy).collect();
    let make = |name, quorum| {
        case(name, chain, &altered(chain, |r| r.quorum = quorum), Code::RECEIPT_QUORUM_INVALID)
    };
    let mut exactly = sign(genesis, header, 0, set, &light);
    let mut twice = exactly.clone();
    twice.signatures.push(twice.signatures[3]);
    let mut outside = exactly.clone();
    outside.signatures.push((5, outside.signatures[3].1));
    let mut beside = sign(genesis, header, 0, set, &[0, 1, 2, 3, 4]);
    beside.signatures.push((5, beside.signatures[4].1));
    let mut one_bad = sign(genesis, header, 0, set, &[0, 1, 2, 3, 4]);
    one_bad.signatures[4].1 = one_bad.signatures[3].1;
    let mut unordered = sign(genesis, header, 0, set, &[0, 1, 2, 3, 4]);
    unordered.signatures.swap(1, 2);
    let mut other_round = sign(genesis, header, 0, set, &[0, 1, 2, 3, 4]);
    other_round.round = 1;
    let mut prevotes = sign(genesis, header, 0, set, &[0, 1, 2, 3, 4]);
    let id = header.hash();
    let vote = vote_bytes(&genesis.hash(), VoteKind::Prevote, header.height, 0, Some(id));
    for (index, signature) in &mut prevotes.signatures {
        *signature = key_of(set, *index).sign_now(&vote);
    }
    let late = altered(chain, |r| {
        r.header.round = 2;
        r.quorum = sign(genesis, &r.header, 1, set, &[0, 1, 2, 3, 4]);
    });
    let no_quorum = Quorum { round: 0, signatures: vec![] };
    exactly.signatures.truncate(4);
    vec![
        make("exactly two thirds of the weight", exactly),
        make("no signature", no_quorum),
        make("one validator twice", twice),
        make("a validator outside the set", outside),
        make("a validator outside the set beside a quorum", beside),
        make("one invalid signature beside a quorum", one_bad),
        make("signatures out of order", unordered),
        make("votes of another round", other_round),
        make("prevotes", prevotes),
        case("a header built after its quorum's round", chain, &late, Code::RECEIPT_QUORUM_INVALID),
    ]
}

fn sets(chain: &Chain) -> Vec<Case> {
    let (genesis, suite) = (&chain.genesis, chain.suite);
    let (old, new) = (&chain.first_set, &chain.blocks[2].set);
    let everybody = [0, 1, 2, 3];
    let retired = altered(chain, |r| {
        r.header.validators_hash = old.hash(suite);
        r.quorum = sign(genesis, &r.header, 0, old, &everybody);
    });
    let retired_signs_new =
        altered(chain, |r| r.quorum = sign(genesis, &r.header, 0, old, &everybody));
    let mut early = chain.receipt(0, 1);
    early.quorum = sign(genesis, &early.header, 0, new, &[0, 1, 2, 3, 4]);
    let forgers = set_of(suite, &[(20, 1), (21, 1), (22, 1), (23, 1)]);
    let mut forged = chain.receipt(0, 1);
    forged.header.validators_hash = forgers.hash(suite);
    forged.quorum = sign(genesis, &forged.header, 0, &forgers, &everybody);
    forged.trust = Some(TrustChain { first_set: forgers.clone(), links: vec![], ..chain.trust() });
    let unproven = Code::RECEIPT_SET_UNPROVEN;
    let mut cases = vec![
        case("a retired set signs a header of its own", chain, &retired, unproven),
        case("a retired set signs", chain, &retired_signs_new, Code::RECEIPT_QUORUM_INVALID),
        case("a set signs before it is in force", chain, &early, Code::RECEIPT_QUORUM_INVALID),
        case("a first set that the genesis does not name", chain, &forged, unproven),
        case("no chain of sets", chain, &altered(chain, |r| r.trust = None), unproven),
    ];
    cases.extend(links(chain, &forgers));
    let old_receipt = chain.receipt(0, 1);
    cases.push(Case {
        root: TrustRoot::Checkpoint(chain.checkpoint(2)),
        ..case("a header below the checkpoint", chain, &old_receipt, unproven)
    });
    cases
}

/// Chains of sets that do not hold.
fn links(chain: &Chain, forgers: &ValidatorSet) -> Vec<Case> {
    let with =
        |change: &dyn Fn(&mut TrustChain)| altered(chain, |r| r.trust.iter_mut().for_each(change));
    let unproven = Code::RECEIPT_SET_UNPROVEN;
    let unsigned = Code::RECEIPT_QUORUM_INVALID;
    let other_set = with(&|trust| trust.links[0].next_set = forgers.clone());
    let forged = with(&|trust| {
        let link = &mut trust.links[0];
        link.next_set = forgers.clone();
        link.header.next_validators_hash = forgers.hash(chain.suite);
        link.quorum = sign(&chain.genesis, &link.header, 0, forgers, &[0, 1, 2, 3]);
    });
    let twice = with(&|trust| trust.links.push(trust.links[0].clone()));
    let missing = with(&|trust| trust.links.clear());
    let mut below = chain.receipt(0, 1);
    below.trust.iter_mut().for_each(|trust| trust.links[0].header.height = Height(0));
    let beside = Case {
        trust: Some(chain.trust()),
        ..case(
            "an embedded chain that does not hold beside one that does",
            chain,
            &other_set,
            unproven,
        )
    };
    vec![
        case("a link to another set", chain, &other_set, unproven),
        case("a link that the old set did not sign", chain, &forged, unsigned),
        case("a link twice", chain, &twice, unproven),
        case("a link missing", chain, &missing, unproven),
        case("a link below the first block", chain, &below, unproven),
        beside,
    ]
}

fn chains(chain: &Chain) -> Vec<Case> {
    let other = Chain::new(chain.suite, "another chain");
    let wrong = Code::RECEIPT_WRONG_CHAIN;
    let receipt = chain.receipt(0, 3);
    let suite = altered(chain, |r| {
        r.header.suite = Suite::ALL.into_iter().find(|suite| *suite != chain.suite).unwrap();
    });
    let late = Code::RECEIPT_PROOF_INVALID;
    let later_block = later_leaf(chain, |leaf| leaf.height = leaf.height.next());
    let later_time = later_leaf(chain, |leaf| leaf.time_ms += 1);
    vec![
        case("a leaf of a later block than the header", chain, &later_block, late),
        case("a leaf of a later time than the header", chain, &later_time, late),
        case("another chain's root", &other, &receipt, wrong),
        Case {
            trust: Some(other.trust()),
            ..case("another chain's trust file", chain, &receipt, wrong)
        },
        case("a header of another suite", chain, &suite, wrong),
        case(
            "a call that the sender did not sign",
            chain,
            &unsigned(chain),
            Code::RECEIPT_SIGNATURE_INVALID,
        ),
    ]
}

/// The validators record an envelope whose signature is another's.
fn unsigned(chain: &Chain) -> Receipt {
    let mut lying = Chain::new(chain.suite, &chain.genesis.name);
    let mut decided = chain.decided(0).clone();
    let message = decided.envelope.body.signing_bytes(&chain.genesis.hash());
    decided.envelope.signature = key(chain.suite, "vector stranger").sign_now(&message);
    lying.block(vec![decided], None, 0, 0);
    lying.receipt(0, 1)
}

/// The validators put a leaf into the log that says it is of a later block, or of a later time, than the header.
fn later_leaf(chain: &Chain, change: impl FnOnce(&mut Leaf)) -> Receipt {
    let mut lying = Chain::new(chain.suite, &chain.genesis.name);
    lying.block(vec![chain.decided(0).clone()], None, 0, 0);
    change(&mut lying.leaves[0]);
    let log_root = log::root(lying.suite, lying.leaf_hashes());
    let block = &mut lying.blocks[0];
    block.header.log_root = log_root;
    block.quorum = sign(&lying.genesis, &block.header, 0, &block.set, &[0, 1, 2, 3]);
    lying.receipt(0, 1)
}

fn bytes(chain: &Chain) -> Vec<Case> {
    let good = chain.receipt(0, 3).encode();
    let raw = |name, receipt| {
        let code = Code::RECEIPT_MALFORMED;
        Case { name, receipt, root: chain.root(), trust: None, code }
    };
    // The first entry, the version: 3a 00010000 is its label, 01 its value.
    let (head, version, rest) = (good[0], &good[1..7], &good[7..]);
    assert_eq!((head, version), (0xa9, &[0x3a, 0, 1, 0, 0, 1][..]));
    let file = |head: u8, parts: &[&[u8]]| [&[head], parts.concat().as_slice()].concat();
    let longer = file(head, &[&version[..5], &[0x18, 0x01], rest]);
    let longer_label = file(head, &[&[0x3b, 0, 0, 0, 0, 0, 1, 0, 0, 1], rest]);
    let later = file(head, &[&version[..5], &[2], rest]);
    let unordered = file(head, &[rest, version]);
    let twice = file(head + 1, &[version, version, rest]);
    let unknown = file(head + 1, &[version, rest, &[0x3a, 0, 1, 0, 9, 0]]);
    let indefinite = file(0xbf, &[version, rest, &[0xff]]);
    let text = file(head, &[&version[..5], b"\x611", rest]);
    let missing = file(head - 1, &[rest]);
    let leaf = altered(chain, |r| r.leaf.version = 2).encode();
    vec![
        raw("nothing", vec![]),
        raw("a byte behind", [&good[..], &[0]].concat()),
        raw("a byte less", good[..good.len() - 1].to_vec()),
        raw("a number longer than it need be", longer),
        raw("a label longer than it need be", longer_label),
        raw("a later version", later),
        raw("labels out of order", unordered),
        raw("a label twice", twice),
        raw("an unknown label", unknown),
        raw("a map of indefinite length", indefinite),
        raw("a text for a number", text),
        raw("a label missing", missing),
        raw("a leaf of a later version", leaf),
    ]
}

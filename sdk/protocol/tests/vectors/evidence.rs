//! Vectors of docs/specs/header.md, receipt.md and trust.md: what is proven.

use super::chain::{key_of, sign};
use super::{Chain, DOCUMENT, NOW_MS, bytes};
use serde_json::{Value, json};
use yinglian_protocol::*;

pub fn header_vectors(chain: &Chain) -> Value {
    let genesis = &chain.genesis;
    assert_eq!(Genesis::decode(&genesis.encode()).as_ref(), Ok(genesis));
    let sets = [&chain.first_set, &chain.blocks[3].set].map(|set| {
        let proposers = [(1, 0), (1, 1), (2, 0), (7, 3)].map(|(height, round)| {
            let proposer = set.proposer(Height(height), round).unwrap().address();
            json!({ "height": height, "round": round, "address": hex::encode(proposer.to_bytes()) })
        });
        json!({
            "validators": set,
            "bytes": bytes(set),
            "hash": set.hash(chain.suite),
            "proposers": proposers,
        })
    });
    json!({
        "suite": chain.suite,
        "genesis": { "fields": genesis, "bytes": bytes(genesis), "hash": genesis.hash() },
        "sets": sets,
        "blocks": chain.blocks.iter().map(|block| block_vectors(chain, block)).collect::<Vec<_>>(),
        "votes": votes(chain),
    })
}

fn block_vectors(chain: &Chain, block: &super::Block) -> Value {
    let header = &block.header;
    assert_eq!(Header::decode(&header.encode()).as_ref(), Ok(header));
    assert_eq!(Quorum::decode(&block.quorum.encode()).as_ref(), Ok(&block.quorum));
    block.quorum.verify(&chain.genesis.hash(), header.height, header.hash(), &block.set).unwrap();
    let payload =
        Payload::new(block.decided.iter().map(|one| one.envelope.clone()).collect()).encode();
    let mut fields = serde_json::to_value(header).unwrap();
    fields["proposer"] = json!(hex::encode(header.proposer.to_bytes()));
    json!({
        "payload": hex::encode(payload),
        "fields": fields,
        "bytes": bytes(header),
        "hash": header.hash(),
        "quorum": bytes(&block.quorum),
        "shortest_quorum": bytes(&block.quorum.shortest(&block.set)),
    })
}

/// Votes of the validator with index 0, for a value and for none.
fn votes(chain: &Chain) -> Vec<Value> {
    let (genesis, block) = (chain.genesis.hash(), &chain.blocks[0]);
    let (key, value) = (key_of(&block.set, 0), block.header.hash());
    let votes = [
        (VoteKind::Prevote, 0, Some(value)),
        (VoteKind::Precommit, 0, Some(value)),
        (VoteKind::Prevote, 3, None),
        (VoteKind::Precommit, 3, None),
    ];
    let votes = votes.map(|(kind, round, value_id)| {
        let vote = vote_bytes(&genesis, kind, block.header.height, round, value_id);
        json!({
            "kind": kind as u8,
            "height": block.header.height,
            "round": round,
            "value_id": value_id,
            "bytes": hex::encode(&vote),
            "signature": key.sign_now(&vote),
        })
    });
    votes.into()
}

/// Receipts that are proven, each with what it says.
pub fn proven_vectors(chain: &Chain) -> Vec<Value> {
    let genesis = chain.root();
    let checkpoint = TrustRoot::Checkpoint(chain.checkpoint(2));
    let with = |position, height, embedded| {
        let mut receipt = chain.receipt(position, height);
        receipt.trust = receipt.trust.filter(|_| embedded);
        receipt
    };
    let trust = chain.trust();
    vec![
        proven("example of the specification", &with(0, 1, false), &genesis, Some(&trust)),
        proven("at once, chain of sets embedded", &with(0, 1, true), &genesis, None),
        proven("after a set change", &with(0, 4, true), &genesis, None),
        proven("a refused call", &with(2, 3, true), &genesis, None),
        proven(
            "with registry writes, sets from a file",
            &with(4, 3, false),
            &genesis,
            Some(&trust),
        ),
        proven("both chains of sets", &with(3, 3, true), &genesis, Some(&trust)),
        proven("under a checkpoint alone", &with(1, 4, false), &checkpoint, None),
        proven("under a checkpoint, links below it", &with(1, 3, true), &checkpoint, None),
    ]
}

fn proven(name: &str, receipt: &Receipt, root: &TrustRoot, trust: Option<&TrustChain>) -> Value {
    let encoded = receipt.encode();
    assert_eq!(Receipt::decode(&encoded).as_ref(), Ok(receipt));
    let options = VerifyOptions { trust, now_ms: Some(NOW_MS), engine: None };
    let proven = verify(receipt, root, &options).unwrap();
    let notarized = receipt.envelope.body.contract.as_str() == "record";
    json!({
        "name": name,
        "receipt": hex::encode(encoded),
        "root": root_bytes(root),
        "trust": trust.map(|trust| hex::encode(trust.encode())),
        "document": notarized.then(|| hex::encode(DOCUMENT)),
        "says": {
            "record": proven.envelope_id,
            "position": proven.position,
            "organization": proven.organization,
            "sender": proven.sender,
            "height": proven.height,
            "time_ms": proven.time_ms,
            "code": proven.code,
            "checkpoint": proven.checkpoint_height,
            "checkpoint_hash": proven.checkpoint_hash,
        },
        "warnings": proven.warnings.len(),
    })
}

/// A root as the bytes of the file that states it.
pub fn root_bytes(root: &TrustRoot) -> String {
    match root {
        TrustRoot::Genesis(hash) => hex::encode(hash.to_string()),
        TrustRoot::Checkpoint(checkpoint) => hex::encode(checkpoint.encode()),
    }
}

pub fn trust_vectors(chain: &Chain) -> Value {
    let (trust, checkpoint) = (chain.trust(), chain.checkpoint(2));
    assert_eq!(TrustChain::decode(&trust.encode()).as_ref(), Ok(&trust));
    assert_eq!(Checkpoint::decode(&checkpoint.encode()).as_ref(), Ok(&checkpoint));
    let sets = trust.prove(&chain.root()).unwrap();
    let hashes: Vec<_> =
        (1..=4).map(|height| sets.at(Height(height)).unwrap().hash(chain.suite)).collect();
    json!({
        "suite": chain.suite,
        "genesis_hash": chain.genesis.hash(),
        "trust": hex::encode(trust.encode()),
        "checkpoint": hex::encode(checkpoint.encode()),
        "validators_hash_by_height": hashes,
    })
}

/// Two histories of one genesis, signed by the same validators.
pub fn fork_vectors(suite: Suite) -> Value {
    let (one, mut two) = (Chain::example(suite), Chain::new(suite, "向量 vectors"));
    let other = one.decided(1).clone();
    two.block(vec![other], None, 0, 0);
    // The others of the four sign the second history.
    let block = &mut two.blocks[0];
    block.quorum = sign(&two.genesis, &block.header, 0, &block.set, &[1, 2, 3]);
    let other_header = two.receipt(0, 1);
    let cases = [
        ("other headers of one height", one.receipt(0, 1), other_header.clone()),
        ("other leaves at one position", one.receipt(0, 4), other_header),
        ("one history", one.receipt(0, 1), one.receipt(0, 4)),
    ];
    let cases = cases.map(|(name, first, second)| {
        let fork = find_fork(&first, &second, &one.root(), &VerifyOptions::default()).unwrap();
        let keys = |fork: &Fork| {
            fork.culprits.iter().map(|one| one.public_key.clone()).collect::<Vec<_>>()
        };
        let kind = fork.as_ref().map(|fork| match fork.kind {
            ForkKind::Height(height) => json!(["height", height]),
            ForkKind::Position(position) => json!(["position", position]),
        });
        json!({
            "name": name,
            "first": hex::encode(first.encode()),
            "second": hex::encode(second.encode()),
            "fork": kind,
            "signed_both": fork.as_ref().map(keys),
        })
    });
    json!({ "suite": suite, "genesis_hash": one.genesis.hash(), "cases": cases })
}

//! Vectors of docs/specs/export.md: one that holds, and those of chains whose validators agreed on a lie.

use super::chain::set_of;
use super::{Block, Chain, Lie};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use yinglian_protocol::*;

pub fn vectors(chain: &Chain) -> Value {
    let sound = frames(chain);
    // The rules do not depend on the suite: once is enough.
    let once = |cases: &dyn Fn() -> Vec<Value>| match chain.suite {
        Suite::National => vec![],
        Suite::International => cases(),
    };
    json!({
        "suite": chain.suite,
        "genesis_hash": chain.genesis.hash(),
        "export": hex::encode(bytes(&sound)),
        "empty": hex::encode(bytes(&empty(&sound))),
        "smallest": hex::encode(bytes(&frames(&smallest(chain)))),
        "blocks": chain.blocks.len(),
        "records": chain.leaves.len(),
        "refused": 1,
        "registry_writes": 4,
        "set_changes": 1,
        "altered": once(&|| altered(&sound)),
        "lies": once(&|| lies(chain.suite)),
    })
}

/// The same chain with one block that holds the first record alone: the example of the specification.
fn smallest(chain: &Chain) -> Chain {
    let mut smallest = Chain::new(chain.suite, &chain.genesis.name);
    smallest.block(vec![chain.decided(0).clone()], None, 0, 0);
    let block = &mut smallest.blocks[0];
    block.quorum = block.quorum.shortest(&block.set);
    smallest
}

/// The export of no block: what the chain began from, alone.
fn empty(sound: &[ExportFrame]) -> Vec<ExportFrame> {
    vec![sound[0].clone(), ExportFrame::End { last: Height(0) }]
}

/// The export of a chain.
fn frames(chain: &Chain) -> Vec<ExportFrame> {
    let genesis = ExportGenesis {
        genesis: chain.genesis.clone(),
        entries: chain.entries.clone().into_iter().collect(),
        validators: chain.first_set.clone(),
    };
    let mut seen = BTreeSet::new();
    let mut frames = vec![ExportFrame::Genesis(Box::new(genesis))];
    for block in &chain.blocks {
        let keys: BTreeSet<_> =
            block.decided.iter().map(|one| chain.sender_key(&one.envelope)).collect();
        let keys = keys.into_iter().filter(|key| seen.insert(key.clone())).collect();
        frames.push(ExportFrame::Block(Box::new(frame(chain, block, keys))));
    }
    frames.push(ExportFrame::End { last: Height(chain.blocks.len() as u64) });
    frames
}

fn frame(chain: &Chain, block: &Block, keys: Vec<PublicKey>) -> ExportBlock {
    let envelopes = block.decided.iter().map(|one| one.envelope.clone()).collect();
    let outcomes = block.decided.iter().map(|one| OutcomeRecord {
        organization: chain.leaves[0].organization,
        outcome: one.outcome.clone(),
    });
    ExportBlock {
        header: block.header.clone(),
        quorum: block.quorum.clone(),
        payload: Payload::new(envelopes).encode(),
        outcomes: outcomes.collect(),
        keys,
        next_validators: block.next.clone(),
    }
}

fn bytes(frames: &[ExportFrame]) -> Vec<u8> {
    let mut bytes = EXPORT_MAGIC.to_vec();
    frames.iter().for_each(|frame| bytes.extend(frame.encode().unwrap()));
    bytes
}

/// Exports that whoever hands them over has changed.
fn altered(sound: &[ExportFrame]) -> Vec<Value> {
    let case = |name: &str, change: &dyn Fn(&mut Vec<ExportFrame>)| {
        let mut frames = sound.to_vec();
        change(&mut frames);
        json!({ "name": name, "export": hex::encode(bytes(&frames)) })
    };
    let block =
        |frames: &mut Vec<ExportFrame>, height: usize, change: &dyn Fn(&mut ExportBlock)| {
            if let ExportFrame::Block(block) = &mut frames[height] {
                change(block);
            }
        };
    vec![
        case("a block left out", &|f| {
            f.remove(3);
        }),
        case("blocks from the second on", &|f| {
            f.remove(1);
        }),
        case("another end", &|f| f[5] = ExportFrame::End { last: Height(5) }),
        case("a frame behind the end", &|f| f.push(ExportFrame::End { last: Height(4) })),
        case("another entry of the genesis", &|f| {
            if let ExportFrame::Genesis(genesis) = &mut f[0] {
                genesis.entries[0].1.push(0);
            }
        }),
        case("an entry of the genesis left out", &|f| {
            if let ExportFrame::Genesis(genesis) = &mut f[0] {
                genesis.entries.pop();
            }
        }),
        case("a key left out", &|f| block(f, 1, &|b| b.keys.truncate(2))),
        case("an outcome left out", &|f| block(f, 1, &|b| b.outcomes.truncate(2))),
        case("an outcome too many", &|f| {
            block(f, 1, &|b| b.outcomes.push(b.outcomes[2].clone()));
        }),
        case("no block, another first set", &|f| {
            *f = empty(f);
            if let ExportFrame::Genesis(genesis) = &mut f[0] {
                genesis.validators =
                    set_of(Suite::International, &[(0, 1), (1, 1), (2, 1), (4, 1)]);
            }
        }),
        case("no block, an entry of the genesis left out", &|f| {
            *f = empty(f);
            if let ExportFrame::Genesis(genesis) = &mut f[0] {
                genesis.entries.pop();
            }
        }),
        case("another outcome", &|f| {
            block(f, 1, &|b| b.outcomes[0].outcome = Outcome::refused(Code::ROLE_MISSING));
        }),
        case("another organisation", &|f| {
            block(f, 1, &|b| {
                b.outcomes[0].organization = CreditCode::parse("11410400XX0000027C").unwrap();
            });
        }),
        case("two signatures less than a quorum", &|f| {
            block(f, 1, &|b| b.quorum.signatures.truncate(2));
        }),
        case("the next set left out", &|f| block(f, 2, &|b| b.next_validators = None)),
    ]
}

/// What all validators signed though it breaks a rule.
fn lies(suite: Suite) -> Vec<Value> {
    let lies = Lie::ALL.map(|lie| {
        let export = bytes(&frames(&Chain::telling(suite, Some(lie))));
        json!({ "name": format!("{lie:?}"), "export": hex::encode(export) })
    });
    lies.into()
}

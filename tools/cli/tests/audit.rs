//! `yinglian audit check` over chains built in memory: a sound one passes, and each rule broken is found as itself.

mod fixture;

use fixture::{Chain, Content, record, validators};
use serde_json::Value;
use std::path::Path;
use std::process::Command;
use yinglian_protocol::{Checkpoint, Code, Envelope, Hash, Outcome, Payload, Suite};

const TIME: &str = "2026-11-24T05:00:00Z";

/// Four blocks: two records, a registry write, a set change, a record under the new set.
fn chain() -> Chain {
    let suite = Suite::National;
    let mut chain = Chain::begin(suite, TIME);
    let content = |key: &str| record(suite, key, key.as_bytes(), TIME);
    chain.block(Content { records: vec![content("k/1"), content("k/2")], ..Content::default() });
    let writes = vec![b"org/x".to_vec(), b"org/y".to_vec()];
    chain.block(Content { records: vec![content("k/3")], writes, ..Content::default() });
    let next = Some(validators(suite, &["a", "b", "c", "e"]));
    chain.block(Content { records: vec![content("k/4")], next, ..Content::default() });
    chain.block(Content { records: vec![content("k/5")], ..Content::default() });
    chain
}

fn check(bytes: &[u8], root: &str) -> (i32, Value) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("chain.export");
    std::fs::write(&path, bytes).unwrap();
    run(&path, root)
}

fn run(path: &Path, root: &str) -> (i32, Value) {
    let output = Command::new(env!("CARGO_BIN_EXE_yinglian"))
        .args(["--json", "--lang", "en", "audit", "check", "--trust", root])
        .arg(path)
        .output()
        .unwrap();
    let text = if output.stdout.is_empty() { &output.stderr } else { &output.stdout };
    (output.status.code().unwrap(), serde_json::from_slice(text).unwrap())
}

fn root_of(chain: &Chain) -> String {
    chain.genesis.hash().to_string()
}

#[test]
fn a_sound_chain_passes_with_its_counts() {
    let chain = chain();
    let (exit, report) = check(&chain.export(), &root_of(&chain));
    assert_eq!(exit, 0, "{report}");
    for (name, count) in [
        ("blocks", 4),
        ("records", 5),
        ("sender_signatures", 5),
        ("registry_writes", 2),
        ("registry_entries", 3),
        ("set_changes", 1),
    ] {
        assert_eq!(report[name], count, "{name} of {report}");
    }
    assert_eq!(report["validator_signatures"], 12);
}

#[test]
fn a_chain_is_proven_under_a_checkpoint_only_when_it_reaches_it() {
    let whole = chain();
    let newest = &whole.blocks.last().unwrap().header;
    let checkpoint = Checkpoint {
        genesis: whole.genesis.hash(),
        height: newest.height,
        header_hash: newest.hash(),
        time_ms: newest.time_ms,
        // The audit follows the sets from the genesis on.
        set: whole.first_set.clone(),
    };
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("checkpoint");
    std::fs::write(&root, checkpoint.encode()).unwrap();
    let root = root.to_str().unwrap();
    assert_eq!(check(&whole.export(), root).0, 0);
    let mut shorter = chain();
    shorter.blocks.pop();
    let (exit, answer) = check(&shorter.export(), root);
    assert_eq!((exit, &answer["code"]), (2, &Code::EXPORT_TOO_SHORT.to_string().into()));
    let other = Checkpoint { header_hash: Hash([7; 32]), ..checkpoint };
    std::fs::write(root, other.encode()).unwrap();
    let (exit, answer) = check(&whole.export(), root);
    assert_eq!((exit, &answer["finding"]), (1, &"Checkpoint".into()));
}

#[test]
fn what_is_no_export_is_told_with_its_code() {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in
        [("empty", &b""[..]), ("short", b"hello"), ("other", b"hello, this is text")]
    {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let (exit, answer) = run(&path, &"0".repeat(64));
        assert_eq!((exit, &answer["code"]), (2, &Code::FILE_UNREADABLE.to_string().into()));
        assert_eq!(answer["hint"], "the file is no audit export", "{name}");
    }
    let (exit, answer) = run(folder.path(), &"0".repeat(64));
    assert_eq!((exit, &answer["code"]), (2, &Code::FILE_UNREADABLE.to_string().into()));
}

/// Breaks one thing, sees it found, and found at that height.
fn found(break_it: impl FnOnce(&mut Chain)) -> (String, u64) {
    let mut chain = chain();
    let root = root_of(&chain);
    break_it(&mut chain);
    let (exit, report) = check(&chain.export(), &root);
    assert_eq!(exit, 1, "{report}");
    assert_eq!(report["code"], Code::AUDIT_MISMATCH.to_string());
    (report["finding"].as_str().unwrap().to_owned(), report["height"].as_u64().unwrap())
}

/// Alters the payload of the last block as one who holds the validators' keys would: every hash fits again.
fn rewrite(chain: &mut Chain, alter: impl FnOnce(&mut Vec<Envelope>)) {
    let suite = chain.suite;
    let block = chain.blocks.last_mut().unwrap();
    let mut envelopes = Payload::decode(&block.payload).unwrap().envelopes;
    alter(&mut envelopes);
    block.payload = Payload::new(envelopes).encode();
    block.header.payload_hash = Payload::hash(suite, &block.payload);
    reseal(chain);
}

fn reseal(chain: &mut Chain) {
    let block = chain.blocks.last().unwrap();
    let set = chain.blocks[2].next_validators.clone().unwrap();
    let quorum = chain.quorum(&block.header, &set);
    chain.blocks.last_mut().unwrap().quorum = quorum;
}

#[test]
fn another_genesis_is_another_chain() {
    let chain = chain();
    let other = Chain::begin(Suite::National, "2026-11-25T05:00:00Z");
    let (exit, report) = check(&chain.export(), &root_of(&other));
    assert_eq!((exit, report["finding"].as_str()), (1, Some("OtherChain")));
}

#[test]
fn an_altered_genesis_entry_or_set_is_found() {
    assert_eq!(
        found(|chain| *chain.entries[0].1.last_mut().unwrap() ^= 1),
        ("GenesisRegistry".into(), 0)
    );
    assert_eq!(
        found(|chain| {
            let _ = chain.entries.pop();
        }),
        ("GenesisRegistry".into(), 0)
    );
    let other = || chain().blocks[2].next_validators.clone().unwrap();
    assert_eq!(found(|chain| chain.first_set = other()), ("GenesisSet".into(), 0));
}

#[test]
fn a_missing_or_altered_header_is_found() {
    let last = |alter: fn(&mut yinglian_protocol::Header)| {
        found(|chain| {
            alter(&mut chain.blocks.last_mut().unwrap().header);
            reseal(chain);
        })
    };
    assert_eq!(last(|header| header.previous = Hash::ZERO), ("HeaderChain".into(), 4));
    assert_eq!(last(|header| header.time_ms -= 1_000), ("HeaderChain".into(), 4));
    assert_eq!(last(|header| header.flags.0 = 1), ("HeaderChain".into(), 4));
    assert_eq!(last(|header| header.log_root = Hash::ZERO), ("Log".into(), 4));
    assert_eq!(last(|header| header.log_size += 1), ("Log".into(), 4));
    assert_eq!(last(|header| header.registry_root = Hash::ZERO), ("Registry".into(), 4));
    assert_eq!(last(|header| header.payload_hash = Hash::ZERO), ("Payload".into(), 4));
    assert_eq!(last(|header| header.next_validators_hash = Hash::ZERO), ("NextSet".into(), 4));
    assert_eq!(last(|header| header.validators_hash = Hash::ZERO), ("Quorum".into(), 4));
    assert_eq!(last(|header| header.round = 1), ("Proposer".into(), 4));
}

#[test]
fn a_quorum_that_is_none_is_found() {
    assert_eq!(
        found(|chain| {
            let _ = chain.blocks[1].quorum.signatures.pop();
        }),
        ("Quorum".into(), 2)
    );
    assert_eq!(
        found(|chain| chain.blocks[1].quorum.signatures[0].1.0[5] ^= 1),
        ("Quorum".into(), 2)
    );
    // The old set no longer decides after the change.
    assert_eq!(
        found(|chain| {
            let old = chain.first_set.clone();
            let quorum = chain.quorum(&chain.blocks[3].header, &old);
            chain.blocks[3].quorum = quorum;
        }),
        ("Quorum".into(), 4)
    );
}

#[test]
fn an_invalid_signature_of_a_sender_is_found_even_when_every_hash_fits() {
    let mut chain = chain();
    let root = root_of(&chain);
    let suite = chain.suite;
    // The attacker owns the validators: leaf, log root and payload hash are those of the forged envelope.
    let block = chain.blocks.last().unwrap().clone();
    let mut envelopes = Payload::decode(&block.payload).unwrap().envelopes;
    envelopes[0].signature.0[40] ^= 1;
    chain.leaves.last_mut().unwrap().envelope_hash = envelopes[0].hash(suite);
    let mut log = yinglian_protocol::log::Frontier::new();
    chain.leaves.iter().for_each(|leaf| log.append(suite, leaf.hash(suite)));
    let last = chain.blocks.last_mut().unwrap();
    last.payload = Payload::new(envelopes).encode();
    last.header.payload_hash = Payload::hash(suite, &last.payload);
    last.header.log_root = log.root(suite);
    reseal(&mut chain);
    let (exit, report) = check(&chain.export(), &root);
    assert_eq!(
        (exit, report["finding"].as_str(), report["index"].as_u64()),
        (1, Some("SenderSignature"), Some(0))
    );
}

#[test]
fn an_expired_or_repeated_envelope_is_found() {
    let time_ms = chain().blocks[3].header.time_ms;
    let expired = move |chain: &mut Chain, valid_until_ms| {
        let envelope = chain.envelope(record(chain.suite, "k/9", b"9", TIME), valid_until_ms, 9);
        rewrite(chain, |envelopes| envelopes[0] = envelope);
    };
    assert_eq!(found(|chain| expired(chain, time_ms - 1)), ("Expiry".into(), 4));
    assert_eq!(found(|chain| expired(chain, time_ms + 3_600_001)), ("Expiry".into(), 4));
    assert_eq!(
        found(|chain| {
            let earlier = Payload::decode(&chain.blocks[0].payload).unwrap().envelopes[0].clone();
            rewrite(chain, |envelopes| envelopes[0] = earlier);
        }),
        ("Duplicate".into(), 4)
    );
}

#[test]
fn altered_outcomes_and_keys_are_found() {
    assert_eq!(
        found(|chain| {
            let _ = chain.blocks[3].outcomes.pop();
        }),
        ("Outcomes".into(), 4)
    );
    assert_eq!(
        found(|chain| chain.blocks[1].outcomes[0].outcome.writes[1].version = 2),
        ("RegistryVersion".into(), 2)
    );
    assert_eq!(
        found(|chain| chain.blocks[1].outcomes[0].outcome.code = Code::DIGEST_INVALID),
        ("RefusedWithEffects".into(), 2)
    );
    assert_eq!(
        found(|chain| chain.blocks[3].outcomes[0].outcome = Outcome::refused(Code::DIGEST_INVALID)),
        ("Log".into(), 4)
    );
    assert_eq!(found(|chain| chain.blocks[0].keys.clear()), ("SenderKey".into(), 1));
    assert_eq!(found(|chain| chain.blocks[2].next_validators = None), ("NextSet".into(), 3));
}

#[test]
fn a_cut_export_gives_no_answer_and_garbage_none_either() {
    let chain = chain();
    let bytes = chain.export();
    let (exit, report) = check(&bytes[..bytes.len() - 5], &root_of(&chain));
    assert_eq!((exit, report["code"].as_str()), (2, Some("YL6003")), "{report}");
    let (exit, _) = check(b"not an export at all", &root_of(&chain));
    assert_eq!(exit, 2);
    let mut longer = bytes;
    longer.push(0);
    assert_eq!(check(&longer, &root_of(&chain)).0, 1);
}

//! CPU time per record of checking and executing a block of signed 300-byte records, with signatures skipped and included.
//!
//! `cargo run --release -p yinglian-execution --example execute_bench [-- international]`. The state is in memory: what the
//! store's reads cost is not in these figures.

use rustix::time::{ClockId, clock_gettime};
use std::sync::Arc;
use yinglian_contract_api::{Contracts, StateError, StateRead};
use yinglian_crypto::{SigningKey, VerifyingKey};
use yinglian_execution::{
    Chain, Draft, Identity, Parent, Rules, SignatureCheck, UnderQuorum, build, check,
};
use yinglian_protocol::{
    Address, CreditCode, Envelope, EnvelopeBody, EnvelopeHash, EnvelopeId, Genesis, HeaderFlags,
    Height, Name, Parameters, Payload, Prepared, PublicKey, Region, Suite, Validator, ValidatorSet,
    calls, codec, limits, registry,
};
use yinglian_state::MemoryState;

const SENDERS: u8 = 4;
const GENESIS_MS: u64 = 1_700_000_000_000;

/// Members and validators that never change.
struct Fixed {
    members: Vec<Identity>,
    validators: ValidatorSet,
}

impl Rules for Fixed {
    fn identity(
        &self,
        _: &dyn StateRead,
        address: &Address,
        _: u64,
    ) -> Result<Option<Identity>, StateError> {
        Ok(self.members.iter().find(|member| member.public_key.address() == *address).cloned())
    }

    fn validator_set(&self, _: &dyn StateRead, _: Height) -> Result<ValidatorSet, StateError> {
        Ok(self.validators.clone())
    }

    fn protocol_version(&self, _: &dyn StateRead, _: Height) -> Result<Option<u32>, StateError> {
        Ok(None)
    }

    fn parameters(&self, _: &dyn StateRead) -> Result<Parameters, StateError> {
        let block_records_max = limits::BLOCK_RECORDS_MAX.into();
        Ok(Parameters { block_records_max, ..Parameters::default() })
    }
}

/// Knows the ids, as a node does whose waiting room holds the envelopes.
struct Warm(std::collections::BTreeMap<EnvelopeHash, EnvelopeId>);

impl SignatureCheck for Warm {
    fn known(&self, hash: &EnvelopeHash) -> Option<EnvelopeId> {
        self.0.get(hash).copied()
    }

    fn check(&self, envelopes: &[(&Prepared, &PublicKey)]) -> Vec<bool> {
        envelopes.iter().map(|(envelope, _)| self.0.contains_key(&envelope.hash())).collect()
    }
}

/// Checks every signature, one after the other.
struct Cold<'a>(&'a Chain, Vec<VerifyingKey>);

impl SignatureCheck for Cold<'_> {
    fn known(&self, _: &EnvelopeHash) -> Option<EnvelopeId> {
        None
    }

    fn check(&self, envelopes: &[(&Prepared, &PublicKey)]) -> Vec<bool> {
        let valid = |(prepared, public_key): &(&Prepared, &PublicKey)| {
            let message = prepared.envelope().body.signing_bytes(&self.0.genesis);
            let key = self.1.iter().find(|key| key.public_key() == *public_key);
            key.is_some_and(|key| key.verify(&message, &prepared.envelope().signature).is_ok())
        };
        envelopes.iter().map(valid).collect()
    }
}

fn cpu_seconds() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// Least CPU time of some runs, microseconds per record.
fn measure<T>(records: usize, runs: usize, mut work: impl FnMut() -> T) -> f64 {
    let run = |_| {
        let started = cpu_seconds();
        std::hint::black_box(work());
        cpu_seconds() - started
    };
    (0..runs).map(run).fold(f64::INFINITY, f64::min) * 1e6 / records as f64
}

struct Bench {
    chain: Chain,
    members: Vec<SigningKey>,
    proposer: Address,
    parent: Parent,
}

impl Bench {
    fn new(suite: Suite) -> Self {
        let organization = CreditCode::parse("11410400XX0000019H").expect("a valid code");
        let key = |seed: u8| SigningKey::from_seed(suite, &[seed]);
        let members: Vec<_> = (0..SENDERS).map(key).collect();
        let validator = |seed| Validator {
            organization,
            public_key: key(seed).public_key().clone(),
            weight: 1,
        };
        let validators =
            ValidatorSet::new((100..104).map(validator).collect()).expect("four validators");
        let identity = |key: &SigningKey| Identity {
            organization,
            public_key: key.public_key().clone(),
            roles: vec![Name::parse(calls::membership::ROLE_RECORDER).expect("a name")],
            region: Region::parse("410400").expect("a region"),
            person: false,
            revoked_from: None,
            suspended: false,
        };
        let genesis = Genesis {
            version: 1,
            suite,
            flags: HeaderFlags(0),
            name: "bench".into(),
            time_ms: GENESIS_MS,
            registry_root: registry::EMPTY_ROOT,
            validators_hash: validators.hash(suite),
            protocol_version: 1,
        };
        let proposer = validators.proposer(Height(1), 0).expect("a proposer").address();
        let rules = Fixed { members: members.iter().map(identity).collect(), validators };
        let contracts =
            Contracts::new(vec![Box::new(yinglian_record::RecordContract)]).expect("one contract");
        let parent = Parent::genesis(&genesis);
        Self { chain: Chain::new(&genesis, contracts, Box::new(rules)), members, proposer, parent }
    }

    fn record(&self, number: u64) -> Envelope {
        let suite = self.chain.suite;
        let key = &self.members[(number % u64::from(SENDERS)) as usize];
        let arguments = calls::record::Notarize {
            kind: Name::parse("file").expect("a name"),
            business_key: format!("docs/specs/{number}.md"),
            digest: calls::record::Digest {
                algorithm: Name::parse("sm3").expect("a name"),
                value: suite.hash(&[&number.to_le_bytes()]),
                length_bytes: 4_096,
            },
            title: "Specification of the envelope".into(),
            source: calls::record::Source {
                system: "notarize".into(),
                method: Name::parse("file-scan").expect("a name"),
                operator_tag: "desk-3".into(),
                clock_ms: GENESIS_MS,
            },
            corrects: None,
        };
        let mut random = [0; 16];
        random[..8].copy_from_slice(&number.to_le_bytes());
        let body = EnvelopeBody {
            format: 1,
            contract: Name::parse(calls::record::CONTRACT).expect("a name"),
            method: Name::parse(calls::record::NOTARIZE).expect("a name"),
            method_version: 1,
            arguments: codec::encode(&arguments),
            sender: key.public_key().address(),
            valid_until_ms: GENESIS_MS + 600_000,
            random,
        };
        let signature = key.sign_now(&body.signing_bytes(&self.chain.genesis));
        Envelope { body, signature }
    }

    fn run(&self, records: usize) {
        let (chain, suite) = (&self.chain, self.chain.suite);
        let envelopes: Vec<_> = (0..records as u64).map(|number| self.record(number)).collect();
        let offered: Vec<_> = envelopes
            .iter()
            .map(|envelope| Arc::new(Prepared::new(suite, envelope.clone())))
            .collect();
        let warm = Warm(offered.iter().map(|envelope| (envelope.hash(), envelope.id())).collect());
        let cold = Cold(
            chain,
            self.members
                .iter()
                .filter_map(|key| VerifyingKey::new(key.public_key()).ok())
                .collect(),
        );
        let state = MemoryState::new();
        let draft = Draft { round: 0, time_ms: GENESIS_MS + 1_000, proposer: self.proposer };
        let runs = (30_000 / records).clamp(3, 50);
        let built = build(chain, &state, &self.parent, draft, &offered, &warm).expect("a block");
        assert_eq!((built.dropped.len(), built.executed.envelopes.len()), (0, records));
        assert!(built.executed.outcomes.iter().all(|record| record.outcome.code.is_applied()));
        let (header, payload) = (&built.executed.header, &built.payload);
        let checked = |signatures: &dyn SignatureCheck| {
            check(chain, &state, &self.parent, header, payload, signatures).expect("a valid block")
        };
        let payload_hash = measure(records, runs, || Payload::hash(suite, payload));
        let decode_cold =
            measure(records, runs, || Payload::decode_prepared(suite, payload, |_| None));
        let decode_warm = measure(records, runs, || {
            Payload::decode_prepared(suite, payload, |hash| warm.known(hash))
        });
        let check_warm = measure(records, runs, || checked(&warm));
        let check_quorum = measure(records, runs, || checked(&UnderQuorum));
        let check_cold = measure(records, 1, || checked(&cold));
        let build_warm =
            measure(records, runs, || build(chain, &state, &self.parent, draft, &offered, &warm));
        println!(
            "{records:>7} {:>6} | {payload_hash:>7.2} {decode_cold:>7.2} {decode_warm:>7.2} | {:>7.2} | {check_warm:>7.2} {check_quorum:>7.2} {build_warm:>7.2} | {check_cold:>8.2}",
            payload.len() / records,
            check_warm - decode_warm - payload_hash,
        );
    }
}

fn main() {
    let suite = match std::env::args().nth(1).as_deref() {
        Some("international") => Suite::International,
        _ => Suite::National,
    };
    println!("{suite}: CPU microseconds per record, one thread, state in memory");
    println!(
        "payload = its hash; decode = envelopes with their hashes (cold: ids too); execute = admission, calls, leaves,"
    );
    println!(
        "log and indexes; whole check: warm = admitted before, quorum = signatures skipped, cold = signatures checked\n"
    );
    println!(
        "records  bytes | payload    cold    warm | execute | ck.warm  quorum   build |  ck.cold\n{}",
        "-".repeat(88)
    );
    let bench = Bench::new(suite);
    for records in [100, 1_500, 12_000] {
        bench.run(records);
    }
}

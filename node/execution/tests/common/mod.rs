//! A small chain for tests: a contract of its own, rules that read the registry, keys from seeds, and a state in memory.
#![allow(dead_code)]

use borsh::{BorshDeserialize, BorshSerialize};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use yinglian_contract_api::{
    Call, CallError, Contract, Contracts, Ctx, Entity, Method, StateError, StateRead, decode_entity,
};
use yinglian_crypto::{SigningKey, VerifyingKey};
use yinglian_execution::{
    BlockError, Built, Chain, Draft, Executed, Identity, Parent, Rules, SignatureCheck, build,
    check,
};
use yinglian_protocol::{
    Address, Code, CreditCode, Envelope, EnvelopeBody, EnvelopeHash, EnvelopeId, Genesis, Header,
    HeaderFlags, Height, Name, Parameters, Prepared, PublicKey, Region, RegistryValue, Suite,
    Validator, ValidatorSet, registry,
};
use yinglian_state::MemoryState;

pub const ORGANIZATIONS: [&str; 2] = ["11410400XX0000019H", "11410400XX0000027C"];
/// Time of the genesis, milliseconds.
pub const GENESIS_MS: u64 = 1_000_000;

pub fn organization(number: usize) -> CreditCode {
    CreditCode::parse(ORGANIZATIONS[number]).unwrap()
}

/// What a call of the contract does, in order.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Step {
    Text(String),
    Put(String, u64),
    Emit,
    Refuse(u16),
    /// From the block's height on, the key no longer signs.
    Revoke(Address),
    /// The key is forgotten altogether.
    Forget(Address),
    /// Fails when the role is missing.
    Require(String),
    /// Refuses unless the record is known and applied.
    RecordApplied(EnvelopeId),
    BrokenDisk,
    /// Weights of the validators from the next block on.
    Weights(Vec<u64>),
    RecordsMax(u64),
}

#[derive(BorshSerialize, BorshDeserialize)]
pub struct Number(pub u64);
impl Entity for Number {
    const SCHEMA: u16 = 1;
}

#[derive(BorshSerialize, BorshDeserialize)]
struct Numbers(Vec<u64>);
impl Entity for Numbers {
    const SCHEMA: u16 = 2;
}

pub struct Toy;

const METHODS: &[Method] = &[Method { name: "do", version: 1, role: None }];

impl Contract for Toy {
    fn name(&self) -> &str {
        "toy"
    }

    fn has_method(&self, name: &str, version: u16) -> bool {
        METHODS.iter().any(|method| method.name == name && method.version == version)
    }

    fn admit(&self, call: &Call<'_>) -> Result<Vec<String>, Code> {
        let text = |step| if let Step::Text(text) = step { Some(text) } else { None };
        Ok(steps(call)?.into_iter().filter_map(text).collect())
    }

    fn call(&self, ctx: &mut Ctx<'_>, call: &Call<'_>) -> Result<(), CallError> {
        steps(call)?.into_iter().try_for_each(|step| perform(ctx, step))
    }
}

fn steps(call: &Call<'_>) -> Result<Vec<Step>, Code> {
    borsh::from_slice(call.arguments).map_err(|_| Code::ARGUMENTS_MALFORMED)
}

fn perform(ctx: &mut Ctx<'_>, step: Step) -> Result<(), CallError> {
    match step {
        Step::Text(_) => Ok(()),
        Step::Put(key, number) => ctx.put(key.as_bytes(), &Number(number)),
        Step::Emit => ctx.emit("done", &[]),
        Step::Refuse(code) => Err(Code(code).into()),
        Step::Revoke(address) => {
            let height = ctx.height().0;
            ctx.put(format!("revoked/{address}").as_bytes(), &Number(height))
        }
        Step::Forget(address) => ctx.put(format!("gone/{address}").as_bytes(), &Number(1)),
        Step::Require(role) => Ok(ctx.require_role(&role)?),
        Step::RecordApplied(id) => match ctx.position_of(&id)? {
            Some(place) if place.code.is_applied() => Ok(()),
            _ => Err(Code::RECORD_UNKNOWN.into()),
        },
        Step::BrokenDisk => Err(StateError::new("the disk is broken").into()),
        Step::Weights(weights) => ctx.put(b"weights", &Numbers(weights)),
        Step::RecordsMax(records) => ctx.put(b"records_max", &Number(records)),
    }
}

/// Members fixed by the test, their fates and the validators' weights in the registry.
pub struct ToyRules {
    members: Vec<(PublicKey, CreditCode)>,
    validators: Vec<PublicKey>,
}

fn number(state: &dyn StateRead, key: &str) -> Result<Option<u64>, StateError> {
    let value = state.registry(key.as_bytes())?;
    value.map(|value| Ok(decode_entity::<Number>(key.as_bytes(), &value)?.0)).transpose()
}

impl Rules for ToyRules {
    fn identity(
        &self,
        state: &dyn StateRead,
        address: &Address,
        _: u64,
    ) -> Result<Option<Identity>, StateError> {
        if number(state, &format!("gone/{address}"))?.is_some() {
            return Ok(None);
        }
        let Some((key, organization)) =
            self.members.iter().find(|(key, _)| key.address() == *address)
        else {
            return Ok(None);
        };
        Ok(Some(Identity {
            organization: *organization,
            public_key: key.clone(),
            roles: vec![Name::parse("recorder").unwrap()],
            revoked_from: number(state, &format!("revoked/{address}"))?.map(Height),
            region: Region::parse("410400").unwrap(),
            person: false,
            suspended: number(state, &format!("suspended/{organization}"))?.is_some(),
        }))
    }

    fn validator_set(&self, state: &dyn StateRead, _: Height) -> Result<ValidatorSet, StateError> {
        let weights = match state.registry(b"weights")? {
            Some(value) => decode_entity::<Numbers>(b"weights", &value)?.0,
            None => vec![1; self.validators.len()],
        };
        let validators = self.validators.iter().zip(weights).map(|(key, weight)| Validator {
            organization: organization(0),
            public_key: key.clone(),
            weight,
        });
        Ok(ValidatorSet::new(validators.collect()).unwrap())
    }

    fn protocol_version(
        &self,
        state: &dyn StateRead,
        height: Height,
    ) -> Result<Option<u32>, StateError> {
        // Two numbers, as a decision would leave them: a version and the first height under it.
        let (version, from) = (number(state, "version")?, number(state, "version_from")?);
        let due = from.is_some_and(|from| from <= height.0);
        Ok(version.filter(|_| due).map(|version| u32::try_from(version).unwrap()))
    }

    fn parameters(&self, state: &dyn StateRead) -> Result<Parameters, StateError> {
        let mut parameters = Parameters::default();
        if let Some(records) = number(state, "records_max")? {
            parameters.block_records_max = records;
        }
        Ok(parameters)
    }
}

/// Checks signatures for real and counts how many.
pub struct Checking<'a> {
    pub chain: &'a Chain,
    pub checked: AtomicUsize,
}

impl<'a> Checking<'a> {
    pub fn new(chain: &'a Chain) -> Self {
        Self { chain, checked: AtomicUsize::new(0) }
    }
}

impl SignatureCheck for Checking<'_> {
    fn known(&self, _: &EnvelopeHash) -> Option<EnvelopeId> {
        None
    }

    fn check(&self, envelopes: &[(&Prepared, &PublicKey)]) -> Vec<bool> {
        self.checked.fetch_add(envelopes.len(), Ordering::Relaxed);
        let valid = |(prepared, key): &(&Prepared, &PublicKey)| {
            let Envelope { body, signature } = prepared.envelope();
            let key = VerifyingKey::new(key).unwrap();
            key.verify(&body.signing_bytes(&self.chain.genesis), signature).is_ok()
        };
        envelopes.iter().map(valid).collect()
    }
}

/// A chain in memory with its tip.
pub struct Net {
    pub chain: Chain,
    pub members: Vec<SigningKey>,
    pub validators: Vec<SigningKey>,
    pub state: MemoryState,
    pub parent: Parent,
}

impl Net {
    /// Two members, one of each organisation, and four validators.
    pub fn new(suite: Suite) -> Self {
        let keys = |seeds: std::ops::Range<u8>| -> Vec<SigningKey> {
            seeds.map(|seed| SigningKey::from_seed(suite, &[seed])).collect()
        };
        let (members, validators) = (keys(0..2), keys(10..14));
        let rules = ToyRules {
            members: (0..2).map(|n| (members[n].public_key().clone(), organization(n))).collect(),
            validators: validators.iter().map(|key| key.public_key().clone()).collect(),
        };
        let genesis = Genesis {
            version: 1,
            suite,
            flags: HeaderFlags(0),
            name: "test".into(),
            time_ms: GENESIS_MS,
            registry_root: registry::EMPTY_ROOT,
            validators_hash: yinglian_protocol::Hash::ZERO,
            protocol_version: 1,
        };
        let contracts = Contracts::new(vec![Box::new(Toy)]).unwrap();
        let chain = Chain::new(&genesis, contracts, Box::new(rules));
        let parent = Parent::genesis(&genesis);
        Self { chain, members, validators, state: MemoryState::new(), parent }
    }

    /// A body of the first member's that is valid for a while.
    pub fn body(&self, random: u8, steps: &[Step]) -> EnvelopeBody {
        EnvelopeBody {
            format: 1,
            contract: Name::parse("toy").unwrap(),
            method: Name::parse("do").unwrap(),
            method_version: 1,
            arguments: borsh::to_vec(steps).unwrap(),
            sender: self.members[0].public_key().address(),
            valid_until_ms: self.parent.time_ms + 60_000,
            random: [random; 16],
        }
    }

    pub fn sign(&self, key: &SigningKey, body: EnvelopeBody) -> Envelope {
        let signature = key.sign_now(&body.signing_bytes(&self.chain.genesis));
        Envelope { body, signature }
    }

    /// Signed by the first member.
    pub fn envelope(&self, random: u8, steps: &[Step]) -> Arc<Prepared> {
        self.prepare(self.sign(&self.members[0], self.body(random, steps)))
    }

    /// Signed by any member.
    pub fn envelope_of(&self, member: usize, random: u8, steps: &[Step]) -> Arc<Prepared> {
        let mut body = self.body(random, steps);
        body.sender = self.members[member].public_key().address();
        self.prepare(self.sign(&self.members[member], body))
    }

    pub fn prepare(&self, envelope: Envelope) -> Arc<Prepared> {
        Arc::new(Prepared::new(self.chain.suite, envelope))
    }

    /// What the proposer of round 0 decides, a second after the parent.
    pub fn draft(&self) -> Draft {
        let view = yinglian_execution::View::new(&self.state);
        let height = self.parent.height.next();
        let set = self.chain.rules.validator_set(&view, height).unwrap();
        let proposer = set.proposer(height, 0).unwrap().address();
        Draft { round: 0, time_ms: self.parent.time_ms + 1_000, proposer }
    }

    pub fn build(&self, offered: &[Arc<Prepared>]) -> Built {
        let signatures = Checking::new(&self.chain);
        build(&self.chain, &self.state, &self.parent, self.draft(), offered, &signatures).unwrap()
    }

    pub fn check(&self, header: &Header, payload: &[u8]) -> Result<Executed, BlockError> {
        let signatures = Checking::new(&self.chain);
        check(&self.chain, &self.state, &self.parent, header, payload, &signatures)
    }

    pub fn commit(&mut self, executed: Executed) {
        self.parent = Parent::of(&executed.header);
        self.state.apply(executed.changes);
    }

    /// Builds, checks as another node would, and commits. Every envelope must enter.
    pub fn block(&mut self, offered: &[Arc<Prepared>]) -> Executed {
        let built = self.build(offered);
        assert_eq!(built.dropped, []);
        let checked = self.check(&built.executed.header, &built.payload).unwrap();
        assert_eq!(checked, built.executed);
        self.commit(checked.clone());
        checked
    }

    pub fn registry(&self, key: &str) -> Option<RegistryValue> {
        yinglian_state::registry::get(&self.state, key.as_bytes()).unwrap()
    }

    pub fn number(&self, key: &str) -> Option<u64> {
        self.registry(key).map(|value| decode_entity::<Number>(key.as_bytes(), &value).unwrap().0)
    }
}

//! A node in memory behind the port, with levers for everything that can go wrong.

use super::chain::{Chain, REGISTRY_KEY, SUITE, key, name, organization, registry_value, root};
use async_trait::async_trait;
use bytes::Bytes;
use std::sync::Arc;
use std::{
    collections::BTreeMap,
    sync::{
        Mutex, MutexGuard,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};
use tokio::sync::watch;
use yinglian_interface::Interface;
use yinglian_node_api::*;
use yinglian_protocol::{calls::Arguments, *};

pub struct FakeNode {
    state: Mutex<State>,
    tip: watch::Sender<u64>,
    /// Whether submitted envelopes are committed at once.
    pub auto_commit: AtomicBool,
    /// Calls of `submit` and `submit_many`.
    pub submissions: AtomicUsize,
    /// Envelopes in them.
    pub received: AtomicUsize,
}

pub struct State {
    pub chain: Chain,
    pub pending: Vec<Envelope>,
    pub identities: BTreeMap<Address, Identity>,
    /// Answer of every submission.
    pub refuse_submit: Option<Refusal>,
    /// Submissions that are refused with `MEMPOOL_FULL` before one is taken.
    pub refuse_next: usize,
    pub not_ready: Option<Refusal>,
    pub why: Why,
    pub declared: Vec<Declared>,
    /// Objects by registry key.
    pub objects: BTreeMap<Vec<u8>, RegistryValue>,
}

/// A contract with every kind of reader.
pub fn cases() -> Declared {
    let interface = Interface::from_json(include_str!("cases.json")).unwrap();
    Declared { interface: Arc::new(interface), origin: Origin::Declared }
}

impl State {
    /// Puts an object of `cases` into the registry.
    pub fn put(&mut self, entity: &str, key: &str, object: &serde_json::Value) {
        let cases = cases().interface;
        let entity = cases.shape().entity(entity).unwrap();
        let layout = entity.layout();
        let values = cases.codec().parse_record(&layout, object).unwrap();
        let body = cases.codec().encode_record(&layout, &values, 65_536).unwrap();
        let value = RegistryValue { schema: entity.schema, body, ..registry_value() };
        self.objects.insert(entity.registry_key(key), value);
    }

    /// Every object of the entity, in the order of keys: a fake index, whose reader has to look at what was given.
    fn page(&self, page: &IndexPage) -> Vec<StoredObject> {
        let named = |found: &&Declared| found.interface.shape().contract == page.contract;
        let shape = self.declared.iter().find(named).unwrap().interface.shape();
        let entity = shape.entity(page.entity.as_str()).unwrap();
        let stored = |(key, value): (&Vec<u8>, &RegistryValue)| {
            let object = entity.object_key(key)?.to_owned();
            Some(StoredObject { place: key.clone(), key: object, value: value.clone() })
        };
        let behind = |found: &StoredObject| page.after.as_ref().is_none_or(|at| found.place > *at);
        self.objects.iter().filter_map(stored).filter(behind).take(page.objects_max).collect()
    }
}

/// The golden interface of `record`.
fn record_interface() -> Declared {
    let text = include_str!("../../../../contracts/record/interface.json");
    Declared { interface: Arc::new(Interface::from_json(text).unwrap()), origin: Origin::Coded }
}

impl FakeNode {
    pub fn new() -> Self {
        let identity = |key_name: &str, index: usize, roles: &[&str], revoked| Identity {
            organization: organization(index),
            public_key: key(key_name).public_key().clone(),
            revoked,
            roles: roles.iter().map(|role| name(role)).collect(),
            region: Region::parse("410400").unwrap(),
            person: false,
        };
        let identities = [
            ("recorder", identity("recorder", 0, &["recorder"], false)),
            ("other", identity("other", 1, &["recorder"], false)),
            ("auditor", identity("auditor", 1, &["auditor"], false)),
            ("operator", identity("operator", 1, &["operator"], false)),
            ("revoked", identity("revoked", 0, &["auditor"], true)),
            ("clerk", identity("clerk", 0, &["cases.clerk"], false)),
            ("clerk elsewhere", identity("clerk elsewhere", 0, &["clerk", "other.clerk"], false)),
            ("inspector", identity("inspector", 1, &["cases.inspector"], false)),
        ];
        let state = State {
            chain: Chain::new(),
            pending: vec![],
            identities: identities.into_iter().map(|(n, i)| (key(n).address(), i)).collect(),
            refuse_submit: None,
            refuse_next: 0,
            not_ready: None,
            why: Why { making_blocks: true, reasons: vec![] },
            declared: vec![record_interface(), cases()],
            objects: BTreeMap::new(),
        };
        Self {
            state: Mutex::new(state),
            tip: watch::Sender::new(0),
            auto_commit: AtomicBool::new(true),
            submissions: AtomicUsize::new(0),
            received: AtomicUsize::new(0),
        }
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub fn hold(&self) {
        self.auto_commit.store(false, Ordering::SeqCst);
    }

    /// Decides a block of what is pending and still valid.
    pub fn commit(&self) {
        self.commit_after(1_000, false);
    }

    pub fn commit_after(&self, step_ms: u64, rotate: bool) {
        let mut state = self.state();
        let time_ms = state.chain.tip().1 + step_ms;
        // What has expired stays, so that its state can be told.
        let (pending, expired) = std::mem::take(&mut state.pending)
            .into_iter()
            .partition::<Vec<_>, _>(|envelope| envelope.body.valid_until_ms >= time_ms);
        state.pending = expired;
        let mut entries = vec![];
        for envelope in pending {
            let organization = state.identities[&envelope.body.sender].organization;
            let event = Event {
                contract: envelope.body.contract.clone(),
                name: name("notarized"),
                fields: vec![(name("kind"), "file".into())],
            };
            // A business key chosen by the tests for the contract's refusal.
            let outcome = if business_key(&envelope).as_deref() == Some("refuse") {
                Outcome::refused(Code::CORRECTION_NOT_OWN)
            } else {
                Outcome::applied(vec![event], vec![])
            };
            entries.push((envelope, organization, outcome));
        }
        state.chain.append(entries, step_ms, rotate);
        let height = state.chain.tip().0.0;
        drop(state);
        self.tip.send_replace(height);
    }

    fn admit(&self, bytes: &[u8]) -> Result<Accepted, Refusal> {
        let envelope = Envelope::decode(bytes)?;
        let mut state = self.state();
        if let Some(refusal) = &state.refuse_submit {
            return Err(refusal.clone());
        }
        if state.refuse_next > 0 {
            state.refuse_next -= 1;
            return Err(
                Refusal::new(Code::MEMPOOL_FULL).retry_after(std::time::Duration::from_millis(20))
            );
        }
        let body = &envelope.body;
        let id = body.id(SUITE);
        if state.chain.records.contains_key(&id) || state.pending.contains(&envelope) {
            return Ok(Accepted { id, repeated: true });
        }
        if body.valid_until_ms <= state.chain.tip().1 {
            return Err(Code::EXPIRED.into());
        }
        let identity = state.identities.get(&body.sender).ok_or(Code::SENDER_UNKNOWN)?;
        let message = body.signing_bytes(&state.chain.genesis.hash());
        DefaultEngine
            .verify(&identity.public_key, &message, &envelope.signature)
            .map_err(|_| Code::SIGNATURE_INVALID)?;
        state.pending.push(envelope);
        Ok(Accepted { id, repeated: false })
    }

    fn status_now(&self, id: EnvelopeId) -> Status {
        let state = self.state();
        if let Some((_, _, _, committed)) = state.chain.records.get(&id) {
            return Status::Committed(*committed);
        }
        let tip_ms = state.chain.tip().1;
        match state.pending.iter().find(|envelope| envelope.body.id(SUITE) == id) {
            Some(envelope) if envelope.body.valid_until_ms < tip_ms => Status::Expired,
            Some(_) => Status::Pending,
            None => Status::Unknown,
        }
    }

    fn record_now(&self, id: EnvelopeId) -> Option<Record> {
        let state = self.state();
        let (envelope, _, outcome, committed) = state.chain.records.get(&id)?.clone();
        Some(Record { id, envelope, outcome, committed })
    }
}

fn business_key(envelope: &Envelope) -> Option<String> {
    let body = &envelope.body;
    let arguments = Arguments::decode(
        body.contract.as_str(),
        body.method.as_str(),
        body.method_version,
        &body.arguments,
    );
    match arguments {
        Ok(Arguments::Notarize(notarize)) => Some(notarize.business_key),
        _ => None,
    }
}

#[async_trait]
impl Node for FakeNode {
    fn chain(&self) -> yinglian_node_api::Chain {
        let genesis = self.state().chain.genesis.hash();
        yinglian_node_api::Chain { suite: SUITE, genesis }
    }

    async fn submit(&self, envelope: Bytes) -> Result<Accepted, Refusal> {
        self.submit_many(vec![envelope]).await.remove(0)
    }

    async fn submit_many(&self, envelopes: Vec<Bytes>) -> Vec<Result<Accepted, Refusal>> {
        self.submissions.fetch_add(1, Ordering::SeqCst);
        self.received.fetch_add(envelopes.len(), Ordering::SeqCst);
        let results: Vec<_> = envelopes.iter().map(|bytes| self.admit(bytes)).collect();
        if self.auto_commit.load(Ordering::SeqCst) && results.iter().any(Result::is_ok) {
            self.commit();
        }
        results
    }

    async fn status(&self, id: EnvelopeId) -> Result<Status, Refusal> {
        Ok(self.status_now(id))
    }

    async fn wait_end(&self, id: EnvelopeId) -> Result<Status, Refusal> {
        let mut tip = self.tip.subscribe();
        loop {
            match self.status_now(id) {
                Status::Pending => tip.changed().await.map_err(|_| Code::INTERNAL)?,
                end => return Ok(end),
            }
        }
    }

    async fn interfaces(&self) -> Result<Vec<Declared>, Refusal> {
        Ok(self.state().declared.clone())
    }

    async fn interface(&self, contract: &Name) -> Result<Option<Declared>, Refusal> {
        let state = self.state();
        let named = |found: &&Declared| found.interface.shape().contract == *contract;
        Ok(state.declared.iter().find(named).cloned())
    }

    async fn object(&self, key: &[u8]) -> Result<Option<RegistryValue>, Refusal> {
        Ok(self.state().objects.get(key).cloned())
    }

    async fn objects(&self, page: IndexPage) -> Result<Vec<StoredObject>, Refusal> {
        Ok(self.state().page(&page))
    }

    async fn tip(&self) -> Result<(Height, u64), Refusal> {
        Ok(self.state().chain.tip())
    }

    async fn wait_height(&self, height: Height) -> Result<(), Refusal> {
        let mut tip = self.tip.subscribe();
        tip.wait_for(|tip| *tip >= height.0).await.map(drop).map_err(|_| Code::INTERNAL.into())
    }

    async fn height_of(&self, position: LogPosition) -> Result<Option<Height>, Refusal> {
        let state = self.state();
        let holds = |block: &&Block| position.0 < block.header.log_size;
        Ok(state.chain.blocks.iter().find(holds).map(|block| block.header.height))
    }

    async fn header(&self, height: Height) -> Result<Option<DecidedHeader>, Refusal> {
        let block = self.block(height).await?;
        Ok(block.map(|block| DecidedHeader { header: block.header, quorum: block.quorum }))
    }

    async fn block(&self, height: Height) -> Result<Option<Block>, Refusal> {
        let index = height.0.checked_sub(1).map(|index| index as usize);
        Ok(index.and_then(|index| self.state().chain.blocks.get(index).cloned()))
    }

    async fn genesis(&self) -> Result<Genesis, Refusal> {
        Ok(self.state().chain.genesis.clone())
    }

    async fn genesis_export(&self) -> Result<ExportGenesis, Refusal> {
        let state = self.state();
        Ok(ExportGenesis {
            genesis: state.chain.genesis.clone(),
            entries: vec![(REGISTRY_KEY.to_vec(), registry_value().encode())],
            validators: state.chain.sets[0].1.clone(),
        })
    }

    async fn validators(&self, height: Height) -> Result<Option<ValidatorSet>, Refusal> {
        Ok(self.state().chain.set_at(height).cloned())
    }

    async fn trust(&self) -> Result<Bytes, Refusal> {
        Ok(self.state().chain.trust().encode().into())
    }

    async fn receipt(&self, id: EnvelopeId, embed: bool) -> Result<Option<Bytes>, Refusal> {
        let state = self.state();
        let Some((envelope, ..)) = state.chain.records.get(&id) else { return Ok(None) };
        let sender = state.identities[&envelope.body.sender].public_key.clone();
        Ok(state.chain.receipt(id, sender, embed).map(|receipt| receipt.encode().into()))
    }

    async fn log_proof(
        &self,
        position: LogPosition,
        size: Option<u64>,
    ) -> Result<Option<LogProof>, Refusal> {
        let state = self.state();
        let chain = &state.chain;
        let all = chain.leaf_hashes.len() as u64;
        let size = size.unwrap_or(all);
        if size > all || position.0 >= size {
            return Ok(None);
        }
        Ok(Some(LogProof {
            size,
            index: position.0,
            root: root(&chain.leaf_hashes[..size as usize]),
            leaf_hash: chain.leaf_hashes[position.0 as usize],
            path: chain.inclusion(position.0, size).path,
        }))
    }

    async fn log_consistency(&self, old: u64, new: u64) -> Result<Option<LogConsistency>, Refusal> {
        let state = self.state();
        let chain = &state.chain;
        if new > chain.leaf_hashes.len() as u64 {
            return Ok(None);
        }
        Ok(Some(LogConsistency {
            old,
            old_root: root(&chain.leaf_hashes[..old as usize]),
            new,
            new_root: root(&chain.leaf_hashes[..new as usize]),
            path: chain.consistency(old, new),
        }))
    }

    async fn registry(&self, key: &[u8]) -> Result<RegistryAnswer, Refusal> {
        let state = self.state();
        let chain = &state.chain;
        Ok(RegistryAnswer {
            height: chain.tip().0,
            root: chain.genesis.registry_root,
            value: (key == REGISTRY_KEY).then(|| registry_value().encode().into()),
            proof: codec::encode(&chain.registry_proof()).into(),
        })
    }

    async fn record(&self, id: EnvelopeId) -> Result<Option<Record>, Refusal> {
        Ok(self.record_now(id))
    }

    async fn records_of(
        &self,
        key: &str,
        organization: Option<CreditCode>,
        records_max: usize,
    ) -> Result<Vec<Record>, Refusal> {
        let ids: Vec<EnvelopeId> = self.state().chain.records.keys().copied().collect();
        let mut found: Vec<Record> = ids
            .into_iter()
            .filter_map(|id| self.record_now(id))
            .filter(|record| organization.is_none_or(|o| o == record.outcome.organization))
            .filter(|record| business_key(&record.envelope).as_deref() == Some(key))
            .collect();
        found.sort_by_key(|record| std::cmp::Reverse(record.committed.position));
        found.truncate(records_max);
        Ok(found)
    }

    async fn identity(&self, address: &Address) -> Result<Option<Identity>, Refusal> {
        Ok(self.state().identities.get(address).cloned())
    }

    async fn ready(&self) -> Result<(), Refusal> {
        self.state().not_ready.clone().map_or(Ok(()), Err)
    }

    async fn why(&self) -> Why {
        self.state().why.clone()
    }

    async fn node_status(&self) -> Result<NodeStatus, Refusal> {
        let state = self.state();
        let (height, time_ms) = state.chain.tip();
        Ok(NodeStatus {
            version: "0.1.0".into(),
            role: "validator".into(),
            address: Some(key("validator 0 0").address()),
            height: height.0,
            header_hash: state.chain.genesis.hash().0,
            time_ms,
            log_size: state.chain.leaf_hashes.len() as u64,
            test_clock: false,
            pending_envelopes: state.pending.len() as u64,
            pending_bytes: 0,
            disk_free_bytes: 1 << 30,
            signing: true,
            peers: vec![PeerStatus { address: None, peer_id: "12D3".into(), connected: true }],
        })
    }
}

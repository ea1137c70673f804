//! What the HTTP interface asks of the node, answered from the ledger, the waiting room and consensus.

use crate::adapters::admission::committed;
use crate::adapters::{indexing, interfaces};
use crate::health::Health;
use crate::ledger::Ledger;
use crate::receipts;
use async_trait::async_trait;
use bytes::Bytes;
use std::sync::Arc;
use yinglian_execution::View;
use yinglian_mempool::{End, Mempool, Submitted};
use yinglian_node_api as api;
use yinglian_node_api::{
    Accepted, Chain, DecidedHeader, Declared, Identity, IndexPage, NodeStatus, Refusal, Status,
    StoredObject, Why,
};
use yinglian_protocol::calls::Arguments;
use yinglian_protocol::{
    Address, Code, CreditCode, EnvelopeId, ExportGenesis, Genesis, Height, LogPosition, Name,
    RegistryValue, ValidatorSet, codec,
};
use yinglian_state::{KeyValue, Space, log, record_index, registry};
use yinglian_store::{ChainRead, StoreError};

/// The node as the HTTP interface sees it.
pub struct NodeApi {
    ledger: Arc<Ledger>,
    mempool: Arc<Mempool>,
    health: Health,
}

impl NodeApi {
    /// Joins the parts.
    pub fn new(ledger: Arc<Ledger>, mempool: Arc<Mempool>, health: Health) -> Self {
        Self { ledger, mempool, health }
    }

    fn find(&self, contract: &Name) -> Result<Option<Declared>, Refusal> {
        interfaces::find(&self.ledger.chain.contracts, &self.ledger.store, contract)
    }

    /// Runs a read on a thread that may wait.
    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Ledger) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let ledger = Arc::clone(&self.ledger);
        let task = tokio::task::spawn_blocking(move || work(&ledger));
        task.await.unwrap_or_else(|_| Err(Code::INTERNAL.into()))
    }
}

/// A store that fails a read: logged with its cause, answered with its code.
pub(crate) fn unreadable(error: StoreError) -> Refusal {
    tracing::error!(error = &error as &dyn std::error::Error, "read failed");
    match error {
        StoreError::Corrupt { .. } | StoreError::State(_) => Code::STATE_CORRUPT.into(),
        _ => Code::INTERNAL.into(),
    }
}

fn unusable(error: yinglian_state::StateError) -> Refusal {
    unreadable(StoreError::State(error))
}

fn converted(committed: yinglian_mempool::Committed) -> api::Committed {
    api::Committed {
        position: committed.position,
        height: committed.height,
        index: committed.index,
        time_ms: committed.time_ms,
        code: committed.code,
    }
}

fn answered(answer: Result<Submitted, yinglian_mempool::Refusal>) -> Result<Accepted, Refusal> {
    match answer {
        Ok(Submitted::Accepted { id, repeated }) => Ok(Accepted { id, repeated }),
        Ok(Submitted::Committed { id, .. }) => Ok(Accepted { id, repeated: true }),
        Err(refusal) => {
            Err(Refusal { code: refusal.code, detail: None, retry_after: refusal.retry_after })
        }
    }
}

fn ended(end: End) -> Result<Status, Refusal> {
    match end {
        End::Committed(committed) => Ok(Status::Committed(converted(committed))),
        End::Expired => Ok(Status::Expired),
        End::Rejected(code) => Err(code.into()),
    }
}

#[async_trait]
impl api::Node for NodeApi {
    fn chain(&self) -> Chain {
        Chain { suite: self.ledger.suite(), genesis: self.ledger.genesis_hash() }
    }

    async fn submit(&self, envelope: Bytes) -> Result<Accepted, Refusal> {
        self.health.takes_envelopes()?;
        answered(self.mempool.submit(&envelope).await)
    }

    async fn submit_many(&self, envelopes: Vec<Bytes>) -> Vec<Result<Accepted, Refusal>> {
        if let Err(refusal) = self.health.takes_envelopes() {
            return envelopes.iter().map(|_| Err(refusal.clone())).collect();
        }
        let slices: Vec<&[u8]> = envelopes.iter().map(AsRef::as_ref).collect();
        let answers = self.mempool.submit_many(&slices, yinglian_mempool::Origin::Local).await;
        answers.into_iter().map(answered).collect()
    }

    async fn status(&self, id: EnvelopeId) -> Result<Status, Refusal> {
        if self.mempool.get(&id).is_some() {
            return Ok(Status::Pending);
        }
        let found = self.read(move |ledger| Ok(committed(ledger, &id)?)).await?;
        match (found, self.mempool.ended(&id)) {
            (Some(committed), _) => Ok(Status::Committed(converted(committed))),
            (None, Some(end)) => ended(end),
            (None, None) => Ok(Status::Unknown),
        }
    }

    async fn wait_end(&self, id: EnvelopeId) -> Result<Status, Refusal> {
        match self.mempool.wait_end(&id).await {
            Some(end) => ended(end),
            None => self.status(id).await,
        }
    }

    fn encode_arguments(
        &self,
        contract: &Name,
        method: &Name,
        version: u16,
        json: &serde_json::Value,
    ) -> Result<Vec<u8>, Refusal> {
        match Arguments::from_json(contract.as_str(), method.as_str(), version, json) {
            Err(error) if error.code == Code::CONTRACT_UNKNOWN => {
                let found = self.find(contract)?.ok_or(error.code)?;
                let encoded = found.interface.encode_arguments(method.as_str(), version, json);
                encoded.map_err(interfaces::refused)
            }
            encoded => encoded
                .map(|arguments| arguments.encode())
                .map_err(|error| Refusal::new(error.code).detail(error.detail)),
        }
    }

    fn decode_arguments(
        &self,
        contract: &Name,
        method: &Name,
        version: u16,
        arguments: &[u8],
    ) -> Result<serde_json::Value, Refusal> {
        match Arguments::decode(contract.as_str(), method.as_str(), version, arguments) {
            Err(code) if code == Code::CONTRACT_UNKNOWN => {
                let found = self.find(contract)?.ok_or(code)?;
                let json = found.interface.arguments_to_json(method.as_str(), version, arguments);
                json.map_err(interfaces::refused)
            }
            decoded => Ok(decoded?.to_json()?),
        }
    }

    async fn interfaces(&self) -> Result<Vec<Declared>, Refusal> {
        self.read(|ledger| interfaces::all(&ledger.chain.contracts, &ledger.store)).await
    }

    async fn interface(&self, contract: &Name) -> Result<Option<Declared>, Refusal> {
        let contract = contract.clone();
        self.read(move |ledger| interfaces::find(&ledger.chain.contracts, &ledger.store, &contract))
            .await
    }

    async fn tip(&self) -> Result<(Height, u64), Refusal> {
        let parent = self.ledger.tip().parent;
        Ok((parent.height, parent.time_ms))
    }

    async fn wait_height(&self, height: Height) -> Result<(), Refusal> {
        let mut heights = self.ledger.heights();
        let reached = heights.wait_for(|at| *at >= height).await;
        reached.map(|_| ()).map_err(|_| Code::NODE_NOT_READY.into())
    }

    async fn header(&self, height: Height) -> Result<Option<DecidedHeader>, Refusal> {
        self.read(move |ledger| {
            let block = ledger.store.block(height).map_err(unreadable)?;
            Ok(block.map(|block| DecidedHeader { header: block.header, quorum: block.quorum }))
        })
        .await
    }

    async fn block(&self, height: Height) -> Result<Option<api::Block>, Refusal> {
        self.read(move |ledger| {
            let Some(block) = ledger.store.block(height).map_err(unreadable)? else {
                return Ok(None);
            };
            let missing = || Refusal::new(Code::STATE_CORRUPT);
            let stored =
                ledger.store.payload_of(height).map_err(unreadable)?.ok_or_else(missing)?;
            let outcomes = ledger.store.outcomes(height).map_err(unreadable)?;
            Ok(Some(api::Block {
                header: block.header,
                quorum: block.quorum,
                log_start: block.log_start,
                payload: Bytes::from(stored.payload),
                outcomes: outcomes.ok_or_else(missing)?,
            }))
        })
        .await
    }

    async fn genesis(&self) -> Result<Genesis, Refusal> {
        Ok(self.ledger.genesis.genesis.clone())
    }

    async fn genesis_export(&self) -> Result<ExportGenesis, Refusal> {
        let genesis = &self.ledger.genesis;
        Ok(ExportGenesis {
            genesis: genesis.genesis.clone(),
            entries: genesis
                .entries
                .iter()
                .map(|(key, value)| (key.clone(), value.encode()))
                .collect(),
            validators: genesis.validators.clone(),
        })
    }

    async fn validators(&self, height: Height) -> Result<Option<ValidatorSet>, Refusal> {
        Ok(self.ledger.validators(height))
    }

    async fn trust(&self) -> Result<Bytes, Refusal> {
        self.read(|ledger| Ok(Bytes::from(receipts::trust(ledger)?.encode()))).await
    }

    async fn receipt(&self, id: EnvelopeId, embed_trust: bool) -> Result<Option<Bytes>, Refusal> {
        self.read(move |ledger| {
            let receipt = receipts::receipt(ledger, &id, embed_trust)?;
            Ok(receipt.map(|receipt| Bytes::from(receipt.encode())))
        })
        .await
    }

    async fn log_proof(
        &self,
        position: LogPosition,
        size: Option<u64>,
    ) -> Result<Option<api::LogProof>, Refusal> {
        self.read(move |ledger| {
            let (view, suite) = (ledger.store.view(), ledger.suite());
            let log_size = receipts::tip_header(&view)?.map_or(0, |header| header.log_size);
            let size = size.unwrap_or(log_size);
            if size > log_size || position.0 >= size {
                return Ok(None);
            }
            let proof = log::inclusion(&view, suite, size, position.0).map_err(unusable)?;
            let leaf_hash = log::leaf(&view, position).map_err(unusable)?;
            let root = log::LogState::load(&view, suite, size).map_err(unusable)?.root();
            Ok(Some(api::LogProof {
                size,
                index: position.0,
                root,
                leaf_hash: leaf_hash.ok_or(Code::STATE_CORRUPT)?,
                path: proof.path,
            }))
        })
        .await
    }

    async fn log_consistency(
        &self,
        old: u64,
        new: u64,
    ) -> Result<Option<api::LogConsistency>, Refusal> {
        self.read(move |ledger| {
            let (view, suite) = (ledger.store.view(), ledger.suite());
            let log_size = receipts::tip_header(&view)?.map_or(0, |header| header.log_size);
            if new > log_size || old > new {
                return Ok(None);
            }
            let proof = log::consistency(&view, suite, old, new).map_err(unusable)?;
            let root = |size| log::LogState::load(&view, suite, size).map(|log| log.root());
            Ok(Some(api::LogConsistency {
                old,
                old_root: root(old).map_err(unusable)?,
                new,
                new_root: root(new).map_err(unusable)?,
                path: proof.path,
            }))
        })
        .await
    }

    async fn registry(&self, key: &[u8]) -> Result<api::RegistryAnswer, Refusal> {
        let key = key.to_vec();
        self.read(move |ledger| {
            let view = ledger.store.view();
            let (height, root) = match receipts::tip_header(&view)? {
                Some(header) => (header.height, header.registry_root),
                None => (Height(0), ledger.genesis.genesis.registry_root),
            };
            let value = view.get(Space::RegistryValues, &key).map_err(unusable)?;
            let proof = registry::prove(&view, ledger.suite(), &root, &key).map_err(unusable)?;
            Ok(api::RegistryAnswer {
                height,
                root,
                value: value.map(Bytes::from),
                proof: Bytes::from(codec::encode(&proof)),
            })
        })
        .await
    }

    async fn height_of(&self, position: LogPosition) -> Result<Option<Height>, Refusal> {
        self.read(move |ledger| ledger.store.height_of_position(position).map_err(unreadable)).await
    }

    async fn object(&self, key: &[u8]) -> Result<Option<RegistryValue>, Refusal> {
        let key = key.to_vec();
        self.read(move |ledger| registry::get(&ledger.store, &key).map_err(unusable)).await
    }

    async fn objects(&self, page: IndexPage) -> Result<Vec<StoredObject>, Refusal> {
        self.read(move |ledger| {
            let found = ledger.objects.page(&ledger.store, &page).map_err(|error| {
                tracing::error!(error = format!("{error:#}"), "index of objects cannot be read");
                Refusal::new(Code::STATE_CORRUPT)
            })?;
            let making = || Refusal::new(Code::NODE_NOT_READY).detail("the index is being made");
            found.ok_or_else(making)
        })
        .await
    }

    async fn record(&self, id: EnvelopeId) -> Result<Option<api::Record>, Refusal> {
        self.read(move |ledger| {
            let place = record_index::place(&ledger.store, &id).map_err(unusable)?;
            place.map(|place| receipts::record(ledger, place.position)).transpose()
        })
        .await
    }

    async fn records_of(
        &self,
        business_key: &str,
        organization: Option<CreditCode>,
        records_max: usize,
    ) -> Result<Vec<api::Record>, Refusal> {
        let key = indexing::key(business_key, organization.as_ref());
        self.read(move |ledger| {
            // A key may have any number of records: no more of them are read than are shown.
            let newest = ledger.store.newest(indexing::RECORDS, &key, records_max);
            let newest = newest.map_err(unreadable)?.into_iter();
            newest.map(|position| receipts::record(ledger, position)).collect()
        })
        .await
    }

    async fn identity(&self, address: &Address) -> Result<Option<Identity>, Refusal> {
        let address = *address;
        self.read(move |ledger| {
            let view = View::new(&ledger.store);
            let parent = ledger.tip().parent;
            let identity = ledger.chain.rules.identity(&view, &address, parent.time_ms);
            let height = parent.height.next();
            let identity = identity.map_err(|_| Code::STATE_CORRUPT)?;
            Ok(identity.map(|identity| Identity {
                revoked: identity.is_revoked(height) || identity.suspended,
                organization: identity.organization,
                public_key: identity.public_key,
                roles: identity.roles,
                region: identity.region,
                person: identity.person,
            }))
        })
        .await
    }

    async fn ready(&self) -> Result<(), Refusal> {
        self.health.ready()
    }

    async fn why(&self) -> Why {
        self.health.why().await
    }

    async fn node_status(&self) -> Result<NodeStatus, Refusal> {
        self.health.status().await
    }
}

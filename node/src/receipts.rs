//! Receipts, trust chains and records out of the store, each from one moment of it.

use crate::adapters::api::unreadable;
use crate::ledger::Ledger;
use yinglian_execution::View;
use yinglian_node_api::{Committed, Record, Refusal};
use yinglian_protocol::{
    Code, Envelope, EnvelopeId, Header, Leaf, LogPosition, Receipt, TrustChain, TrustLink,
};
use yinglian_state::{log, record_index};
use yinglian_store::{ChainRead, StoreError};

fn corrupt() -> Refusal {
    Code::STATE_CORRUPT.into()
}

fn unusable(error: yinglian_state::StateError) -> Refusal {
    unreadable(StoreError::State(error))
}

/// The newest header of a view; none before block 1.
pub fn tip_header(view: &impl ChainRead) -> Result<Option<Header>, Refusal> {
    let Some(height) = view.tip().map_err(unreadable)? else { return Ok(None) };
    let block = view.block(height).map_err(unreadable)?.ok_or_else(corrupt)?;
    Ok(Some(block.header))
}

/// The receipt of an envelope against the newest header; none when it was not recorded.
pub fn receipt(
    ledger: &Ledger,
    id: &EnvelopeId,
    embed_trust: bool,
) -> Result<Option<Receipt>, Refusal> {
    let view = ledger.store.view();
    let Some(place) = record_index::place(&view, id).map_err(unusable)? else { return Ok(None) };
    let tip = view.tip().map_err(unreadable)?.ok_or_else(corrupt)?;
    let checkpoint = view.block(tip).map_err(unreadable)?.ok_or_else(corrupt)?;
    let set = ledger.validators(tip).ok_or_else(corrupt)?;
    let record = view.record(place.position).map_err(unreadable)?.ok_or_else(corrupt)?;
    let envelope = Envelope::decode(&record.envelope).map_err(|_| corrupt())?;
    let block = view.block(record.height).map_err(unreadable)?.ok_or_else(corrupt)?;
    let suite = ledger.suite();
    let size = checkpoint.header.log_size;
    // Only the key is asked for, which no time changes.
    let identity = ledger.chain.rules.identity(
        &View::new(&view),
        &envelope.body.sender,
        checkpoint.header.time_ms,
    );
    let sender_key = identity.ok().flatten().ok_or_else(corrupt)?.public_key;
    let leaf = Leaf {
        version: 1,
        envelope_hash: envelope.hash(suite),
        sender: envelope.body.sender,
        organization: record.outcome.organization,
        height: record.height,
        index: record.index,
        time_ms: block.header.time_ms,
        outcome_hash: record.outcome.outcome.hash(suite),
    };
    Ok(Some(Receipt {
        envelope,
        sender_key,
        leaf,
        outcome: record.outcome.outcome,
        inclusion: log::inclusion(&view, suite, size, place.position.0).map_err(unusable)?,
        header: checkpoint.header,
        quorum: checkpoint.quorum.shortest(&set),
        trust: if embed_trust { Some(trust(ledger)?) } else { None },
    }))
}

/// Genesis, first set and every change since.
pub fn trust(ledger: &Ledger) -> Result<TrustChain, Refusal> {
    let sets = ledger.sets();
    let mut links = Vec::new();
    for (from, next_set) in sets.iter().skip(1) {
        let block = ledger.store.block(from.previous()).map_err(unreadable)?.ok_or_else(corrupt)?;
        let set = ledger.validators(from.previous()).ok_or_else(corrupt)?;
        links.push(TrustLink {
            header: block.header,
            quorum: block.quorum.shortest(&set),
            next_set: next_set.clone(),
        });
    }
    Ok(TrustChain {
        genesis: ledger.genesis.genesis.clone(),
        first_set: ledger.genesis.validators.clone(),
        links,
    })
}

/// A record by its position.
pub fn record(ledger: &Ledger, position: LogPosition) -> Result<Record, Refusal> {
    let record = ledger.store.record(position).map_err(unreadable)?.ok_or_else(corrupt)?;
    let block = ledger.store.block(record.height).map_err(unreadable)?.ok_or_else(corrupt)?;
    let envelope = Envelope::decode(&record.envelope).map_err(|_| corrupt())?;
    Ok(Record {
        id: envelope.body.id(ledger.suite()),
        envelope,
        committed: Committed {
            position,
            height: record.height,
            index: record.index,
            time_ms: block.header.time_ms,
            code: record.outcome.outcome.code,
        },
        outcome: record.outcome,
    })
}

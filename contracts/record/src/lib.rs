//! Contract `record`: notarises (存证) single records, with correction instead of deletion.
//!
//! Comes in: a digest with its business key and source. Goes out: nothing but the leaf that every call leaves; a correction
//! also emits an event. Never: touches a registry key, so that a record costs one hash in the log and no tree update.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects
    )
)]
#![warn(missing_docs)]

mod rules;

use std::sync::{Arc, LazyLock};
use yinglian_contract_api::{Call, CallError, Contract, Ctx, Method};
use yinglian_interface::Interface;
use yinglian_protocol::{
    Code,
    calls::{membership::ROLE_RECORDER, record},
    codec, limits,
};

/// The contract.
#[derive(Debug, Clone, Copy, Default)]
pub struct RecordContract;

const METHODS: &[Method] =
    &[Method { name: record::NOTARIZE, version: 1, role: Some(ROLE_RECORDER) }];

impl RecordContract {
    /// Methods with the roles that they ask for.
    pub fn methods(&self) -> &'static [Method] {
        METHODS
    }
}

/// A test reads it: the file is part of the program.
static INTERFACE: LazyLock<Option<Arc<Interface>>> =
    LazyLock::new(|| Interface::from_json(include_str!("../interface.json")).ok().map(Arc::new));

impl Contract for RecordContract {
    fn name(&self) -> &str {
        record::CONTRACT
    }

    fn interface(&self) -> Option<Arc<Interface>> {
        INTERFACE.clone()
    }

    fn has_method(&self, name: &str, version: u16) -> bool {
        METHODS.iter().any(|method| method.name == name && method.version == version)
    }

    fn admit(&self, call: &Call<'_>) -> Result<Vec<String>, Code> {
        let arguments = decode(call)?;
        rules::check(&arguments)?;
        Ok(arguments.free_texts().into_iter().map(Into::into).collect())
    }

    fn call(&self, ctx: &mut Ctx<'_>, call: &Call<'_>) -> Result<(), CallError> {
        rules::notarize(ctx, &decode(call)?)
    }
}

fn decode(call: &Call<'_>) -> Result<record::Notarize, Code> {
    if (call.method, call.version) != (record::NOTARIZE, 1) {
        return Err(Code::METHOD_UNKNOWN);
    }
    codec::decode_strict(call.arguments, limits::ENVELOPE_BYTES_MAX)
        .map_err(|_| Code::ARGUMENTS_MALFORMED)
}

#[cfg(test)]
mod tests;

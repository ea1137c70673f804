//! The HTTP interface of a node: envelopes in, receipts and proofs out.
//!
//! Decides: sizes and shapes of requests, who may read what (default deny), languages, waiting, back-pressure.
//! Comes in: HTTP requests from anywhere. Goes out: answers of the [`Node`] behind it, refusals as problem+json with a code.
//! Never: storage, consensus, the name of a contract, or a rule of one.

mod ports;

pub use ports::*;

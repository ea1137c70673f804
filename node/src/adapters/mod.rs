//! Where the node's crates meet: each adapter answers the questions that one crate asks in its `ports.rs`.

pub mod admission;
pub mod api;
pub mod application;
pub mod indexing;
pub mod interfaces;
pub mod objects;
pub mod rules;
pub mod signatures;

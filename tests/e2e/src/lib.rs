//! Harness of the end-to-end tests: networks of real processes on this machine, driven through the SDK as any client would.
//!
//! A [`Network`] lies in a temporary folder, listens on free ports, and is gone when it is dropped, processes included. Tests
//! wait for conditions with a deadline, never for time. Programs are those beside the test's own.

mod cli;
mod curl;
mod loop_disk;
mod network;
mod node;
mod programs;
mod python;
mod record;
mod wait;
mod writer;

pub use cli::{Said, yinglian};
pub use curl::{Answer, curl};
pub use loop_disk::{LoopDisk, may_mount};
pub use network::{Network, Wish, copy, free_base_port};
pub use node::Node;
pub use programs::program;
pub use python::second_verifier;
pub use record::record;
pub use wait::{PATIENCE, eventually};
pub use writer::{Acknowledged, Writer};

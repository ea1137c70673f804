//! Agreement under seeds. Validators made of the engine's core, the host's policy and the sign guard run in virtual time on
//! a network and on disks that fail as the seed says; what they do is judged after every step.
//!
//! Comes in: a seed, perhaps a planted bug. Goes out: a verdict, a digest of everything that happened, and counts of what
//! was exercised. Never: the machine's clock, threads, sockets. The sign-state alone is a real file, in memory where it can be.

mod bug;
mod disk;
mod hands;
mod message;
mod node;
mod random;
mod world;

pub use bug::Bug;
pub use world::{Counts, Report, run};

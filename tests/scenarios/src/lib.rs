//! Scenarios of the city: readable files that are played over HTTP against real nodes with a test clock. A file names people, then
//! steps: who calls what with which arguments and how it ends, how far the clock moves, and what an object then holds.
//!
//! Comes in: a file of `city/`. Goes out: nothing when every step ended as written, else the step and what happened instead.
//! Never: a step that is not checked; a call without `refused` must be applied.

mod city;
mod play;

pub use city::City;
pub use play::{Scenario, play};

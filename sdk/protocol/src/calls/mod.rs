//! Argument layouts of the contracts, and their JSON. One place, so that tools encode what contracts decode.
//! Moves to `sdk/interface` with the contract face.

pub mod membership;
pub mod record;

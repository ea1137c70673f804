//! What the programs of this folder share: cases of SM2 verification, other implementations behind one face, seeded
//! randomness, CPU time. Decides nothing about sdk/gm itself; never a dependency of anything that is shipped.

pub mod campaign;
pub mod case;
pub mod clock;
pub mod der;
pub mod fuzz;
pub mod peers;
pub mod random;
pub mod vectors;

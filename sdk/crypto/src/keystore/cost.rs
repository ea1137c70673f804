//! What undoing an encryption may cost: a keystore comes from a disk, and its numbers may be anybody's.
//!
//! Comes in: the parameters a file names. Goes out: whether we undo it. Never: a derivation that takes minutes or gigabytes,
//! or numbers on which the crate below would panic.
use pkcs8::pkcs5::{EncryptionScheme, pbes2::Kdf};

/// Rounds of PBKDF2, about five seconds.
const PBKDF2_ROUNDS_MAX: u32 = 10_000_000;
/// N · r · p of scrypt; 128 bytes of memory and of work for each: 256 MiB.
const SCRYPT_COST_MAX: u64 = 1 << 21;

pub(super) fn is_bearable(scheme: &EncryptionScheme) -> bool {
    match scheme.pbes2().map(|parameters| &parameters.kdf) {
        Some(Kdf::Pbkdf2(kdf)) => (1..=PBKDF2_ROUNDS_MAX).contains(&kdf.iteration_count),
        Some(Kdf::Scrypt(kdf)) => {
            let blocks = u64::from(kdf.block_size).saturating_mul(u64::from(kdf.parallelization));
            let cost = blocks.saturating_mul(kdf.cost_parameter);
            // The crate below refuses an N that is no power of two, but trips over N = 0.
            kdf.cost_parameter > 1 && (1..=SCRYPT_COST_MAX).contains(&cost)
        }
        _ => false,
    }
}

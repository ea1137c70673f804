//! The key stream of counter modes.
//!
//! Comes in: a key, the counter, how it goes on. Goes out: bytes with the key stream added, the counter behind them. Never: key stream left in memory.
use super::Sm4;
use crate::constant_time::wipe;

/// Blocks of key stream made at a time.
const BLOCKS: usize = 64;

/// Adds the key stream to `bytes`; `counter` is then the first one that was not used.
pub(super) fn apply(
    cipher: &Sm4,
    counter: &mut u128,
    next: impl Fn(u128) -> u128,
    bytes: &mut [u8],
) {
    let mut stream = [[0; 16]; BLOCKS];
    for chunk in bytes.chunks_mut(16 * BLOCKS) {
        let used = &mut stream[..chunk.len().div_ceil(16)];
        for block in &mut *used {
            *block = counter.to_be_bytes();
            *counter = next(*counter);
        }
        cipher.encrypt_blocks(used);
        for (byte, key) in chunk.iter_mut().zip(used.as_flattened()) {
            *byte ^= key;
        }
    }
    wipe(&mut stream);
}

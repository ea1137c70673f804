//! Bytes from the operating system's random source.
//!
//! Goes out: bytes fit for keys and nonces, or an error. Never: a weaker source when the system has none.
use thiserror::Error;

/// The operating system gave no random bytes.
#[derive(Clone, Copy, Debug, Error)]
#[error("cannot read random bytes from the operating system")]
pub struct RandomError(#[source] getrandom::Error);

/// `N` random bytes.
pub fn random<const N: usize>() -> Result<[u8; N], RandomError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(RandomError)?;
    Ok(bytes)
}

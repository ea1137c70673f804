//! From the engine's certificate, which names addresses, to the protocol's quorum, which names indexes.

use crate::codec::commit_signature;
use crate::context::{Chain, Members};
use malachite::app::types::core::CommitCertificate;
use yinglian_protocol::Quorum;

/// A certificate that cannot be told as a quorum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("certificate names a validator outside the set, or no round")]
pub struct QuorumShape;

/// The quorum of a certificate that the engine verified.
pub fn quorum(
    certificate: &CommitCertificate<Chain>,
    members: &Members,
) -> Result<Quorum, QuorumShape> {
    let round = certificate.round.as_u32().ok_or(QuorumShape)?;
    let mut signatures = certificate
        .commit_signatures
        .iter()
        .map(|signature| {
            let (address, signature) = commit_signature(signature);
            members.index_of(&address).map(|index| (index, signature)).ok_or(QuorumShape)
        })
        .collect::<Result<Vec<_>, _>>()?;
    signatures.sort_by_key(|(index, _)| *index);
    signatures.dedup_by_key(|(index, _)| *index);
    Ok(Quorum { round, signatures })
}

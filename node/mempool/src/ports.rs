//! What the waiting room asks of the node: the state after the last committed block.

use yinglian_protocol::{
    Address, Code, CreditCode, EnvelopeId, Height, LogPosition, Prepared, PublicKey,
};

/// Who sends an envelope, in the newest state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admitted {
    /// Organisation of the sender's key.
    pub organization: CreditCode,
    /// The sender's key.
    pub public_key: PublicKey,
}

/// Where an envelope was recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Committed {
    /// Position of its leaf.
    pub position: LogPosition,
    /// Block that holds it.
    pub height: Height,
    /// Index in the block, from 0.
    pub index: u32,
    /// Time of the block, milliseconds since 1970-01-01 UTC.
    pub time_ms: u64,
    /// Applied, or why the contract refused.
    pub code: Code,
}

/// The state after the last committed block. The questions may read the disk; none is asked under a lock.
pub trait Tip: Send + Sync + 'static {
    /// Where an envelope was recorded, whatever its age.
    fn committed(&self, id: &EnvelopeId) -> Result<Option<Committed>, Code>;

    /// Every rule of admission but the signature, at the time that the next block would have now.
    fn admit(&self, envelope: &Prepared) -> Result<Admitted, Code>;

    /// Why no envelope of this sender may enter the next block: its key was revoked, say. None when its envelopes may, or when
    /// the state cannot be read now. Asked after every block for everyone whose envelopes wait.
    fn barred(&self, sender: &Address) -> Option<Code>;
}

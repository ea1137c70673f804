//! Where an envelope was recorded and by whom: the value of the replicated index from envelope id to log position.

use crate::{Code, CreditCode, LogPosition};
use borsh::{BorshDeserialize, BorshSerialize};

/// Value of the index. Holds what rules may ask of another record without reading its block: 28 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct RecordPlace {
    /// Position of the leaf in the log.
    pub position: LogPosition,
    /// Organisation of the sender, as the leaf has it.
    pub organization: CreditCode,
    /// Code of the outcome.
    pub code: Code,
}

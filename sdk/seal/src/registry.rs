//! What the chain knows of seals, makers, vendors and authorities, as a verification asks it.
//!
//! Comes in: answers of the caller's registry, at one height. Goes out: types of those answers. Never: a look-up of its own.
use crate::{Cert, Time};
use alloc::vec::Vec;

/// A view of the registry on the chain at one height. The implementation has verified what it answers.
pub trait Registry {
    /// Height of the trust lists and of the seal registry that the answers come from.
    fn height(&self) -> u64;
    /// What the registry holds of a seal; `None` where it knows none.
    fn seal(&self, seal: &SealKey<'_>) -> Option<SealEntry>;
    /// Whether a maker of seals, known by his certificate, was admitted at a time.
    fn maker(&self, cert: &Cert, at: Time) -> Admission;
    /// Whether a CA, the issuer that the path ends at, was admitted at a time.
    fn ca(&self, anchor: &Cert, at: Time) -> Admission;
    /// Whether a time-stamp authority was admitted at a time.
    fn time_stamp_authority(&self, cert: &Cert, at: Time) -> Admission;
    /// Whether a vendor, known by the identifier in the seal's header (Vid), was admitted at a time.
    fn vendor(&self, vendor: &str, at: Time) -> Admission;
}

/// What a seal is looked up by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SealKey<'a> {
    /// SM3 of the seal's bytes.
    pub sm3: [u8; 32],
    /// Identifier in the seal (esID): unique per vendor and maker only.
    pub id: &'a str,
    /// Vendor in the seal's header (Vid).
    pub vendor: &'a str,
}

/// A registered seal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealEntry {
    /// When it was filed.
    pub filed: Time,
    /// Changes of its status in the order of time, the first at or after `filed`.
    pub changes: Vec<(Time, SealStatus)>,
}

/// Status of a registered seal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SealStatus {
    /// May be used.
    Active,
    /// Must not be used until the freeze is lifted (冻结).
    Frozen,
    /// Revoked by an authority (吊销).
    Revoked,
    /// Withdrawn by its owner (撤销).
    Withdrawn,
    /// Reported lost (挂失).
    Lost,
    /// Replaced by another seal (更换).
    Replaced,
}

/// Whether somebody was on a trust list at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// Admitted.
    Admitted,
    /// Admitted before, suspended at that time.
    Suspended,
    /// On the list, but not at that time.
    NotThen,
    /// Not on the list.
    Unknown,
}

impl SealEntry {
    /// The status at a time; `None` before it was filed.
    pub fn status_at(&self, at: Time) -> Option<SealStatus> {
        if at < self.filed {
            return None;
        }
        let last = self.changes.iter().take_while(|(time, _)| *time <= at).last();
        Some(last.map_or(SealStatus::Active, |(_, status)| *status))
    }
}

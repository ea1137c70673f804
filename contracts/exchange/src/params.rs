//! Numbers of the contract, each with its unit and source.

/// A batch that is closed so long after its window is late, milliseconds: a day, after which the platform's daily reconciliation
/// (日终对账) has run without it.
pub(crate) const LATE_AFTER_MS: u64 = 86_400_000;

/// Days whose rows a channel's counter holds for the quota.
pub(crate) const QUOTA_DAYS_MAX: usize = 31;

/// Most suspensions that a channel remembers; older ones leave the list.
pub(crate) const SUSPENSIONS_MAX: usize = 32;

//! Numbers of the rules, each with its unit.

use yinglian_protocol::{Code, calls::membership::TEXT_BYTES_MAX};

/// Levels of the tree of organisations at most: province, city, county, township, village, and some for parts of these.
pub const TREE_DEPTH_MAX: usize = 8;
/// Network addresses of a validator at most.
pub(crate) const ADDRESSES_MAX: usize = 8;
/// Longest network address, bytes.
pub(crate) const ADDRESS_BYTES_MAX: usize = 256;
/// Bytes of a base58 peer id: the shortest and longest that libp2p's key types give.
pub(crate) const PEER_ID_BYTES: core::ops::RangeInclusive<usize> = 40..=64;
/// Largest weight of a validator.
pub(crate) const WEIGHT_MAX: u64 = 1 << 32;

/// Refuses a text that does not fit its field.
pub(crate) fn check_text(text: &str) -> Result<(), Code> {
    if text.len() > TEXT_BYTES_MAX { Err(Code::TEXT_TOO_LONG) } else { Ok(()) }
}

//! Chain parameters: what the network may change by decision, with the bounds that no decision passes.

use crate::{Code, limits};
use alloc::collections::BTreeMap;
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

/// The parameters in force. Absent ones of a genesis document have their default.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Parameters {
    /// Most envelopes in a block, 1 to 16,000.
    pub block_records_max: u64,
    /// How far ahead of block time `valid_until_ms` may lie, milliseconds: 10 seconds to one hour.
    pub envelope_valid_ms_max: u64,
    /// Longest time between two headers, milliseconds: 200 to 10,000.
    pub heartbeat_ms_max: u64,
    /// Fewest blocks between the decision of a set change and its activation: 10 to 1,000,000.
    pub set_change_delay_blocks: u64,
}

/// Default of `block_records_max`: what the reference verifier checks in half the propose timeout (spec 5).
const BLOCK_RECORDS_DEFAULT: u64 = 2_000;

impl Default for Parameters {
    fn default() -> Self {
        Self {
            block_records_max: BLOCK_RECORDS_DEFAULT,
            envelope_valid_ms_max: limits::ENVELOPE_VALID_MS_MAX,
            heartbeat_ms_max: limits::HEARTBEAT_MS_MAX,
            set_change_delay_blocks: limits::SET_CHANGE_DELAY_BLOCKS,
        }
    }
}

impl Parameters {
    /// Name, least and greatest value of every parameter.
    pub const BOUNDS: [(&str, u64, u64); 4] = [
        ("block_records_max", 1, limits::BLOCK_RECORDS_MAX as u64),
        ("envelope_valid_ms_max", 10_000, limits::ENVELOPE_VALID_MS_MAX),
        ("heartbeat_ms_max", 200, limits::HEARTBEAT_MS_MAX),
        ("set_change_delay_blocks", limits::SET_CHANGE_DELAY_BLOCKS, 1_000_000),
    ];

    fn slot(&mut self, name: &str) -> Option<&mut u64> {
        match name {
            "block_records_max" => Some(&mut self.block_records_max),
            "envelope_valid_ms_max" => Some(&mut self.envelope_valid_ms_max),
            "heartbeat_ms_max" => Some(&mut self.heartbeat_ms_max),
            "set_change_delay_blocks" => Some(&mut self.set_change_delay_blocks),
            _ => None,
        }
    }

    /// Sets one parameter within its bounds.
    pub fn set(&mut self, name: &str, value: u64) -> Result<(), Code> {
        let known = Self::BOUNDS.iter().find(|(known, _, _)| *known == name);
        let in_bounds =
            known.is_some_and(|(_, least, greatest)| (*least..=*greatest).contains(&value));
        let slot = self.slot(name).filter(|_| in_bounds).ok_or(Code::PARAMETER_INVALID)?;
        *slot = value;
        Ok(())
    }

    /// All parameters by name.
    pub fn values(&self) -> BTreeMap<&'static str, u64> {
        let mut copy = self.clone();
        let value = |(name, _, _): &(&'static str, u64, u64)| Some((*name, *copy.slot(name)?));
        Self::BOUNDS.iter().filter_map(value).collect()
    }

    /// Checks that every parameter is within its bounds.
    pub fn check(&self) -> Result<(), Code> {
        let mut checked = self.clone();
        self.values().into_iter().try_for_each(|(name, value)| checked.set(name, value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bound_is_a_parameter_and_the_defaults_lie_within() {
        let parameters = Parameters::default();
        assert_eq!(parameters.values().len(), Parameters::BOUNDS.len());
        assert_eq!(parameters.check(), Ok(()));
    }

    #[test]
    fn values_outside_their_bounds_and_unknown_names_are_refused() {
        for (name, least, greatest) in Parameters::BOUNDS {
            let mut parameters = Parameters::default();
            assert_eq!(parameters.set(name, least), Ok(()));
            assert_eq!(parameters.values()[name], least);
            assert_eq!(parameters.set(name, greatest), Ok(()));
            assert_eq!(parameters.set(name, greatest + 1), Err(Code::PARAMETER_INVALID), "{name}");
            assert_eq!(parameters.set(name, least - 1), Err(Code::PARAMETER_INVALID), "{name}");
            assert_eq!(parameters.values()[name], greatest);
        }
        assert_eq!(Parameters::default().set("block_colour", 1), Err(Code::PARAMETER_INVALID));
    }
}

//! Arguments of the contract `membership`.

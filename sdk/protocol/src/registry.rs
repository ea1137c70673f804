//! The registry tree.

//! SM2, SM3 and SM4 at the speed of the hardware.
//!
//! Comes in: bytes, keys, randomness drawn by the caller. Goes out: digests, verdicts, signatures, ciphertexts. Never: I/O, a clock,
//! a random generator, a thread, knowledge of chains.
#![cfg_attr(not(feature = "std"), no_std)]
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic))]
#![warn(missing_docs)]
extern crate alloc;

mod constant_time;
mod simd;
pub mod sm2;
pub mod sm3;
pub mod sm4;

/// The examples of the README, compiled and run as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

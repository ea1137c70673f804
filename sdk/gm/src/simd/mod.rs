//! Vector instructions: the only folder with unsafe code. Each function here has a portable twin outside, and a test that both
//! agree; callers reach it through a token that says the CPU has the instructions.
#![allow(unsafe_code)]

mod sm2_prefetch;
#[cfg(target_arch = "x86_64")]
mod sm3_avx2;
#[cfg(target_arch = "x86_64")]
mod sm3_avx512;
#[cfg(target_arch = "x86_64")]
mod token;

#[cfg(target_arch = "x86_64")]
pub(crate) use token::{Avx2, Avx512};
pub(crate) use sm2_prefetch::prefetch;

//! Vector instructions: the only folder with unsafe code. Each function here has a portable twin outside, and a test that both
//! agree; callers reach it through a token that says the CPU has the instructions.
#![allow(unsafe_code)]

#[cfg(target_arch = "x86_64")]
mod ghash;
mod order;
#[cfg(target_arch = "x86_64")]
mod sm2_ifma;
mod sm2_opaque;
mod sm2_prefetch;
#[cfg(target_arch = "x86_64")]
mod sm3_avx2;
#[cfg(target_arch = "x86_64")]
mod sm3_avx512;
#[cfg(target_arch = "x86_64")]
mod sm4_avx2;
#[cfg(target_arch = "x86_64")]
mod sm4_avx512;
#[cfg(target_arch = "x86_64")]
mod token;

pub(crate) use order::in_this_order;
#[cfg(all(test, target_arch = "x86_64"))]
pub(crate) use sm2_ifma::Eight;
#[cfg(target_arch = "x86_64")]
pub(crate) use sm2_ifma::in_lanes;
pub(crate) use sm2_opaque::opaque;
pub(crate) use sm2_prefetch::prefetch;
#[cfg(target_arch = "x86_64")]
pub(crate) use token::{AesAvx2, Avx2, Avx512, Clmul, GfniAvx2, GfniAvx512, Ifma, Vpclmul};

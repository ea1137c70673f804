//! Which instructions the block cipher uses.
//!
//! Comes in: what the CPU says of itself. Goes out: an engine that may run here, and its kernels. Never: an influence on ciphertexts.
use super::{RoundKeys, sliced};
#[cfg(target_arch = "x86_64")]
use crate::simd::{AesAvx2, GfniAvx2, GfniAvx512};
use alloc::vec::Vec;

/// The instructions that the block cipher uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Sixteen blocks at once over bit planes, in plain Rust.
    Portable,
    /// The S-box by the last round of AES, in vectors of 256 bits.
    AesAvx2,
    /// The S-box by affine maps and inversion of bytes, in vectors of 256 bits.
    GfniAvx2,
    /// The same in vectors of 512 bits.
    GfniAvx512,
}

impl Engine {
    /// The fastest engine of this CPU. Without the feature `std`, of the CPU that was compiled for.
    pub fn best() -> Self {
        Self::available().pop().unwrap_or(Self::Portable)
    }

    /// All engines that run on this CPU, the slowest first.
    pub fn available() -> Vec<Self> {
        let all = [Self::Portable, Self::AesAvx2, Self::GfniAvx2, Self::GfniAvx512];
        all.into_iter()
            .filter(|engine| {
                *engine == Self::Portable || !matches!(Kernel::of(*engine), Kernel::Portable)
            })
            .collect()
    }
}

/// An engine together with the proof that this CPU has its instructions.
#[derive(Clone, Copy)]
pub(super) enum Kernel {
    Portable,
    #[cfg(target_arch = "x86_64")]
    AesAvx2(AesAvx2),
    #[cfg(target_arch = "x86_64")]
    GfniAvx2(GfniAvx2),
    #[cfg(target_arch = "x86_64")]
    GfniAvx512(GfniAvx512),
}

impl Kernel {
    /// The kernel of an engine; the portable one where the CPU lacks the instructions.
    #[cfg(target_arch = "x86_64")]
    pub(super) fn of(engine: Engine) -> Self {
        let kernel = match engine {
            Engine::Portable => None,
            Engine::AesAvx2 => AesAvx2::detect().map(Self::AesAvx2),
            Engine::GfniAvx2 => GfniAvx2::detect().map(Self::GfniAvx2),
            Engine::GfniAvx512 => GfniAvx512::detect().map(Self::GfniAvx512),
        };
        kernel.unwrap_or(Self::Portable)
    }

    /// The kernel of an engine: on this architecture there is one.
    #[cfg(not(target_arch = "x86_64"))]
    pub(super) fn of(_: Engine) -> Self {
        Self::Portable
    }

    /// Encrypts blocks in place (decrypts, when the keys come in reverse).
    #[inline]
    pub(super) fn encrypt(self, keys: &RoundKeys, blocks: &mut [[u8; 16]]) {
        match self {
            Self::Portable => sliced::encrypt(keys, blocks),
            #[cfg(target_arch = "x86_64")]
            Self::AesAvx2(kernel) => kernel.encrypt(keys, blocks),
            #[cfg(target_arch = "x86_64")]
            Self::GfniAvx2(kernel) => kernel.encrypt(keys, blocks),
            #[cfg(target_arch = "x86_64")]
            Self::GfniAvx512(kernel) => kernel.encrypt(keys, blocks),
        }
    }
}

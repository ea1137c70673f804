//! Which instructions hash many messages at once.
//!
//! Comes in: what the CPU says of itself. Goes out: an engine that may run here. Never: an influence on digests.
use alloc::vec::Vec;

/// The instructions that hash many messages at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// One message after the other, in plain Rust.
    Portable,
    /// Eight messages side by side.
    Avx2,
    /// Sixteen messages side by side.
    Avx512,
}

impl Engine {
    /// The widest engine of this CPU. Without the feature `std`, of the CPU that was compiled for.
    pub fn best() -> Self {
        #[cfg(target_arch = "x86_64")]
        if crate::simd::Avx512::detect().is_some() {
            return Self::Avx512;
        } else if crate::simd::Avx2::detect().is_some() {
            return Self::Avx2;
        }
        Self::Portable
    }

    /// All engines that run on this CPU, the portable one first.
    pub fn available() -> Vec<Self> {
        let best = Self::best();
        let all = [Self::Portable, Self::Avx2, Self::Avx512];
        all.into_iter().filter(|engine| engine.lanes() <= best.lanes()).collect()
    }

    /// Messages side by side.
    pub const fn lanes(self) -> usize {
        match self {
            Self::Portable => 1,
            Self::Avx2 => 8,
            Self::Avx512 => 16,
        }
    }
}

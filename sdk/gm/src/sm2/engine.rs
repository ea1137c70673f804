//! The ways in which batches are computed: with what the CPU has, or with what all have.
use super::batch::{self, Job};
use super::lanes::Four;
use super::verify::Verifier;
#[cfg(target_arch = "x86_64")]
use crate::simd::{self, Ifma};
use alloc::vec::Vec;

/// A way to compute batches. All give the same verdicts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Engine(Kind);

#[derive(Clone, Copy, Debug)]
enum Kind {
    Portable,
    #[cfg(target_arch = "x86_64")]
    Ifma(Ifma),
}

impl Engine {
    /// Words of 64 bits, four signatures side by side, on any CPU.
    pub const PORTABLE: Self = Self(Kind::Portable);

    /// The fastest that this CPU can do: AVX-512 IFMA, eight signatures in vectors, or else [`Self::PORTABLE`].
    ///
    /// With the feature `std` the CPU is asked; without, what the target is compiled for counts.
    pub fn best() -> Self {
        #[cfg(target_arch = "x86_64")]
        if let Some(token) = Ifma::detect() {
            return Self(Kind::Ifma(token));
        }
        Self::PORTABLE
    }

    /// All that this CPU can do, [`Self::PORTABLE`] first.
    pub fn available() -> Vec<Self> {
        let mut engines = alloc::vec![Self::PORTABLE];
        engines.extend(Some(Self::best()).filter(|best| *best != Self::PORTABLE));
        engines
    }

    /// The name, for a log or a table of figures.
    pub fn name(self) -> &'static str {
        match self.0 {
            Kind::Portable => "portable",
            #[cfg(target_arch = "x86_64")]
            Kind::Ifma(_) => "AVX-512 IFMA",
        }
    }

    pub(crate) fn in_lanes(self, verifier: &Verifier, jobs: &[Job], verdicts: &mut [bool]) {
        match self.0 {
            Kind::Portable => batch::in_lanes::<Four>((), verifier, jobs, verdicts),
            #[cfg(target_arch = "x86_64")]
            Kind::Ifma(token) => simd::in_lanes(token, verifier, jobs, verdicts),
        }
    }
}

impl PartialEq for Kind {
    fn eq(&self, other: &Self) -> bool {
        core::mem::discriminant(self) == core::mem::discriminant(other)
    }
}

impl Eq for Kind {}

impl core::fmt::Debug for Engine {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.name())
    }
}

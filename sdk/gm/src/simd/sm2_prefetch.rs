//! Asks for a table's line before it is read. It changes no value, so its portable twin does nothing.
use crate::sm2::Affine;

#[inline(always)]
pub(crate) fn prefetch(entry: &Affine) {
    #[cfg(target_arch = "x86_64")]
    {
        use core::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: a prefetch only hints, and never faults; the address is that of a live reference.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(core::ptr::from_ref(entry).cast()) }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = entry;
}

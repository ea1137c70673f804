//! A fence against regrouping.
//!
//! Comes in: a number. Goes out: the same number, which the compiler cannot see through: a sum that it is part of is formed in the order in which
//! it was written. Never: an instruction. The portable twin is the identity.

/// The same number; additions before and after are not regrouped across this call.
#[inline(always)]
pub(crate) fn in_this_order(mut number: u32) -> u32 {
    // SAFETY: the assembly is a comment: it touches nothing but the register that holds the number.
    #[cfg(target_arch = "x86_64")]
    unsafe {
        core::arch::asm!("/* {0:e} */", inout(reg) number, options(pure, nomem, nostack, preserves_flags));
    }
    // SAFETY: as above.
    #[cfg(target_arch = "aarch64")]
    unsafe {
        core::arch::asm!("/* {0:w} */", inout(reg) number, options(pure, nomem, nostack, preserves_flags));
    }
    number
}

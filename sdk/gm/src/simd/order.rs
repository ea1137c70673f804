//! A fence against regrouping.
//!
//! Comes in: a number. Goes out: the same number, which the compiler cannot see through: a sum that it is part of is formed in the order in which
//! it was written. Never: an instruction. The portable twin is the identity.

/// The same number; additions before and after are not regrouped across this call.
#[inline(always)]
pub(crate) fn in_this_order(number: u32) -> u32 {
    let kept;
    // SAFETY: the assembly is a comment: it touches nothing but the register that holds the number.
    #[cfg(target_arch = "x86_64")]
    unsafe {
        core::arch::asm!("/* {0:e} */", inlateout(reg) number => kept, options(pure, nomem, nostack, preserves_flags));
    }
    // SAFETY: as above.
    #[cfg(target_arch = "aarch64")]
    unsafe {
        core::arch::asm!("/* {0:w} */", inlateout(reg) number => kept, options(pure, nomem, nostack, preserves_flags));
    }
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    {
        kept = number;
    }
    kept
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_fence_gives_back_its_number() {
        for number in [0, 1, 0x8000_0000, 0xdead_beef, u32::MAX] {
            assert_eq!(super::in_this_order(core::hint::black_box(number)), number);
        }
    }
}

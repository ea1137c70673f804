//! A mask the compiler cannot look through.
//!
//! Comes in: a mask made of a secret condition. Goes out: the same mask. A compiler that knew it to be all ones or all zeros could turn
//! the selection it is for into a branch, whose time tells the condition. The portable twin is `black_box`, which is slower, and of which
//! the standard library promises less.

/// The same number.
#[inline(always)]
pub(crate) fn opaque(mut mask: u64) -> u64 {
    #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
    // SAFETY: the assembly is a comment: it touches nothing but the register that holds the number.
    unsafe {
        core::arch::asm!("/* {0} */", inout(reg) mask, options(pure, nomem, nostack, preserves_flags));
    }
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    {
        mask = core::hint::black_box(mask);
    }
    mask
}

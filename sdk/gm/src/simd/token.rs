//! Tokens: values that exist only where the CPU has certain instructions.
//!
//! Comes in: what the CPU says of itself (feature `std`), or what the target is compiled for. Goes out: a token, or none. Never: a token
//! where an instruction it stands for would fault.

/// Declares a token for a set of target features.
macro_rules! token {
    ($(#[$doc:meta])* $name:ident: $($feature:tt),+) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub(crate) struct $name(());

        impl $name {
            /// The token, if this CPU has all of the instructions.
            #[inline]
            pub(crate) fn detect() -> Option<Self> {
                #[cfg(feature = "std")]
                let present = $(std::arch::is_x86_feature_detected!($feature))&&+;
                #[cfg(not(feature = "std"))]
                let present = $(cfg!(target_feature = $feature))&&+;
                present.then_some(Self(()))
            }
        }
    };
}

token! {
    /// 256-bit integer vectors, and the scalar instructions that came with them.
    Avx2: "avx2", "bmi1", "bmi2"
}
token! {
    /// 512-bit integer vectors with bytes.
    Avx512: "avx512f", "avx512bw", "avx512vl", "avx512dq", "avx2", "bmi1", "bmi2"
}
token! {
    /// 512-bit vectors with the multiply-add of 52-bit integers.
    Ifma: "avx512f", "avx512ifma", "avx512dq", "avx512vl", "bmi2", "adx"
}
token! {
    /// The last round of AES, beside 256-bit integer vectors.
    AesAvx2: "aes", "avx2"
}
token! {
    /// Affine maps and inversion of bytes, beside 256-bit integer vectors.
    GfniAvx2: "gfni", "avx2"
}
token! {
    /// Affine maps and inversion of bytes in 512-bit vectors.
    GfniAvx512: "gfni", "avx512f", "avx512bw", "avx2"
}
token! {
    /// Carry-less multiplication.
    Clmul: "pclmulqdq", "ssse3"
}
token! {
    /// Carry-less multiplication in 512-bit vectors.
    Vpclmul: "vpclmulqdq", "pclmulqdq", "avx512f", "avx512bw", "avx2", "ssse3"
}

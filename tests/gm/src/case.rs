//! One question to a verifier of SM2 signatures, and its answer.

/// A public key, an identity, what was signed, and a signature: all of them as the outside sends them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// SEC1, 65 bytes when it is well formed.
    pub key: Vec<u8>,
    pub identity: Vec<u8>,
    pub input: Input,
    pub signature: Signature,
}

/// What was signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    Message(Vec<u8>),
    /// e, in place of a message.
    Digest([u8; 32]),
}

/// How the signature is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signature {
    /// r and s, 64 bytes when it is well formed.
    Raw(Vec<u8>),
    Der(Vec<u8>),
}

/// What a verifier says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Valid,
    Invalid,
    /// The verifier's interface has no way to ask this.
    CannotAsk,
    /// A panic, or another way to fail that is no answer.
    Fault(String),
}

impl Verdict {
    /// The verdict of a verifier that says yes or no.
    pub fn of(valid: bool) -> Self {
        if valid { Self::Valid } else { Self::Invalid }
    }

    /// What a verifier answers, or its panic as a fault.
    pub fn guarded(ask: impl FnOnce() -> Self) -> Self {
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(ask))
            .unwrap_or_else(|_| Self::Fault("panic".to_owned()))
    }
}

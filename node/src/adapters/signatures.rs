//! Execution's question about signatures, answered by the verifier of the waiting room; or by the quorum of a decided block.

use yinglian_crypto::VerifyingKey;
use yinglian_execution::SignatureCheck;
use yinglian_mempool::Verifier;
use yinglian_protocol::{EnvelopeHash, EnvelopeId, GenesisHash, Prepared, PublicKey};

/// Whose word is taken for the signatures of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checked {
    /// None's: each is checked here, unless it was before.
    All,
    /// The quorum's that decided the block (spec 5).
    ByQuorum,
}

/// Checks signatures for execution.
pub struct Signatures<'a> {
    verifier: Option<&'a Verifier>,
    genesis: GenesisHash,
    checked: Checked,
}

impl<'a> Signatures<'a> {
    /// Without a verifier (replay) every signature is checked one by one.
    pub fn new(verifier: Option<&'a Verifier>, genesis: GenesisHash, checked: Checked) -> Self {
        Self { verifier, genesis, checked }
    }

    fn check_one(&self, envelope: &Prepared, key: &PublicKey) -> bool {
        let message = envelope.envelope().body.signing_bytes(&self.genesis);
        VerifyingKey::new(key)
            .is_ok_and(|key| key.verify(&message, &envelope.envelope().signature).is_ok())
    }
}

impl SignatureCheck for Signatures<'_> {
    fn known(&self, hash: &EnvelopeHash) -> Option<EnvelopeId> {
        self.verifier.and_then(|verifier| verifier.known(hash))
    }

    fn check(&self, envelopes: &[(&Prepared, &PublicKey)]) -> Vec<bool> {
        match (self.checked, self.verifier) {
            (Checked::ByQuorum, _) => envelopes.iter().map(|_| true).collect(),
            (Checked::All, Some(verifier)) => verifier.check(envelopes),
            (Checked::All, None) => {
                envelopes.iter().map(|(envelope, key)| self.check_one(envelope, key)).collect()
            }
        }
    }
}

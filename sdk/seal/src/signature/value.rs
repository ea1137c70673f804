//! The seal-signature procedure (GB/T 38540-2020, 7.3), steps a to f.
//!
//! Comes in: a parsed value, what it signs, the context. Goes out: a report. Never: an early end once the value could be read.
use super::moment::Moment;
use super::who::{self, Who};
use super::{check_algorithm, clock, registered, report, seal};
use crate::cert::SubjectKey;
use crate::der::Notes;
use crate::ses::{SignerList, Value};
use crate::{
    Cert, Context, Leniency, Reason, SignatureFacts, SignatureReport, Signed, Step, Steps, sm2,
};
use alloc::string::String;
use alloc::vec::Vec;
use yinglian_crypto::{PublicKey, Suite};

/// Steps that a seal signature must have passed; coverage is the document's.
pub(crate) const REQUIRED: [Step; 11] = [
    Step::Format,
    Step::Integrity,
    Step::SealAuthenticity,
    Step::Maker,
    Step::Signer,
    Step::SignerInSeal,
    Step::Chain,
    Step::Time,
    Step::Revocation,
    Step::Registry,
    Step::Admission,
];

/// Runs the whole procedure over a value that could be read.
pub(crate) fn judge(
    bytes: &[u8],
    value: &Value<'_>,
    signed: Signed<'_>,
    context: &Context<'_>,
    mut notes: Notes,
) -> SignatureReport {
    let mut steps = Steps::new();
    let signer = Cert::parse(value.signer);
    let claims =
        clock::Claims { claimed: value.time, token: value.time_stamp, covered: value.signature };
    let moment = clock::moment(&claims, context, &mut steps);
    for extension in &value.critical {
        steps.notice(Step::Integrity, Reason::CriticalSealExtension, extension.as_str());
    }
    let seal_facts = seal::judge(&value.seal, &moment.judged, context, &mut notes, &mut steps);
    match &signer {
        Ok(cert) => {
            outer_signature(value, cert, &mut notes, &mut steps);
            data_hash(value.data_hash, signed, cert, &mut notes, &mut steps);
            in_seal(value, cert, &mut notes, &mut steps);
            let who = Who { cert, extra: &[], step: Step::Signer, role: "signer" };
            let anchor = who::judge(&who, &moment.judged, context, &mut steps);
            registered::authority(context, anchor, moment.judged.at, &mut steps);
        }
        Err(_) => {
            steps.fail(Step::Integrity, Reason::CertMalformed, "signer");
            steps.fail(Step::Signer, Reason::CertMalformed, "signer");
            steps.doubt(Step::SignerInSeal, Reason::CertMalformed, "signer");
            steps.doubt(Step::Revocation, Reason::RevocationUnknown, "signer");
        }
    }
    let facts = SignatureFacts {
        form: "SES",
        signer: signer.ok().map(|cert| cert.facts()),
        claimed: moment.claimed,
        signed_at: moment.readable.then_some(moment.judged.at),
        time_source: moment.judged.source,
        property: value.property.clone(),
        value_sm3: crate::hex(Suite::National.hash(&[bytes]).as_bytes()),
    };
    let mut answer = report(steps, notes, context, &REQUIRED);
    answer.signature = Some(facts);
    answer.seal = Some(seal_facts);
    answer.seal_bytes = Some(value.seal.raw.into());
    answer
}

/// Step b: the signature value over toSign.
fn outer_signature(value: &Value<'_>, signer: &Cert, notes: &mut Notes, steps: &mut Steps) {
    let checked = check_algorithm(value.algorithm, notes).and_then(|()| match &signer.key {
        SubjectKey::Sm2(key) => sm2::verify_noting(key, value.signed, value.signature, notes),
        SubjectKey::Other(_) => Err(Reason::AlgorithmKeyMismatch),
    });
    match checked {
        Ok(()) => steps.pass(Step::Integrity),
        Err(reason) => steps.fail(Step::Integrity, reason, "signature"),
    }
}

/// Step f: the digest of the original, SM3 of it or, in the field, of Z and it.
pub(crate) fn data_hash(
    found: &[u8],
    signed: Signed<'_>,
    signer: &Cert,
    notes: &mut Notes,
    steps: &mut Steps,
) {
    if found == plain_digest(signed) {
        return steps.pass(Step::Integrity);
    }
    let with_z = match (signed, &signer.key) {
        (Signed::Parts(parts), SubjectKey::Sm2(key)) => digest_with_z(key, parts),
        _ => None,
    };
    if with_z.is_some_and(|digest| digest == found) {
        notes.add(Leniency::DigestWithZ);
        steps.notice(Step::Integrity, Reason::DataHashWithZ, "");
    } else {
        steps.fail(Step::Integrity, Reason::DataHash, "");
    }
}

/// SM3 of the original.
pub(crate) fn plain_digest(signed: Signed<'_>) -> [u8; 32] {
    match signed {
        Signed::Parts(parts) => *Suite::National.hash(parts).as_bytes(),
        Signed::Sm3(digest) => digest,
    }
}

/// SM3(Z ‖ original).
pub(crate) fn digest_with_z(key: &PublicKey, parts: &[&[u8]]) -> Option<[u8; 32]> {
    let whole: Vec<u8> = parts.concat();
    key.device_digest(&whole).map(|digest| *digest.as_bytes())
}

/// Step c: the signer is one of those that the seal lists.
fn in_seal(value: &Value<'_>, signer: &Cert, notes: &mut Notes, steps: &mut Steps) {
    let listed = match &value.seal.signers {
        SignerList::Certs(certs) => certs.contains(&signer.der()),
        SignerList::Digests(digests) => {
            digests.iter().any(|(kind, digest)| matches(kind, digest, signer, notes))
        }
    };
    if listed {
        steps.pass(Step::SignerInSeal);
    } else {
        steps.fail(Step::SignerInSeal, Reason::SignerNotInSeal, signer.subject_text());
    }
}

/// Whether a digest in the seal's list is that of the signer's certificate.
fn matches(kind: &str, digest: &[u8], signer: &Cert, notes: &mut Notes) -> bool {
    let name: String = kind.chars().filter(char::is_ascii_alphanumeric).collect();
    if name.eq_ignore_ascii_case("SHA256") || kind == "2.16.840.1.101.3.4.2.1" {
        return Suite::International.hash(&[signer.der()]).as_bytes() == digest;
    }
    if signer.sm3() == digest {
        return true;
    }
    let with_z = match &signer.key {
        SubjectKey::Sm2(key) => digest_with_z(key, &[signer.der()]),
        SubjectKey::Other(_) => None,
    };
    let found = with_z.is_some_and(|with_z| with_z == digest);
    if found {
        notes.add(Leniency::DigestWithZ);
    }
    found
}

/// The moment of a signature with what the report tells of it.
pub(crate) struct Timed {
    pub judged: Moment,
    pub claimed: Option<crate::Time>,
    pub readable: bool,
}

//! Digital signatures without a seal, as OFD documents hold them with Type="Sign": GB/T 35275 around the digest, GB/T 35275 with signed
//! attributes, a bare SM2 value.
//!
//! Comes in: a value, what it signs, the context. Goes out: a report. Never: a certificate that came along taken for a trusted one.
use super::moment::Moment;
use super::value::{Timed, digest_with_z, plain_digest};
use super::who::{self, Who};
use super::{clock, registered, report, unreadable};
use crate::cert::SubjectKey;
use crate::cms::SignedData;
use crate::der::Notes;
use crate::ses::ClaimedTime;
use crate::{
    Cert, Context, Leniency, Reason, SignatureFacts, SignatureReport, Signed, Step, Steps, sm2,
};
use alloc::string::String;
use alloc::vec::Vec;
use yinglian_crypto::Suite;

/// Steps that a digital signature must have passed.
const REQUIRED: [Step; 8] = [
    Step::Format,
    Step::Integrity,
    Step::Signer,
    Step::Chain,
    Step::Time,
    Step::Revocation,
    Step::Registry,
    Step::Admission,
];

/// Signed data of GB/T 35275 or PKCS#7.
pub(super) fn cms(bytes: &[u8], signed: Signed<'_>, context: &Context<'_>) -> SignatureReport {
    let mut notes = Notes::default();
    let data = match SignedData::parse(bytes, &mut notes) {
        Ok(data) => data,
        Err(fault) => return report(unreadable(fault), notes, context, &REQUIRED),
    };
    let mut steps = Steps::new();
    let token = data.time_stamp();
    let claimed = data.signing_time();
    let claims = clock::Claims {
        claimed: claimed.map_or(ClaimedTime::None, ClaimedTime::At),
        token,
        covered: data.signer.signature,
    };
    let timed = clock::moment(&claims, context, &mut steps);
    let signer = data.signer_cert(context.signer.into_iter());
    match signer {
        Some(cert) => {
            integrity(&data, cert, signed, &mut notes, &mut steps);
            judge_signer(cert, &data.certs, &timed.judged, context, &mut steps);
        }
        None => unknown_signer(&mut steps),
    }
    let facts = facts("CMS", bytes, signer, &timed);
    let mut answer = report(steps, notes, context, &REQUIRED);
    answer.signature = Some(facts);
    answer
}

/// The signature, and that what it covers is the original.
fn integrity(
    data: &SignedData<'_>,
    signer: &Cert,
    signed: Signed<'_>,
    notes: &mut Notes,
    steps: &mut Steps,
) {
    const STEP: Step = Step::Integrity;
    let detached: Option<Vec<u8>> = match (data.content, signed) {
        (None, Signed::Parts(parts)) => Some(parts.concat()),
        _ => None,
    };
    match data.check(signer, detached.as_deref(), notes) {
        Ok(()) => steps.pass(STEP),
        Err(Reason::OriginalNeeded) => steps.doubt(STEP, Reason::OriginalNeeded, ""),
        Err(reason) => steps.fail(STEP, reason, "signature"),
    }
    let covers_content = match data.has_attributes().then(|| data.message_digest(notes)) {
        Some(Err(fault)) => return steps.fail(STEP, fault.reason, fault.field),
        Some(Ok(digest)) => match data.content {
            Some(content) => SignedData::is_sm3_of(digest, content),
            None => is_digest_of(digest, signed, signer, notes),
        },
        None => true,
    };
    let content_is_original =
        data.content.is_none_or(|content| stands_for(content, signed, signer, notes));
    if !(covers_content && content_is_original) {
        steps.fail(STEP, Reason::DataHash, "");
    }
}

/// Whether a content is the digest of the original, the digest as base64, or the original itself.
fn stands_for(content: &[u8], signed: Signed<'_>, signer: &Cert, notes: &mut Notes) -> bool {
    if is_digest_of(content, signed, signer, notes) {
        return true;
    }
    if content.trim_ascii() == base64(&plain_digest(signed)).as_bytes() {
        notes.add(Leniency::CmsTextDigest);
        return true;
    }
    Suite::National.hash(&[content]).as_bytes() == &plain_digest(signed)
}

fn is_digest_of(digest: &[u8], signed: Signed<'_>, signer: &Cert, notes: &mut Notes) -> bool {
    if digest == plain_digest(signed) {
        return true;
    }
    let with_z = match (signed, &signer.key) {
        (Signed::Parts(parts), SubjectKey::Sm2(key)) => digest_with_z(key, parts),
        _ => None,
    };
    let found = with_z.is_some_and(|with_z| with_z == digest);
    if found {
        notes.add(Leniency::DigestWithZ);
    }
    found
}

/// A bare SM2 value over the original, whose signer the caller names.
pub(super) fn bare(bytes: &[u8], signed: Signed<'_>, context: &Context<'_>) -> SignatureReport {
    let mut notes = Notes::default();
    let mut steps = Steps::new();
    let claims = clock::Claims { claimed: ClaimedTime::None, token: None, covered: bytes };
    let timed = clock::moment(&claims, context, &mut steps);
    match context.signer {
        Some(cert) => {
            match (signed, &cert.key) {
                (_, SubjectKey::Other(_)) => {
                    steps.fail(Step::Integrity, Reason::AlgorithmKeyMismatch, "signer");
                }
                (Signed::Sm3(_), _) => steps.doubt(Step::Integrity, Reason::OriginalNeeded, ""),
                (Signed::Parts(parts), SubjectKey::Sm2(key)) => {
                    match sm2::verify_noting(key, &parts.concat(), bytes, &mut notes) {
                        Ok(()) => steps.pass(Step::Integrity),
                        Err(reason) => steps.fail(Step::Integrity, reason, "signature"),
                    }
                }
            }
            judge_signer(cert, &[], &timed.judged, context, &mut steps);
        }
        None => unknown_signer(&mut steps),
    }
    let facts = facts("SM2", bytes, context.signer, &timed);
    let mut answer = report(steps, notes, context, &REQUIRED);
    answer.signature = Some(facts);
    answer
}

fn judge_signer(
    cert: &Cert,
    extra: &[Cert],
    moment: &Moment,
    context: &Context<'_>,
    steps: &mut Steps,
) {
    // There is no seal whose status could be asked.
    steps.skip(Step::Registry);
    steps.skip(Step::Admission);
    let who = Who { cert, extra, step: Step::Signer, role: "signer" };
    let anchor = who::judge(&who, moment, context, steps);
    registered::authority(context, anchor, moment.at, steps);
}

/// Nothing can be said of a signature whose signer is unknown.
fn unknown_signer(steps: &mut Steps) {
    for step in [Step::Integrity, Step::Signer, Step::Chain, Step::Revocation] {
        steps.doubt(step, Reason::SignerUnknown, "");
    }
    steps.skip(Step::Registry);
    steps.skip(Step::Admission);
}

fn facts(form: &'static str, bytes: &[u8], signer: Option<&Cert>, timed: &Timed) -> SignatureFacts {
    SignatureFacts {
        form,
        signer: signer.map(Cert::facts),
        claimed: timed.claimed,
        signed_at: timed.readable.then_some(timed.judged.at),
        time_source: timed.judged.source,
        property: String::new(),
        value_sm3: crate::hex(Suite::National.hash(&[bytes]).as_bytes()),
    }
}

/// Base64 with padding, RFC 4648 4.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let mut three = [0; 3];
        for (place, byte) in three.iter_mut().zip(group) {
            *place = *byte;
        }
        let [a, b, c] = three;
        let sixes = [a >> 2, (a & 3) << 4 | b >> 4, (b & 15) << 2 | c >> 6, c & 63];
        for (index, six) in sixes.iter().enumerate() {
            let letter = ALPHABET.get(usize::from(*six)).filter(|_| index <= group.len());
            text.push(letter.map_or('=', |letter| char::from(*letter)));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn base64_has_the_examples_of_its_standard() {
        for (bytes, text) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")]
        {
            assert_eq!(super::base64(bytes.as_bytes()), text);
        }
    }
}

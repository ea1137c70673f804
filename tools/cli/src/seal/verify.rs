//! `yinglian seal verify`: each file by its kind, a verdict each, one exit status.
//!
//! Comes in: the arguments. Goes out: answers, exit status. Never: a guess about a file's kind by its name.
use super::{Arguments, Policy, Profile, print, read, words};
use crate::failure::{Coded, Exit};
use crate::{clock, output, tr};
use serde_json::{Value, json};
use std::path::Path;
use yinglian_protocol::Code;
use yinglian_seal::ofd::{DocumentReport, verify_document};
use yinglian_seal::{
    Cert, CertError, Context, Decision, SealFacts, SealReport, SignatureReport, Signed, Time,
    Trust, Verdict, verify_digital, verify_seal, verify_value,
};

/// What was submitted, and what was found.
pub enum Answer {
    Document(Box<DocumentReport>),
    Seal(Box<SealReport>),
    Signature(Box<SignatureReport>),
}

impl Answer {
    pub fn verdict(&self) -> Verdict {
        match self {
            Self::Document(report) => report.verdict,
            Self::Seal(report) => report.verdict,
            Self::Signature(report) => report.verdict,
        }
    }

    pub fn value(&self) -> Value {
        let value = match self {
            Self::Document(report) => serde_json::to_value(report),
            Self::Seal(report) => serde_json::to_value(report),
            Self::Signature(report) => serde_json::to_value(report),
        };
        value.unwrap_or(Value::Null)
    }

    /// The seals that were found, in order.
    pub fn seals(&self) -> Box<dyn Iterator<Item = &SealFacts> + '_> {
        match self {
            Self::Document(report) => {
                Box::new(report.signatures.iter().filter_map(|s| s.report.seal.as_ref()))
            }
            Self::Seal(report) => Box::new(report.seal.iter()),
            Self::Signature(report) => Box::new(report.seal.iter()),
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Document(_) => "document",
            Self::Seal(_) => "seal",
            Self::Signature(_) => "signature",
        }
    }
}

/// Judges bytes by what they are: a ZIP file is an OFD document; of DER, the first fields tell a seal, a seal signature and GB/T 35275
/// apart; the rest is taken for a bare SM2 value.
pub fn judge(bytes: &[u8], signed: Option<Signed<'_>>, context: &Context<'_>) -> Answer {
    let signed = signed.unwrap_or(Signed::Parts(&[]));
    match first_tags(bytes) {
        _ if bytes.starts_with(b"PK") => {
            Answer::Document(Box::new(verify_document(bytes, context)))
        }
        Some((0x30, 0x30)) => Answer::Seal(Box::new(verify_seal(bytes, context))),
        Some((0x30, 0x02)) => Answer::Signature(Box::new(verify_value(bytes, signed, context))),
        Some(_) => Answer::Signature(Box::new(verify_digital(bytes, signed, context))),
        None => Answer::Document(Box::new(verify_document(bytes, context))),
    }
}

/// Tags of the first field, and of the first field in it: a seal begins with its header, a seal signature with a version.
fn first_tags(bytes: &[u8]) -> Option<(u8, u8)> {
    let outer = content(bytes)?;
    let inner = content(outer).unwrap_or_default();
    let first = |bytes: &[u8]| bytes.first().copied().unwrap_or(0);
    (bytes.first() == Some(&0x30)).then(|| (first(outer), first(inner)))
}

/// What stands behind a tag and its length.
fn content(bytes: &[u8]) -> Option<&[u8]> {
    let length = *bytes.get(1)?;
    let more = if length < 0x80 { 0 } else { usize::from(length & 0x7f) };
    bytes.get(more.saturating_add(2)..)
}

/// The time of this machine.
pub fn now() -> Time {
    Time::from_ms(clock::now_ms())
}

pub fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let trust = trust(arguments)?;
    let signer = arguments.signer.as_deref().map(|path| cert(path, Cert::parse)).transpose()?;
    let at = arguments.at.as_deref().map(time).transpose()?;
    let mut context = Context::new(&trust, at.unwrap_or_else(now));
    context.signer = signer.as_ref();
    context.profile = match arguments.profile {
        Profile::Strict => yinglian_seal::Profile::Strict,
        Profile::Lenient => yinglian_seal::Profile::Lenient,
    };
    let original = arguments.original.as_deref().map(read).transpose()?;
    let digest = arguments.digest.as_deref().map(digest).transpose()?;
    let parts = original.as_deref().map(|bytes| [bytes]);
    let signed = match (&parts, digest) {
        (Some(parts), _) => Some(Signed::Parts(parts)),
        (None, Some(digest)) => Some(Signed::Sm3(digest)),
        (None, None) => None,
    };
    let mut values = Vec::new();
    let (mut refused, mut failed) = (false, None);
    for path in &arguments.files {
        match one(path, signed, &context, arguments.policy) {
            Ok((accepted, value)) => {
                refused |= !accepted;
                values.push(value);
            }
            // What cannot be read does not keep the others from their answer.
            Err(error) if arguments.files.len() > 1 => {
                crate::failure::print(&error);
                let code = Coded::of(&error).map(|coded| coded.code.to_string());
                values.push(
                    json!({ "file": path.display().to_string(), "verdict": null, "code": code }),
                );
                failed = Some(Exit::CouldNot);
            }
            Err(error) => return Err(error),
        }
    }
    print(values);
    Ok(if refused { Exit::Refused } else { failed.unwrap_or(Exit::Ok) })
}

/// Judges one file and prints it, unless one JSON value is to hold all.
fn one(
    path: &Path,
    signed: Option<Signed<'_>>,
    context: &Context<'_>,
    policy: Option<Policy>,
) -> anyhow::Result<(bool, Value)> {
    let bytes = read(path)?;
    let answer = judge(&bytes, signed, context);
    if matches!(answer, Answer::Signature(_)) && signed.is_none() {
        let detail = tr!(
            "{} is a signature value: give what it signs with --original or --digest",
            "{} 是签名值：请用 --original 或 --digest 给出被签内容",
            path.display()
        );
        return Err(Coded::could_not(Code::USAGE, detail).into());
    }
    let decision = policy.map(|policy| policy.named().decide(answer.verdict()));
    let accepted = match decision {
        Some(decision) => decision == Decision::Accept,
        None => answer.verdict() == Verdict::Valid,
    };
    if !output::json() {
        output::data(&Value::Null, &words::answer(path, &answer, decision));
    }
    let mut value = json!({ "file": path.display().to_string(), "kind": answer.kind() });
    if let Some(decision) = decision {
        value["decision"] = json!(words::decision_name(decision));
    }
    if let (Value::Object(all), Value::Object(report)) = (&mut value, answer.value()) {
        all.extend(report);
    }
    Ok((accepted, value))
}

fn trust(arguments: &Arguments) -> anyhow::Result<Trust> {
    let mut trust = Trust::new();
    for path in &arguments.trust {
        cert(path, |der| trust.add(der))?;
    }
    for path in &arguments.crl {
        cert(path, |der| trust.add_crl(der))?;
    }
    for path in &arguments.ocsp {
        cert(path, |der| trust.add_ocsp(der))?;
    }
    Ok(trust)
}

/// Reads a file that must be DER of its kind.
fn cert<T>(path: &Path, parse: impl FnOnce(&[u8]) -> Result<T, CertError>) -> anyhow::Result<T> {
    let bytes = read(path)?;
    parse(&bytes).map_err(|error| {
        let coded = Coded::could_not(Code::USAGE, format!("{}: {error}", path.display()));
        let is_pem = bytes.starts_with(b"-----BEGIN");
        let coded = if is_pem {
            coded.hint(tr!(
                "this is PEM; DER is wanted: `openssl x509 -outform der -in FILE`",
                "这是 PEM，需要 DER：`openssl x509 -outform der -in 文件`"
            ))
        } else {
            coded
        };
        coded.into()
    })
}

/// A time as the answers write it.
fn time(text: &str) -> anyhow::Result<Time> {
    let numbers: Vec<i64> =
        text.split(['-', 'T', ':', 'Z']).map_while(|n| n.parse().ok()).collect();
    let time = match numbers[..] {
        [year, month, day, hour, minute, second] => {
            Time::from_calendar((year, month, day), (hour, minute, second))
        }
        _ => None,
    };
    // Only the one way of writing it is taken.
    time.filter(|time| time.to_string() == text).ok_or_else(|| {
        let detail =
            tr!("--at takes 2026-06-01T08:00:00Z", "--at 需要 2026-06-01T08:00:00Z 形式的时间");
        Coded::could_not(Code::USAGE, detail).into()
    })
}

fn digest(text: &str) -> anyhow::Result<[u8; 32]> {
    let bytes = hex::decode(text).ok().and_then(|bytes| bytes.try_into().ok());
    bytes.ok_or_else(|| {
        let detail = tr!("--digest takes 64 hex digits", "--digest 需要 64 位十六进制数");
        Coded::could_not(Code::USAGE, detail).into()
    })
}

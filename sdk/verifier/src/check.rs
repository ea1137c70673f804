//! The check of a package: every file against the manifest, every receipt under the root, every file and record against the receipts.
//!
//! Comes in: the files, what was asked. Goes out: a [`Report`] that names each file that is not as it was packed. Never: a verdict on a
//! receipt of its own; that is `yinglian_protocol::verify`'s.

use crate::container::{self, Fault, Member};
use crate::manifest::{MANIFEST, Manifest, ManifestEntry};
use crate::report::{Matched, ProvenRecord, Report, Words};
use crate::{CLAIMED_ROOT, FILES, PAGE, RECEIPTS, RECORDS, SETS, record};
use yinglian_crypto::{Hash, Suite};
use yinglian_protocol::calls::{Arguments, format_time};
use yinglian_protocol::{
    Code, Proven, Receipt, TrustChain, TrustRoot, VerifyOptions, Warning, verify,
};

/// What the caller knows beside the package.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// The root that the caller trusts; without it the package's claim is used, and the report says so.
    pub root: Option<TrustRoot>,
    /// Present time, milliseconds since 1970-01-01 UTC, for the age of the root.
    pub now_ms: Option<u64>,
    /// Only some files of the package are given: what is missing is not found wrong.
    pub partial: bool,
}

/// Checks a package as one file.
pub fn check_bytes(bytes: &[u8], asked: &Asked) -> Report {
    let failed = |file: &str, code| {
        let mut report = Report::default();
        report.find(file, code);
        report
    };
    match container::decode(bytes) {
        Ok((members, fault)) => {
            let mut report = check(&members, asked);
            // Where the content tells which file it is, the form of the ZIP adds nothing.
            if let Some(Fault::Malformed(file)) = fault {
                let file = file.unwrap_or_default();
                if file.is_empty() || !report.findings.iter().any(|found| found.file == file) {
                    report.find(&file, Code::EVIDENCE_MALFORMED);
                }
                report.ok = false;
            }
            report
        }
        Err(Fault::TooLarge) => failed("", Code::EVIDENCE_TOO_LARGE),
        Err(Fault::Malformed(file)) => {
            failed(file.as_deref().unwrap_or(""), Code::EVIDENCE_MALFORMED)
        }
    }
}

/// Checks the files of a package.
pub fn check(members: &[Member], asked: &Asked) -> Report {
    let mut report =
        Report { files: u32::try_from(members.len()).unwrap_or(u32::MAX), ..Report::default() };
    against_manifest(members, asked.partial, &mut report);
    let root = match &asked.root {
        Some(root) => Some(root.clone()),
        None => {
            report.root_is_claimed = true;
            content(members, CLAIMED_ROOT).and_then(|bytes| TrustRoot::parse(bytes).ok())
        }
    };
    match root {
        Some(root) => {
            report.root = root_text(&root);
            let receipts = receipts(members, &root, asked.now_ms, &mut report);
            against_receipts(members, &receipts, &mut report);
        }
        None => report.find(CLAIMED_ROOT, Code::TRUST_ROOT_MISSING),
    }
    report.ok = report.findings.is_empty() && !report.proven.is_empty();
    report
}

fn content<'m>(members: &'m [Member], name: &str) -> Option<&'m [u8]> {
    members.iter().find(|member| member.name == name).map(|member| member.bytes.as_slice())
}

fn against_manifest(members: &[Member], partial: bool, report: &mut Report) {
    let Some(bytes) = content(members, MANIFEST) else {
        report.find(MANIFEST, Code::EVIDENCE_FILE_MISSING);
        return;
    };
    let Some(manifest) = Manifest::decode(bytes) else {
        report.find(MANIFEST, Code::EVIDENCE_MANIFEST_ALTERED);
        return;
    };
    let others: Vec<ManifestEntry> = members
        .iter()
        .filter(|member| member.name != MANIFEST)
        .map(|member| ManifestEntry::of(&member.name, &member.bytes))
        .collect();
    for listed in &manifest.files {
        match others.iter().find(|there| there.name == listed.name) {
            Some(there) if there == listed => {}
            // Neither digest holds: the file changed. One of two, or only the length: the manifest did.
            Some(there) if there.sm3 != listed.sm3 && there.sha256 != listed.sha256 => {
                report.find(&listed.name, Code::EVIDENCE_FILE_ALTERED);
            }
            Some(_) => report.find(MANIFEST, Code::EVIDENCE_MANIFEST_ALTERED),
            None if partial => {}
            None => report.find(&listed.name, Code::EVIDENCE_FILE_MISSING),
        }
    }
    for there in &others {
        if manifest.files.iter().any(|listed| listed.name == there.name) {
            continue;
        }
        report.find(&there.name, Code::EVIDENCE_FILE_UNLISTED);
        // The content is listed under a name that is not there: the manifest's name was changed, or the file's.
        if manifest.files.iter().any(|listed| listed.sha256 == there.sha256) {
            report.find(MANIFEST, Code::EVIDENCE_MANIFEST_ALTERED);
        }
    }
}

fn receipts(
    members: &[Member],
    root: &TrustRoot,
    now_ms: Option<u64>,
    report: &mut Report,
) -> Vec<(String, Receipt)> {
    let mut sets = None;
    if let Some(bytes) = content(members, SETS) {
        match TrustChain::decode(bytes) {
            Ok(chain) => match chain.prove(root) {
                Ok(_) => sets = Some(chain),
                Err(code) => report.find(SETS, code),
            },
            Err(code) => report.find(SETS, code),
        }
    }
    let mut proven = Vec::new();
    for member in members.iter().filter(|member| member.name.starts_with(RECEIPTS)) {
        let options = VerifyOptions { trust: sets.as_ref(), now_ms, engine: None };
        let checked = Receipt::decode(&member.bytes)
            .and_then(|receipt| verify(&receipt, root, &options).map(|proof| (receipt, proof)));
        match checked {
            Ok((receipt, proof)) => {
                report.proven.push(proven_record(&member.name, &receipt, &proof));
                proven.push((member.name.clone(), receipt));
            }
            Err(code) => report.find(&member.name, code),
        }
    }
    let any = members.iter().any(|member| member.name.starts_with(RECEIPTS));
    if !any {
        report.find(RECEIPTS, Code::EVIDENCE_FILE_MISSING);
    }
    proven
}

/// Records must follow from their receipts; every file must be one that a receipt proves.
fn against_receipts(members: &[Member], receipts: &[(String, Receipt)], report: &mut Report) {
    for member in members {
        if let Some(stem) = member.name.strip_prefix(RECORDS) {
            let of = format!("{RECEIPTS}{}.receipt", stem.trim_end_matches(".json"));
            let receipt = receipts.iter().find(|(name, _)| *name == of);
            if receipt.is_some_and(|(_, receipt)| record::text(receipt) != member.bytes) {
                report.find(&member.name, Code::EVIDENCE_RECORD_DIFFERS);
            }
        }
        if member.name.starts_with(FILES) {
            let proving: Vec<_> = receipts
                .iter()
                .filter(|(_, receipt)| holds(receipt, &member.bytes))
                .map(|(name, _)| Matched { file: member.name.clone(), receipt: name.clone() })
                .collect();
            let altered = report.findings.iter().any(|found| found.file == member.name);
            let unproven = report.findings.iter().any(|found| found.file.starts_with(RECEIPTS));
            if proving.is_empty() && !altered && !unproven {
                report.find(&member.name, Code::FILE_DIGEST_MISMATCH);
            }
            report.matched.extend(proving);
        }
    }
}

/// True when a receipt's record holds the digest of these bytes.
fn holds(receipt: &Receipt, bytes: &[u8]) -> bool {
    let body = &receipt.envelope.body;
    let decoded = Arguments::decode(
        body.contract.as_str(),
        body.method.as_str(),
        body.method_version,
        &body.arguments,
    );
    let Ok(Arguments::Notarize(notarized)) = decoded else { return false };
    let digest: Option<Hash> = match notarized.digest.algorithm.as_str() {
        "sm3" => Some(Suite::National.hash(&[bytes])),
        "sha256" => Some(Suite::International.hash(&[bytes])),
        _ => None,
    };
    digest == Some(notarized.digest.value)
        && u64::try_from(bytes.len()) == Ok(notarized.digest.length_bytes)
}

fn root_text(root: &TrustRoot) -> String {
    match root {
        TrustRoot::Genesis(hash) => hash.to_string(),
        TrustRoot::Checkpoint(at) => format!("{} @ {} {}", at.genesis, at.height, at.header_hash),
    }
}

fn proven_record(file: &str, receipt: &Receipt, proof: &Proven) -> ProvenRecord {
    let time = |ms| format_time(ms).unwrap_or_else(|| format!("{ms} ms"));
    let (root, height) = (root_text(&proof.root), proof.checkpoint_height);
    let hash = proof.checkpoint_hash;
    ProvenRecord {
        file: file.to_owned(),
        record: proof.envelope_id.to_string(),
        height: proof.height.to_string(),
        position: proof.position.to_string(),
        time: time(proof.time_ms),
        organization: proof.organization.to_string(),
        sender: proof.sender.to_string(),
        code: proof.code,
        checkpoint_height: height.to_string(),
        checkpoint_hash: hash.to_string(),
        checkpoint_time: time(proof.checkpoint_time_ms),
        signers: proof.signers,
        verdict: Words {
            en: format!("proven under trust root {root} as of checkpoint {hash} (height {height})"),
            zh: format!("在信任根 {root} 之下，截至检查点 {hash}（高度 {height}），已证明"),
        },
        warnings: proof.warnings.iter().map(warning_words).collect(),
        call: record::call(receipt),
    }
}

fn warning_words(warning: &Warning) -> Words {
    let (en, zh) = match warning {
        Warning::TrustRootOld { age_ms } => {
            let days = age_ms / 86_400_000;
            (
                format!(
                    "the trust root is {days} days old; keys of retired validators could sign another history: take a newer root"
                ),
                format!(
                    "信任根已有 {days} 天；已退役验证节点的密钥可能签出另一段历史：请换用较新的信任根"
                ),
            )
        }
        Warning::TestClock => (
            "the chain runs a chosen clock: its times prove nothing".to_owned(),
            "该链使用测试时钟：其时间不能证明任何事".to_owned(),
        ),
        Warning::Refused(code) => (
            format!("the contract refused the call ({code}); what is proven is the refusal"),
            format!("合约拒绝了该请求（{code}）；所证明的是这次拒绝"),
        ),
    };
    Words { en, zh }
}

/// The full names of loose files, by the names that a manifest lists: a browser gives files without their folders.
pub(crate) fn with_folders(loose: Vec<Member>, manifest: &Manifest) -> Vec<Member> {
    let base = |name: &str| name.rsplit('/').next().unwrap_or_default().to_owned();
    loose
        .into_iter()
        .map(|member| {
            let listed = manifest.files.iter().find(|file| base(&file.name) == base(&member.name));
            let own = [MANIFEST, PAGE].contains(&member.name.as_str());
            match listed.filter(|_| !own) {
                Some(file) => Member { name: file.name.clone(), bytes: member.bytes },
                None => member,
            }
        })
        .collect()
}

//! Answers about seals in words, in the language of the process.
//!
//! Comes in: reports. Goes out: text. Never: a verdict of its own.
use super::verify::Answer;
use crate::language::{Language, current};
use crate::{output, tr};
use std::path::Path;
use yinglian_seal::ofd::{DocumentReport, OfdSignature};
use yinglian_seal::{
    CertFacts, Decision, Outcome, Reason, SealFacts, SignatureFacts, Step, Steps, TimeSource,
    Verdict,
};

type Rows = Vec<(String, String)>;

/// The verdict and why, then each signature with its steps.
pub fn answer(path: &Path, answer: &Answer, decision: Option<Decision>) -> String {
    let verdict = answer.verdict();
    let mut text = format!("{}  {}\n", verdict_words(verdict), path.display());
    let mut rows = Rows::new();
    if let Some(reason) = verdict.reason() {
        rows.push((tr!("reason", "理由"), reason_words(reason)));
    }
    if let Some(decision) = decision {
        rows.push((tr!("decision", "处理"), decision_words(decision)));
    }
    text.push_str(&output::table(&rows));
    match answer {
        Answer::Document(report) => document(&mut text, report),
        Answer::Seal(report) => {
            part(&mut text, &[], None, report.seal.as_ref(), &report.steps);
            leniencies(&mut text, report.leniencies.iter().map(|l| l.name()));
        }
        Answer::Signature(report) => {
            part(&mut text, &[], report.signature.as_ref(), report.seal.as_ref(), &report.steps);
            leniencies(&mut text, report.leniencies.iter().map(|l| l.name()));
        }
    }
    text
}

/// What files say of themselves, without steps.
pub fn facts(answer: &Answer) -> String {
    let mut text = tr!(
        "what the file says of itself; `yinglian seal verify` checks it\n",
        "文件自述内容；是否属实请用 `yinglian seal verify` 验证\n"
    );
    let mut rows = Rows::new();
    match answer {
        Answer::Document(report) => {
            rows.push((tr!("documents", "文档数"), report.documents.to_string()));
            rows.push((tr!("signatures", "签名数"), report.signatures.len().to_string()));
            for signature in &report.signatures {
                rows.push((tr!("signature", "签名"), signature.id.clone()));
                rows.extend(stamps(signature));
                rows.extend(signature.report.signature.iter().flat_map(signature_rows));
                rows.extend(signature.report.seal.iter().flat_map(seal_rows));
            }
        }
        Answer::Seal(report) => rows.extend(report.seal.iter().flat_map(seal_rows)),
        Answer::Signature(report) => {
            rows.extend(report.signature.iter().flat_map(signature_rows));
            rows.extend(report.seal.iter().flat_map(seal_rows));
        }
    }
    text.push_str(&output::table(&rows));
    text
}

fn document(text: &mut String, report: &DocumentReport) {
    for signature in &report.signatures {
        let verdict = verdict_words(signature.report.verdict);
        let id = &signature.id;
        text.push_str(&tr!("\nsignature {id}  {verdict}\n", "\n签名 {id}  {verdict}\n"));
        let mut rows = Rows::new();
        if let Some(reason) = signature.report.verdict.reason() {
            rows.push((tr!("reason", "理由"), reason_words(reason)));
        }
        rows.extend(stamps(signature));
        let report = &signature.report;
        part(text, &rows, report.signature.as_ref(), report.seal.as_ref(), &report.steps);
        leniencies(text, report.leniencies.iter().map(|l| l.name()));
        listed(text, &tr!("not covered by this signature", "该签名未覆盖"), &signature.uncovered);
    }
    if report.signatures.is_empty() {
        text.push_str(&steps_words(&report.steps));
    }
    listed(text, &tr!("covered by no signature", "未被任何签名覆盖"), &report.uncovered);
    listed(text, &tr!("referred to, but missing", "被引用但缺失"), &report.missing);
    listed(text, &tr!("shown by no page", "未被引用"), &report.unreferenced);
    leniencies(text, report.leniencies.iter().map(|l| l.name()));
}

fn part(
    text: &mut String,
    first: &[(String, String)],
    signature: Option<&SignatureFacts>,
    seal: Option<&SealFacts>,
    steps: &Steps,
) {
    let mut rows = first.to_vec();
    rows.extend(signature.into_iter().flat_map(signature_rows));
    rows.extend(seal.into_iter().flat_map(seal_rows));
    text.push_str(&output::table(&rows));
    text.push_str(&steps_words(steps));
}

fn listed(text: &mut String, title: &str, files: &[String]) {
    for file in files {
        text.push_str(&tr!("{title}: {file}\n", "{title}：{file}\n"));
    }
}

fn leniencies<'a>(text: &mut String, names: impl Iterator<Item = &'a str>) {
    let names: Vec<&str> = names.collect();
    if !names.is_empty() {
        let names = names.join(" ");
        text.push_str(&tr!("odd encodings: {names}\n", "不规范编码：{names}\n"));
    }
}

fn stamps(signature: &OfdSignature) -> Rows {
    let row = |stamp: &yinglian_seal::ofd::Stamp| {
        let page = stamp.page.map_or_else(|| stamp.page_ref.clone(), |page| page.to_string());
        let [left, top, width, height] = &stamp.boundary;
        let text = tr!(
            "page {page}, {width} x {height} mm at {left}, {top}",
            "第 {page} 页，位置 {left}，{top}，{width} × {height} 毫米"
        );
        (tr!("stamp", "印章位置"), text)
    };
    signature.stamps.iter().map(row).collect()
}

fn signature_rows(facts: &SignatureFacts) -> Rows {
    let mut rows = Rows::new();
    if let Some(signer) = &facts.signer {
        rows.push((tr!("signer", "签名者"), cert_words(signer)));
    }
    if let Some(time) = facts.signed_at.or(facts.claimed) {
        let source = match facts.time_source {
            TimeSource::Block { height } => tr!("block {height}", "区块 {height}"),
            TimeSource::TimeStamp => tr!("time stamp", "时间戳"),
            TimeSource::Claimed | TimeSource::None => tr!("claimed", "自称"),
        };
        rows.push((tr!("signed at", "签名时间"), tr!("{time} ({source})", "{time}（{source}）")));
    }
    rows
}

fn seal_rows(seal: &SealFacts) -> Rows {
    let picture = &seal.picture;
    vec![
        (tr!("seal", "印章"), format!("{} ({})", seal.name, seal.id)),
        (tr!("standard", "标准"), format!("{}, {}", seal.standard, seal.vendor)),
        (tr!("seal valid", "印章有效期"), format!("{} .. {}", seal.valid_from, seal.valid_to)),
        (
            tr!("picture", "印模"),
            format!("{}, {} x {} mm", picture.kind, picture.width_mm, picture.height_mm),
        ),
    ]
}

fn cert_words(cert: &CertFacts) -> String {
    let (subject, issuer, serial) = (&cert.subject, &cert.issuer, &cert.serial);
    tr!(
        "{subject}; issued by {issuer}; serial {serial}",
        "{subject}；颁发者 {issuer}；序列号 {serial}"
    )
}

/// One line a step; findings below it.
fn steps_words(steps: &Steps) -> String {
    let mut text = String::new();
    for result in steps.results() {
        let name = step_name(result.step);
        let outcome = outcome_words(result.outcome);
        text.push_str(&format!("  {name}: {outcome}\n"));
        for finding in &result.findings {
            let reason = reason_words(finding.reason);
            let detail = &finding.detail;
            let colon = if detail.is_empty() { "" } else { ": " };
            text.push_str(&format!("    {reason}{colon}{detail}\n"));
        }
    }
    text
}

fn step_name(step: Step) -> String {
    match current() {
        Language::En => step.name().replace('_', " "),
        Language::Zh => step.zh().to_owned(),
    }
}

fn outcome_words(outcome: Outcome) -> String {
    match outcome {
        Outcome::NotApplicable => tr!("not judged", "不适用或未判定"),
        Outcome::Passed => tr!("passed", "通过"),
        Outcome::EndedLater => tr!("passed, ended later", "通过，此后终止"),
        Outcome::Unknown => tr!("cannot be decided", "无法判定"),
        Outcome::Failed => tr!("failed", "不通过"),
    }
}

fn verdict_words(verdict: Verdict) -> String {
    match current() {
        Language::En => verdict.to_string(),
        Language::Zh => format!("{}  {}", verdict.zh(), verdict),
    }
}

fn reason_words(reason: Reason) -> String {
    match current() {
        Language::En => format!("{} {}", reason.name(), reason.en()),
        Language::Zh => format!("{} {}", reason.name(), reason.zh()),
    }
}

/// The stable word of a decision.
pub fn decision_name(decision: Decision) -> &'static str {
    match decision {
        Decision::Accept => "accept",
        Decision::Review => "review",
        Decision::Refuse => "refuse",
    }
}

fn decision_words(decision: Decision) -> String {
    match decision {
        Decision::Accept => tr!("accept", "接受"),
        Decision::Review => tr!("a person has to look at it", "转人工审核"),
        Decision::Refuse => tr!("refuse", "拒绝"),
    }
}

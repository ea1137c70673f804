//! The answer about a package: what is proven under the root, and which file is not as it was packed.
//!
//! Comes in: a ZIP or the folder that it was unpacked to. Goes out: words or JSON, and an exit status. Never: a judgement of its own; that
//! is `sdk/verifier`'s.

use super::{listed, page};
use crate::failure::{Coded, Exit, text_of};
use crate::language::{Language, current};
use crate::{clock, files, output, record_words, tr};
use serde_json::{Value, json};
use std::path::Path;
use yinglian_protocol::{Code, Receipt, TrustRoot};
use yinglian_verifier as package;
use yinglian_verifier::{Asked, Member, Report, Words};

/// True for a ZIP by its first bytes, or a folder that holds a manifest.
pub fn is_package(path: &Path) -> bool {
    use std::io::Read;
    if path.is_dir() {
        return path.join(package::MANIFEST).is_file();
    }
    let mut head = [0; 4];
    let opened = std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut head));
    opened.is_ok() && matches!(&head, b"PK\x03\x04" | b"PK\x05\x06")
}

/// Checks a package and tells it.
pub fn verify_package(path: &Path, root: &TrustRoot) -> anyhow::Result<(Exit, Value)> {
    let asked =
        Asked { root: Some(root.clone()), now_ms: Some(clock::now_ms()), ..Asked::default() };
    let (report, members) = if path.is_dir() {
        let members = folder(path)?;
        (package::check(&members, &asked), members)
    } else {
        let bytes = files::read(path, package::PACKAGE_BYTES_MAX as u64)?;
        let members = package::decode(&bytes).map(|(members, _)| members).unwrap_or_default();
        (package::check_bytes(&bytes, &asked), members)
    };
    let own = own_page(&members);
    if !output::json() {
        output::data(&Value::Null, &words(path, &report, &members, own));
    }
    let exit = if report.ok { Exit::Ok } else { Exit::Refused };
    let value = json!({ "proven": report.ok, "package": path.display().to_string(), "page_is_own": own, "report": report });
    Ok((exit, value))
}

/// Whether the page is the one that this program makes of the other files.
fn own_page(members: &[Member]) -> bool {
    let others: Vec<Member> = members
        .iter()
        .filter(|member| ![package::MANIFEST, package::PAGE].contains(&member.name.as_str()))
        .cloned()
        .collect();
    let page = page::page(&listed(&others));
    members.iter().any(|member| member.name == package::PAGE && member.bytes == page)
}

fn words(path: &Path, report: &Report, members: &[Member], own: bool) -> String {
    let shown = path.display();
    let mut text = String::new();
    if report.ok {
        let (records, files, root) = (report.proven.len(), report.files, &report.root);
        text.push_str(&tr!(
            "PROVEN  {shown}: {records} records under trust root {root}, {files} files unchanged\n",
            "已证明  {shown}：{records} 条记录，信任根 {root}；{files} 个文件均未改动\n"
        ));
    } else {
        text.push_str(&tr!("REFUSED  {shown}\n", "拒绝  {shown}\n"));
        let rows: Vec<_> = report
            .findings
            .iter()
            .map(|found| {
                let name =
                    if found.file.is_empty() { shown.to_string() } else { found.file.clone() };
                (name, format!("{} {}", found.code, text_of(found.code).0))
            })
            .collect();
        text.push_str(&output::table(&rows));
    }
    for proven in &report.proven {
        text.push_str(&format!("\n{}\n{}\n", proven.file, said(&proven.verdict)));
        let matched = report.matched.iter().filter(|matched| matched.receipt == proven.file);
        let mut rows = vec![
            (tr!("record", "记录"), proven.record.clone()),
            (tr!("recorded at", "记录时间"), proven.time.clone()),
            (tr!("organisation", "机构"), proven.organization.clone()),
            (tr!("signed by", "签名者"), proven.sender.clone()),
        ];
        let receipt = members.iter().find(|member| member.name == proven.file);
        if let Some(receipt) = receipt.and_then(|member| Receipt::decode(&member.bytes).ok()) {
            rows.extend(record_words::call_rows(&receipt.envelope.body));
        }
        rows.extend(matched.map(|matched| (tr!("file", "文件"), matched.file.clone())));
        text.push_str(&output::table(&rows));
        for warning in &proven.warnings {
            let warning = said(warning);
            text.push_str(&tr!("warning: {warning}\n", "警告：{warning}\n"));
        }
    }
    if report.ok && !own {
        text.push_str(&tr!(
            "warning: explanation.html is not the page that this program makes: do not rely on what it shows\n",
            "警告：explanation.html 不是本程序所生成的页面：请勿依据其所示内容\n"
        ));
    }
    text
}

fn said(words: &Words) -> &str {
    match current() {
        Language::En => &words.en,
        Language::Zh => &words.zh,
    }
}

/// The files of an unpacked package: two levels, within the limits of a package.
fn folder(path: &Path) -> anyhow::Result<Vec<Member>> {
    let mut found = Vec::new();
    let mut left = package::PACKAGE_BYTES_MAX as u64;
    let mut below = vec![(path.to_owned(), String::new())];
    while let Some((at, prefix)) = below.pop() {
        let entries = std::fs::read_dir(&at).map_err(|error| files::unreadable(error, &at))?;
        for entry in entries {
            let entry = entry.map_err(|error| files::unreadable(error, &at))?;
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if entry.path().is_dir() && prefix.is_empty() {
                below.push((entry.path(), format!("{name}/")));
                continue;
            }
            if found.len() == package::MEMBERS_MAX {
                return Err(
                    Coded::could_not(Code::EVIDENCE_TOO_LARGE, path.display().to_string()).into()
                );
            }
            let bytes = files::read(&entry.path(), left)?;
            left = left.saturating_sub(bytes.len() as u64);
            found.push(Member { name, bytes });
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

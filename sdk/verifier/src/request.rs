//! The door for a page: one request as bytes in, one answer as JSON out.
//!
//! A request is a sequence of frames, each name length, content length (32 bits, little-endian), name, content. The first is named
//! `request` and holds JSON: `op` (`package`, `files`, `loose`, `digest`), `root` (text; empty for the package's claim), `now_ms`.

use crate::check::{Asked, check, check_bytes, with_folders};
use crate::container::Member;
use crate::limits::MEMBERS_MAX;
use crate::manifest::{MANIFEST, Manifest, ManifestEntry};
use crate::report::Report;
use serde::Deserialize;
use serde_json::json;
use yinglian_protocol::{Code, TrustRoot};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    op: String,
    root: String,
    now_ms: u64,
}

/// Answers a request of a page. Whatever comes in, JSON goes out.
pub fn answer(bytes: &[u8]) -> Vec<u8> {
    let mut frames = frames(bytes).unwrap_or_default().into_iter();
    let request = frames.next().filter(|frame| frame.name == "request");
    let request = request.and_then(|frame| serde_json::from_slice::<Request>(&frame.bytes).ok());
    let Some(request) = request else {
        return b"{\"ok\":false,\"findings\":[]}".to_vec();
    };
    let members: Vec<Member> = frames.collect();
    if request.op == "digest" {
        let bytes = members.first().map_or(&[][..], |member| member.bytes.as_slice());
        let entry = ManifestEntry::of("", bytes);
        return json!({ "sm3": entry.sm3, "sha256": entry.sha256 }).to_string().into_bytes();
    }
    let report = judge(&request, members);
    serde_json::to_vec(&report).unwrap_or_default()
}

fn judge(request: &Request, members: Vec<Member>) -> Report {
    let root = match request.root.trim() {
        "" => None,
        text => match TrustRoot::parse(text.as_bytes()) {
            Ok(root) => Some(root),
            Err(_) => {
                let mut report = Report::default();
                report.find("", Code::TRUST_ROOT_MALFORMED);
                return report;
            }
        },
    };
    let asked = Asked { root, now_ms: Some(request.now_ms), partial: request.op == "loose" };
    match (request.op.as_str(), members.first()) {
        ("package", Some(member)) => check_bytes(&member.bytes, &asked),
        ("loose", _) => {
            let manifest = members.iter().find(|member| member.name == MANIFEST);
            let listed = manifest.and_then(|member| Manifest::decode(&member.bytes));
            let members = match listed {
                Some(manifest) => with_folders(members, &manifest),
                None => members,
            };
            check(&members, &asked)
        }
        _ => check(&members, &asked),
    }
}

fn frames(mut bytes: &[u8]) -> Option<Vec<Member>> {
    let mut found = Vec::new();
    while !bytes.is_empty() {
        if found.len() > MEMBERS_MAX.saturating_add(1) {
            return None;
        }
        let (name_bytes, rest) = length(bytes)?;
        let (content_bytes, rest) = length(rest)?;
        let (name, rest) = rest.split_at_checked(name_bytes)?;
        let (content, rest) = rest.split_at_checked(content_bytes)?;
        let name = core::str::from_utf8(name).ok()?.to_owned();
        found.push(Member { name, bytes: content.to_vec() });
        bytes = rest;
    }
    Some(found)
}

fn length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (word, rest) = bytes.split_at_checked(4)?;
    let value = u32::from_le_bytes(word.try_into().ok()?);
    Some((usize::try_from(value).ok()?, rest))
}

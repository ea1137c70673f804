//! The texts of a package: the page that checks itself, and how to verify by command.
//!
//! Comes in: the files of a package. Goes out: one HTML file that needs no network, the same bytes for the same files. Never: a
//! statement about the records that the verifier inside has not checked: their facts appear only when it has run.

use crate::failure::Coded;
use yinglian_protocol::{Code, Suite, TrustRoot};
use yinglian_verifier::Member;

const TEMPLATE: &str = include_str!("../../assets/evidence.html");
static VERIFIER: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/verifier.wasm"));

/// Refuses to pack without the verifier for browsers.
pub fn require_verifier() -> Result<(), Coded> {
    if VERIFIER.is_empty() {
        return Err(Coded::could_not(Code::EVIDENCE_VERIFIER_MISSING, ""));
    }
    Ok(())
}

/// The page over these files, their manifest among them.
pub fn page(members: &[Member]) -> Vec<u8> {
    let parts: String = members
        .iter()
        .map(|member| {
            let (name, content) = (attribute(&member.name), base64(&member.bytes));
            format!("<script type=\"application/octet-stream\" data-name=\"{name}\">{content}</script>\n")
        })
        .collect();
    let page = TEMPLATE.replace("@MEMBERS@", &parts).replace("@WASM@", &base64(VERIFIER)).replacen(
        "@SELF@",
        &"0".repeat(64),
        1,
    );
    let digest = Suite::International.hash(&[page.as_bytes()]).to_string();
    page.replacen(&"0".repeat(64), &digest, 1).into_bytes()
}

/// A name as the value of an attribute, as a browser writes it: names hold no quotes and no angle brackets.
fn attribute(name: &str) -> String {
    name.replace('&', "&amp;").replace('\u{a0}', "&nbsp;")
}

/// How to verify by command.
pub fn guide(root: &TrustRoot) -> String {
    let genesis = root.genesis();
    format!(
        "如何用命令核验本证据包\n\n\
         1. 从您信任的一方（而不是证据包的提供者）取得命令 yinglian 和链的创世哈希。\n\
         2. 运行：yinglian verify 证据包.zip --trust 创世哈希\n\
         3. 退出码 0：已证明；1：拒绝，并指出是哪个文件；2：无法核验。\n\
         证据包自称的创世哈希：{genesis}\n\
         单份回执：yinglian verify receipts/0001.receipt --file files/文件名 --trust 创世哈希\n\n\
         How to verify this package by command\n\n\
         1. Get the command yinglian and the chain's genesis hash from somebody you trust, who is not the one who gave you the package.\n\
         2. Run: yinglian verify PACKAGE.zip --trust GENESIS\n\
         3. Exit status 0: proven; 1: refused, with the file named; 2: could not be checked.\n\
         The genesis hash that the package claims: {genesis}\n\
         A single receipt: yinglian verify receipts/0001.receipt --file files/NAME --trust GENESIS\n"
    )
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let word = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4_usize {
            let letter = LETTERS[(word >> (18 - 6 * place) & 63) as usize];
            text.push(if place <= chunk.len() { char::from(letter) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_rfc_4648() {
        for (bytes, text) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foobar", "Zm9vYmFy")] {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
    }
}

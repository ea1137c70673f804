//! Reads tests/conformance/sm2_verify.json. Comes in: nothing. Goes out: its cases, each with its number and verdict.

use crate::case::{Case, Input, Signature};
use anyhow::{Context, Result};
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// A case of the file.
#[derive(Debug, Clone)]
pub struct Vector {
    pub id: u32,
    pub comment: String,
    pub flags: Vec<String>,
    pub valid: bool,
    pub case: Case,
}

impl Vector {
    /// True when the case has this flag.
    pub fn has(&self, flag: &str) -> bool {
        self.flags.iter().any(|own| own == flag)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    number_of_tests: usize,
    test_groups: Vec<Group>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Group {
    public_key: String,
    identity: String,
    tests: Vec<Test>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Test {
    tc_id: u32,
    comment: String,
    msg: Option<String>,
    digest: Option<String>,
    sig: Option<String>,
    sig_der: Option<String>,
    result: String,
    flags: Vec<String>,
}

/// The folder of the vectors.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../conformance")
}

/// Every case; one with a raw and a DER signature becomes two.
pub fn sm2_verify() -> Result<Vec<Vector>> {
    let path = folder().join("sm2_verify.json");
    let text =
        std::fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    let file: File =
        serde_json::from_str(&text).with_context(|| format!("parsing {}", path.display()))?;
    let mut vectors = Vec::new();
    let mut tests = 0;
    for group in &file.test_groups {
        for test in &group.tests {
            tests += 1;
            read(group, test, &mut vectors).with_context(|| format!("case {}", test.tc_id))?;
        }
    }
    anyhow::ensure!(
        tests == file.number_of_tests,
        "the file says {} cases and holds {tests}",
        file.number_of_tests
    );
    Ok(vectors)
}

fn read(group: &Group, test: &Test, vectors: &mut Vec<Vector>) -> Result<()> {
    let valid = match test.result.as_str() {
        "valid" => true,
        "invalid" => false,
        other => anyhow::bail!("no verdict: {other}"),
    };
    let input = match (&test.msg, &test.digest) {
        (Some(message), None) => Input::Message(hex::decode(message)?),
        (None, Some(digest)) => {
            let mut bytes = [0; 32];
            hex::decode_to_slice(digest, &mut bytes)?;
            Input::Digest(bytes)
        }
        _ => anyhow::bail!("neither message nor digest, or both"),
    };
    let raw = test.sig.as_ref().map(hex::decode).transpose()?.map(Signature::Raw);
    let der = test.sig_der.as_ref().map(hex::decode).transpose()?.map(Signature::Der);
    for signature in raw.into_iter().chain(der) {
        let (key, identity) = (hex::decode(&group.public_key)?, hex::decode(&group.identity)?);
        let case = Case { key, identity, input: input.clone(), signature };
        let (comment, flags) = (test.comment.clone(), test.flags.clone());
        vectors.push(Vector { id: test.tc_id, comment, flags, valid, case });
    }
    Ok(())
}

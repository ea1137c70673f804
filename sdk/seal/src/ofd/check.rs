//! Holds one signature of a document against the files of the package: what it lists, what it covers, what is wrong.
//!
//! Comes in: an opened package, what Signatures.xml says of the signature. Goes out: its files, the files it binds, faults with the name
//! of the file. Never: the mathematics of the signature value, which is [`crate::signature`]'s.
use super::digest::Algorithm;
use super::fault::OfdFault;
use super::limits;
use super::list::{Listed, SignatureFile, SignatureKind};
use super::package::{Index, Package};
use super::reach::Body;
use super::report::OfdFinding;
use std::collections::BTreeSet;

/// One signature, read and held against the package.
#[derive(Debug)]
pub(crate) struct Checked {
    pub document: u32,
    pub id: String,
    pub kind: Option<SignatureKind>,
    pub relative: Option<String>,
    pub file: Option<SignatureFile>,
    /// Place of Signature.xml, and its bytes: what the value is over.
    pub index: Option<Index>,
    pub original: Vec<u8>,
    pub value_index: Option<Index>,
    pub value: Vec<u8>,
    pub seal_index: Option<Index>,
    pub seal: Option<Vec<u8>>,
    /// Files whose digests are right.
    pub covered: BTreeSet<Index>,
    /// The digests wait for the signer's key, since they begin with its Z.
    pub needs_key: bool,
    pub findings: Vec<OfdFinding>,
    /// A path was written with another case than the entry's name.
    pub other_case: bool,
}

impl Checked {
    /// The files that make up the signature itself.
    pub(crate) fn own_files(&self) -> impl Iterator<Item = Index> {
        [self.index, self.value_index, self.seal_index].into_iter().flatten()
    }

    /// Notes a fault; beyond [`limits::FINDINGS_MAX`] more of them say nothing new.
    pub(crate) fn fail(&mut self, fault: OfdFault, file: &str) {
        if u64::try_from(self.findings.len()).map_or(true, |count| count >= limits::FINDINGS_MAX) {
            return;
        }
        self.findings.push(OfdFinding { fault, file: (!file.is_empty()).then(|| file.to_owned()) });
    }
}

/// Reads a signature's files. Digests are held against the package by [`hold`].
pub(crate) fn read(package: &Package, document: u32, listed: &Listed, body: &Body) -> Checked {
    let mut checked = Checked {
        document,
        id: listed.id.clone(),
        kind: listed.kind.as_ref().ok().copied(),
        relative: listed.relative.clone(),
        file: None,
        index: None,
        original: Vec::new(),
        value_index: None,
        value: Vec::new(),
        seal_index: None,
        seal: None,
        covered: BTreeSet::new(),
        needs_key: false,
        findings: Vec::new(),
        other_case: false,
    };
    if let Err(fault) = listed.kind {
        checked.fail(fault, "");
    }
    let Some((index, bytes)) = part(&mut checked, package, &listed.path, limits::LIST_BYTES_MAX)
    else {
        return checked;
    };
    checked.index = Some(index);
    match SignatureFile::parse(&bytes, package.name(index)) {
        Ok(file) => {
            checked.original = bytes;
            files(&mut checked, package, file, body);
        }
        Err(fault) => checked.fail(fault, package.name(index)),
    }
    checked
}

fn files(checked: &mut Checked, package: &Package, mut file: SignatureFile, body: &Body) {
    if let Some((index, bytes)) = part(checked, package, &file.value, limits::VALUE_BYTES_MAX) {
        checked.value_index = Some(index);
        checked.value = bytes;
    }
    if let Some(seal) = &file.seal
        && let Some((index, bytes)) = part(checked, package, seal, limits::VALUE_BYTES_MAX)
    {
        checked.seal_index = Some(index);
        checked.seal = Some(bytes);
    }
    for stamp in &mut file.stamps {
        stamp.page = body.pages.get(&stamp.page_ref).copied();
        if stamp.page.is_none() {
            checked.fail(OfdFault::StampPage, "");
        }
    }
    match file.algorithm {
        None => checked.fail(OfdFault::DigestAlgorithm, ""),
        Some(algorithm) => checked.needs_key = algorithm == Algorithm::Sm3WithKey,
    }
    checked.file = Some(file);
}

/// A file that the signature consists of; a missing one is a finding.
fn part(
    checked: &mut Checked,
    package: &Package,
    path: &Result<String, OfdFault>,
    bytes_max: u64,
) -> Option<(Index, Vec<u8>)> {
    let path = match path {
        Ok(path) => path,
        Err(fault) => {
            checked.fail(*fault, "");
            return None;
        }
    };
    let Some(found) = package.find(path) else {
        checked.fail(OfdFault::SignatureFileMissing, path);
        return None;
    };
    checked.other_case |= !found.exact;
    match package.read(found.index, bytes_max) {
        Ok(bytes) => Some((found.index, bytes)),
        Err(fault) => {
            checked.fail(fault, path);
            None
        }
    }
}

/// Compares every listed file with its digest. `key_prefix` is the signer's Z, for the algorithm that wants it.
pub(crate) fn hold(checked: &mut Checked, package: &mut Package, key_prefix: Option<[u8; 32]>) {
    let Some(file) = checked.file.take() else {
        return;
    };
    let prefix = match (file.algorithm, key_prefix) {
        (Some(Algorithm::Sm3WithKey), Some(z)) => z.to_vec(),
        (Some(Algorithm::Sm3WithKey), None) => {
            checked.fail(OfdFault::DigestAlgorithm, "");
            Vec::new()
        }
        _ => Vec::new(),
    };
    if let Some(algorithm) = file.algorithm {
        let mut seen = BTreeSet::new();
        for reference in &file.references {
            let path = match &reference.path {
                Ok(path) => path,
                Err(fault) => {
                    checked.fail(*fault, "");
                    continue;
                }
            };
            let Some(found) = package.find(path) else {
                checked.fail(OfdFault::FileMissing, path);
                continue;
            };
            checked.other_case |= !found.exact;
            if !seen.insert(found.index) {
                checked.fail(OfdFault::DuplicateReference, path);
                continue;
            }
            match package.digest(found.index, algorithm, &prefix) {
                Ok(digest) if reference.value.as_deref() == Some(digest.as_slice()) => {
                    checked.covered.insert(found.index);
                }
                Ok(_) => checked.fail(OfdFault::FileDigest, path),
                Err(fault) => checked.fail(fault, path),
            }
        }
    }
    checked.file = Some(file);
}

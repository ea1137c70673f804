//! The whole check of an OFD document: package, documents, signatures, coverage, one verdict.
//!
//! Comes in: the bytes of a file and a context. Goes out: a report, also for bytes that are no OFD. Never: `VALID` for a document with a
//! file that a reader shows and no signature binds, or with traces of a signature that is gone.
use super::check::{self, Checked};
use super::fault::OfdFault;
use super::limits;
use super::list::{EntryNames, SignatureKind, SignatureList, number};
use super::package::{Index, Package};
use super::reach::Reach;
use super::report::{DocumentReport, EntryListReport, OfdFinding, OfdSignature};
use super::xml::{self, Keep};
use crate::{
    Context, Leniency, Outcome, Profile, Reason, SignatureReport, Signed, Step, Steps, Verdict,
    verify_digital, verify_value,
};
use std::collections::BTreeSet;

/// The list of names of GM/T 0099-2020.
const ENTRY_LIST: &str = "OFDEntries.xml";
/// Files of GM/T 0099-2020 that describe encryption.
const ENCRYPTION: [&str; 3] = ["Encryptions.xml", "decryptseed.dat", "entriesmap.dat"];

/// Checks every signature of every document in an OFD package (GB/T 33190-2016 clause 18, GM/T 0099-2020), and that nothing a reader
/// shows lies outside them.
///
/// The bytes may be anything: what is no OFD, or breaks a limit of [`super::limits`], gives a report with `INVALID` and the reason.
pub fn verify_document(file: &[u8], context: &Context<'_>) -> DocumentReport {
    let mut run = Run::default();
    if let Err(fault) = run.package(file, context) {
        run.find(fault, None);
    }
    run.finish(context)
}

/// One document's list, read.
struct Read {
    checked: Vec<Checked>,
    reports: Vec<SignatureReport>,
    list: Index,
}

#[derive(Default)]
struct Run {
    findings: Vec<OfdFinding>,
    leniencies: BTreeSet<Leniency>,
    documents: u32,
    signatures: Vec<OfdSignature>,
    uncovered: Vec<String>,
    unreferenced: Vec<String>,
    missing: BTreeSet<String>,
    entry_list: Option<EntryListReport>,
}

impl Run {
    fn find(&mut self, fault: OfdFault, file: Option<&str>) {
        let full = u64::try_from(self.findings.len()).map_or(true, |n| n >= limits::FINDINGS_MAX);
        if !full {
            let file = file.map(str::to_owned);
            self.findings.push(OfdFinding { fault, file });
        }
    }

    fn package(&mut self, file: &[u8], context: &Context<'_>) -> Result<(), OfdFault> {
        let mut package = Package::open(file)?;
        if ENCRYPTION.iter().any(|name| package.find(name).is_some()) {
            return Err(OfdFault::Encrypted);
        }
        if package.has_unmarked_names() {
            self.leniencies.insert(Leniency::UnmarkedName);
        }
        let reach = Reach::walk(&package)?;
        self.documents = u32::try_from(reach.bodies.len()).unwrap_or(u32::MAX);
        if reach.foreign {
            self.leniencies.insert(Leniency::Namespace);
        }
        let mut reads = Vec::new();
        let mut lists = BTreeSet::new();
        let mut count = 0u64;
        for (document, body) in (0u32..).zip(&reach.bodies) {
            self.missing.extend(body.missing.iter().cloned());
            let Some(location) = &body.signatures else {
                reads.push(None);
                continue;
            };
            let location = location.as_ref().map_err(|fault| *fault)?;
            let Some(found) = package.find(location) else {
                self.find(OfdFault::SignatureFileMissing, Some(location));
                reads.push(None);
                continue;
            };
            if !lists.insert(found.index) {
                return Err(OfdFault::Structure);
            }
            let list = self.list(&mut package, document, found.index, body, context, &mut count)?;
            reads.push(Some(list));
        }
        let structure = structure(&reach, &reads);
        self.entry_list(&package, &structure, context)?;
        self.cover(&package, &reach, &structure, reads);
        Ok(())
    }

    /// Reads one Signatures.xml and everything that it names.
    fn list(
        &mut self,
        package: &mut Package,
        document: u32,
        index: Index,
        body: &super::reach::Body,
        context: &Context<'_>,
        count: &mut u64,
    ) -> Result<Read, OfdFault> {
        let bytes = package.read(index, limits::LIST_BYTES_MAX)?;
        let list = SignatureList::parse(&bytes, package.name(index))?;
        let mut checked: Vec<Checked> = Vec::new();
        let mut reports = Vec::new();
        let mut ids = BTreeSet::new();
        for listed in &list.listed {
            *count = count.saturating_add(1);
            if *count > limits::SIGNATURES_MAX {
                return Err(OfdFault::TooLarge);
            }
            let mut one = check::read(package, document, listed, body);
            let twice = checked.iter().any(|c| c.index.is_some() && c.index == one.index);
            if !ids.insert(listed.id.clone()) || twice {
                one.fail(OfdFault::Structure, "");
            }
            let report = value_report(&mut one, context);
            check::hold(&mut one, package, None);
            self.note(&one);
            checked.push(one);
            reports.push(report);
        }
        lock(&mut checked, index, package.name(index));
        self.stripped_numbers(&list, &checked, package.name(index));
        Ok(Read { checked, reports, list: index })
    }

    fn note(&mut self, checked: &Checked) {
        if checked.other_case {
            self.leniencies.insert(Leniency::NameCase);
        }
        if checked.file.as_ref().is_some_and(|file| file.foreign) {
            self.leniencies.insert(Leniency::Namespace);
        }
    }

    /// Signatures and stamps are numbered from one counter, `MaxSignId`: a number above all that are left means that one is gone.
    fn stripped_numbers(&mut self, list: &SignatureList, checked: &[Checked], file: &str) {
        let ids = checked.iter().flat_map(|one| {
            let stamps = one.file.iter().flat_map(|f| f.stamps.iter().map(|s| s.id.as_str()));
            stamps.chain([one.id.as_str()])
        });
        let largest = ids.filter_map(number).max().unwrap_or(0);
        if list.max_id.is_some_and(|max| max > largest) {
            self.find(OfdFault::SignatureStripped, Some(file));
        }
    }

    fn entry_list(
        &mut self,
        package: &Package,
        structure: &BTreeSet<Index>,
        context: &Context<'_>,
    ) -> Result<(), OfdFault> {
        let Some(found) = package.find(ENTRY_LIST) else {
            return Ok(());
        };
        let bytes = package.read(found.index, limits::LIST_BYTES_MAX)?;
        let names = EntryNames::parse(&bytes)?;
        let mut known = BTreeSet::from([found.index]);
        let mut missing = Vec::new();
        for path in names.files {
            let path = path?;
            match package.find(&path) {
                Some(found) => {
                    known.insert(found.index);
                }
                None => missing.push(path),
            }
        }
        let value = package.find(&names.value).ok_or(OfdFault::SignatureFileMissing)?;
        known.insert(value.index);
        let value = package.read(value.index, limits::VALUE_BYTES_MAX)?;
        let report = verify_digital(&value, Signed::Parts(&[&bytes]), context);
        let unlisted = package
            .files()
            // Signatures may be added after the list was made.
            .filter(|index| !known.contains(index) && !structure.contains(index));
        let unlisted: Vec<String> = unlisted.map(|i| package.name(i).to_owned()).collect();
        for file in &unlisted {
            self.find(OfdFault::NotListed, Some(file));
        }
        for file in &missing {
            self.find(OfdFault::FileMissing, Some(file));
        }
        if report.steps.has_failed(Step::Integrity) || report.steps.has_failed(Step::Format) {
            self.find(OfdFault::EntryListValue, Some(&names.value));
        }
        self.entry_list = Some(EntryListReport { signature: report, unlisted, missing });
        Ok(())
    }

    /// Says for each signature, and for all of them together, what is not covered.
    fn cover(
        &mut self,
        package: &Package,
        reach: &Reach,
        structure: &BTreeSet<Index>,
        reads: Vec<Option<Read>>,
    ) {
        let mut content: BTreeSet<Index> = BTreeSet::new();
        for body in &reach.bodies {
            content.extend(&body.files);
        }
        let mut covered = BTreeSet::new();
        for read in reads.iter().flatten() {
            for (checked, report) in read.checked.iter().zip(&read.reports) {
                if holds(checked, report) {
                    covered.extend(&checked.covered);
                }
            }
        }
        let names = |set: &mut dyn Iterator<Item = Index>| -> Vec<String> {
            set.map(|index| package.name(index).to_owned()).collect()
        };
        self.uncovered = names(&mut content.difference(&covered).copied());
        let seen = |index: &Index| content.contains(index) || structure.contains(index);
        let rest: Vec<Index> = package.files().filter(|index| !seen(index)).collect();
        self.traces(package, &rest);
        self.unreferenced = names(&mut rest.into_iter().filter(|i| !covered.contains(i)));
        for (body, read) in reach.bodies.iter().zip(reads) {
            let Some(read) = read else {
                continue;
            };
            let all: Vec<(String, Option<Index>)> =
                read.checked.iter().map(|c| (c.id.clone(), c.index)).collect();
            for (place, (checked, report)) in read.checked.into_iter().zip(read.reports).enumerate()
            {
                let own: Vec<(String, OfdFault)> = body
                    .files
                    .difference(&checked.covered)
                    .map(|i| (package.name(*i).to_owned(), gap(covered.contains(i))))
                    .collect();
                let later = all.iter().skip(place.saturating_add(1));
                let later = later.filter(|(_, i)| i.is_none_or(|i| !checked.covered.contains(&i)));
                let later = later.map(|(id, _)| id.clone()).collect();
                let bound = names(&mut checked.covered.iter().copied());
                let file = checked.index.map_or("", |index| package.name(index)).to_owned();
                self.signatures.push(signature(checked, report, file, bound, own, later));
            }
        }
    }

    /// Files of signatures that no list names: whoever removes a signature from its list leaves them behind.
    fn traces(&mut self, package: &Package, rest: &[Index]) {
        for index in rest {
            let name = package.name(*index).to_owned();
            let lower = name.to_lowercase();
            let last = lower.rsplit('/').next().unwrap_or_default();
            let is_trace = last.ends_with(".esl")
                || last == "signedvalue.dat"
                || last == "signvalue.dat"
                || (last.ends_with(".xml") && is_signature_xml(package, *index));
            let is_entry_list = self.entry_list.is_some() && last == "signedvalue.dat";
            if is_trace && !is_entry_list {
                self.find(OfdFault::SignatureStripped, Some(&name));
            }
        }
    }

    fn finish(mut self, context: &Context<'_>) -> DocumentReport {
        self.based_on();
        let has_list = self.entry_list.is_some();
        if self.signatures.is_empty() && self.findings.is_empty() {
            self.find(if has_list { OfdFault::NamesOnly } else { OfdFault::Unsigned }, None);
        }
        let mut steps = Steps::new();
        for finding in &self.findings {
            finding.enter(&mut steps);
        }
        let leniencies: Vec<Leniency> = self.leniencies.iter().copied().collect();
        for leniency in &leniencies {
            match context.profile {
                Profile::Strict => {
                    steps.fail(Step::Format, Reason::DocumentMalformed, leniency.name())
                }
                Profile::Lenient => {
                    steps.notice(Step::Format, Reason::LeniencyUsed, leniency.name())
                }
            }
        }
        for file in &self.uncovered {
            if !self.signatures.is_empty() {
                steps.doubt(Step::Coverage, Reason::Coverage, file.as_str());
            }
        }
        let mut verdict = Verdict::Valid;
        for signature in &mut self.signatures {
            signature.report.add(steps.clone(), &[Step::Format, Step::Integrity, Step::Coverage]);
            verdict = verdict.and(signature.report.verdict);
        }
        // A signature's own reason says more than that it does not cover the package.
        verdict = verdict.and(steps.verdict(&[]));
        if let Some(list) = &self.entry_list {
            verdict = verdict.and(list.signature.verdict);
        }
        if self.signatures.is_empty() {
            // Whatever the list of names says, content without a signature is never valid.
            verdict = verdict.and(Verdict::Indeterminate(Reason::Unsigned));
        }
        DocumentReport {
            verdict,
            steps,
            findings: self.findings,
            leniencies,
            documents: self.documents,
            signatures: self.signatures,
            uncovered: self.uncovered,
            unreferenced: self.unreferenced,
            missing: self.missing.into_iter().collect(),
            entry_list: self.entry_list,
        }
    }

    /// `Relative` names a signature that this one builds on: its verdict bounds this one's (OFD 2.0).
    fn based_on(&mut self) {
        let known: Vec<(u32, String, Option<String>, Verdict)> = self
            .signatures
            .iter()
            .map(|s| (s.document, s.id.clone(), s.relative.clone(), s.report.verdict))
            .collect();
        for signature in &mut self.signatures {
            let mut at = signature.relative.clone();
            let mut steps_left = known.len();
            while let Some(id) = at {
                let base = known.iter().find(|k| k.0 == signature.document && k.1 == id);
                let Some(base) = base.filter(|_| steps_left > 0) else {
                    let finding = OfdFinding { fault: OfdFault::Relative, file: None };
                    let mut steps = Steps::new();
                    finding.enter(&mut steps);
                    signature.findings.push(finding);
                    signature.report.add(steps, &[]);
                    break;
                };
                signature.report.verdict = signature.report.verdict.and(base.3);
                steps_left = steps_left.saturating_sub(1);
                at = base.2.clone();
            }
        }
    }
}

/// The files that carry signatures: the root, the lists, and what each signature consists of.
fn structure(reach: &Reach, reads: &[Option<Read>]) -> BTreeSet<Index> {
    let mut structure = BTreeSet::from([reach.root]);
    for read in reads.iter().flatten() {
        structure.insert(read.list);
        structure.extend(read.checked.iter().flat_map(Checked::own_files));
    }
    structure
}

/// Checks the value, and that a seal beside it is the seal inside.
fn value_report(checked: &mut Checked, context: &Context<'_>) -> SignatureReport {
    let original: &[&[u8]] = &[&checked.original];
    let readable = checked.file.is_some() && checked.value_index.is_some();
    let report = match checked.kind {
        Some(SignatureKind::Seal) if readable => {
            verify_value(&checked.value, Signed::Parts(original), context)
        }
        Some(SignatureKind::Sign) if readable => {
            verify_digital(&checked.value, Signed::Parts(original), context)
        }
        _ => nothing(),
    };
    if checked.kind == Some(SignatureKind::Seal)
        && checked.seal.is_some()
        && report.seal_bytes != checked.seal
        && !report.steps.has_failed(Step::Format)
    {
        checked.fail(OfdFault::SealMismatch, "");
    }
    if checked.kind == Some(SignatureKind::Sign) && report.seal_bytes.is_some() {
        // A seal that is listed as something else is not shown as a seal.
        checked.fail(OfdFault::SignatureType, "");
    }
    checked.value = Vec::new();
    checked.original = Vec::new();
    report
}

/// The report of a signature whose files could not be read; the findings say why.
fn nothing() -> SignatureReport {
    SignatureReport {
        verdict: Verdict::Indeterminate(Reason::MissingField),
        steps: Steps::new(),
        leniencies: Vec::new(),
        signature: None,
        seal: None,
        seal_bytes: None,
        trust_height: None,
    }
}

/// A signature that bound the list of signatures is broken by a later one, not by somebody who changed a page.
fn lock(checked: &mut [Checked], list: Index, name: &str) {
    let last = checked.len().saturating_sub(1);
    for (place, one) in checked.iter_mut().enumerate() {
        if place >= last || one.covered.contains(&list) {
            continue;
        }
        for finding in &mut one.findings {
            if finding.fault == OfdFault::FileDigest && finding.file.as_deref() == Some(name) {
                finding.fault = OfdFault::LaterSignature;
            }
        }
    }
}

/// Whether what a signature lists is bound: its own value must hold, and nothing about it may be wrong.
fn holds(checked: &Checked, report: &SignatureReport) -> bool {
    let failed = |finding: &OfdFinding| finding.fault.meaning().1 == Outcome::Failed;
    // An encoding that the strict profile refuses binds the files all the same; a value that cannot be read has no such step.
    let integrity = report.steps.of(Step::Integrity).map(|result| result.outcome);
    matches!(integrity, Some(Outcome::Passed | Outcome::EndedLater))
        && !checked.findings.iter().any(failed)
}

fn signature(
    mut checked: Checked,
    mut report: SignatureReport,
    file: String,
    covered: Vec<String>,
    uncovered: Vec<(String, OfdFault)>,
    later: Vec<String>,
) -> OfdSignature {
    for (path, fault) in &uncovered {
        checked.fail(*fault, path);
    }
    let mut steps = Steps::new();
    steps.pass(Step::Format);
    steps.pass(Step::Coverage);
    for finding in &checked.findings {
        finding.enter(&mut steps);
    }
    report.add(steps, &[Step::Format, Step::Integrity, Step::Coverage]);
    let (provider, method, date_time, stamps) = match checked.file {
        Some(file) => (file.provider, file.method, file.date_time, file.stamps),
        None => Default::default(),
    };
    OfdSignature {
        document: checked.document,
        id: checked.id,
        kind: checked.kind,
        relative: checked.relative,
        file,
        provider,
        method,
        date_time,
        stamps,
        report,
        findings: checked.findings,
        covered,
        uncovered: uncovered.into_iter().map(|(path, _)| path).collect(),
        later,
    }
}

/// A file that this signature does not bind: bound by another one, or by none.
fn gap(by_another: bool) -> OfdFault {
    if by_another { OfdFault::LaterFile } else { OfdFault::Uncovered }
}

fn is_signature_xml(package: &Package, index: Index) -> bool {
    let bytes = package.read(index, limits::LIST_BYTES_MAX);
    let document = bytes.and_then(|bytes| xml::parse(&bytes, Keep::All));
    document.is_ok_and(|d| matches!(d.root.name.as_str(), "Signature" | "Signatures"))
}

//! From results of single steps to one verdict, and from the verdict to what a policy makes of it.
//!
//! Comes in: what each step found. Goes out: [`Verdict`] and [`Decision`]. Never: `VALID` while a required step failed, is unknown or was
//! forgotten: a step without a result counts as unknown.
use crate::Reason;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use serde::{Serialize, Serializer, ser::SerializeMap};

/// The answer to a verification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Every required step was passed.
    Valid,
    /// Valid at its proven time; a certificate or the seal ended later.
    ValidLaterRevoked,
    /// Neither proven right nor proven wrong.
    Indeterminate(Reason),
    /// Proven wrong.
    Invalid(Reason),
}

impl Verdict {
    /// The stable word: `VALID`, `VALID_LATER_REVOKED`, `INDETERMINATE`, `INVALID`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Valid => "VALID",
            Self::ValidLaterRevoked => "VALID_LATER_REVOKED",
            Self::Indeterminate(_) => "INDETERMINATE",
            Self::Invalid(_) => "INVALID",
        }
    }

    /// Why it is not valid.
    pub const fn reason(self) -> Option<Reason> {
        match self {
            Self::Valid | Self::ValidLaterRevoked => None,
            Self::Indeterminate(reason) | Self::Invalid(reason) => Some(reason),
        }
    }

    /// The word in Chinese.
    pub const fn zh(self) -> &'static str {
        match self {
            Self::Valid => "有效",
            Self::ValidLaterRevoked => "签章时有效，此后已吊销",
            Self::Indeterminate(_) => "无法确定",
            Self::Invalid(_) => "无效",
        }
    }

    /// The worse of two: INVALID, INDETERMINATE, VALID_LATER_REVOKED, VALID. Of equals the first.
    pub fn and(self, other: Self) -> Self {
        if other.rank() > self.rank() { other } else { self }
    }

    const fn rank(self) -> u8 {
        match self {
            Self::Valid => 0,
            Self::ValidLaterRevoked => 1,
            Self::Indeterminate(_) => 2,
            Self::Invalid(_) => 3,
        }
    }
}

impl fmt::Display for Verdict {
    /// `INDETERMINATE(COVERAGE)`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.reason() {
            Some(reason) => write!(formatter, "{}({reason})", self.word()),
            None => formatter.write_str(self.word()),
        }
    }
}

impl Serialize for Verdict {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

/// The steps of a verification, in the order in which their failures are named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// Structure, version, algorithms.
    Format,
    /// The signature over its own bytes, and the digest of the original.
    Integrity,
    /// The maker's signature over the seal.
    SealAuthenticity,
    /// The maker's certificate and the period of the seal.
    Maker,
    /// The signer's certificate: dates and key usage.
    Signer,
    /// The signer is listed in the seal.
    SignerInSeal,
    /// Paths from maker and signer to an anchor.
    Chain,
    /// The time of signing and its source.
    Time,
    /// Revocation of the certificates.
    Revocation,
    /// Status of the seal in the registry at the time of signing.
    Registry,
    /// Vendor, maker and CA were admitted at that time.
    Admission,
    /// Everything the document reaches is covered.
    Coverage,
}

impl Step {
    /// All, in their order.
    pub const ALL: [Self; 12] = [
        Self::Format,
        Self::Integrity,
        Self::SealAuthenticity,
        Self::Maker,
        Self::Signer,
        Self::SignerInSeal,
        Self::Chain,
        Self::Time,
        Self::Revocation,
        Self::Registry,
        Self::Admission,
        Self::Coverage,
    ];

    /// The stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Format => "format",
            Self::Integrity => "integrity",
            Self::SealAuthenticity => "seal_authenticity",
            Self::Maker => "maker",
            Self::Signer => "signer",
            Self::SignerInSeal => "signer_in_seal",
            Self::Chain => "chain",
            Self::Time => "time",
            Self::Revocation => "revocation",
            Self::Registry => "registry",
            Self::Admission => "admission",
            Self::Coverage => "coverage",
        }
    }

    /// The name for people, in Chinese.
    pub const fn zh(self) -> &'static str {
        match self {
            Self::Format => "格式",
            Self::Integrity => "完整性",
            Self::SealAuthenticity => "印章真实性",
            Self::Maker => "制章者",
            Self::Signer => "签名者",
            Self::SignerInSeal => "签名者与印章",
            Self::Chain => "证书链",
            Self::Time => "签名时间",
            Self::Revocation => "吊销状态",
            Self::Registry => "印章登记状态",
            Self::Admission => "准入",
            Self::Coverage => "覆盖范围",
        }
    }
}

/// What a step came to. A worse outcome of a step replaces a better one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Does not apply to this form, or nobody was asked: does not count.
    NotApplicable,
    /// Passed.
    Passed,
    /// Passed for its proven time; ended later.
    EndedLater,
    /// Cannot be decided.
    Unknown,
    /// Failed.
    Failed,
}

impl Outcome {
    /// The stable word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::NotApplicable => "not_applicable",
            Self::Passed => "passed",
            Self::EndedLater => "ended_later",
            Self::Unknown => "unknown",
            Self::Failed => "failed",
        }
    }
}

/// One thing that a step found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What it means for the step.
    pub outcome: Outcome,
    /// Why.
    pub reason: Reason,
    /// Which certificate, file or value; empty where there is but one.
    pub detail: String,
}

/// The result of one step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepResult {
    /// The step.
    pub step: Step,
    /// The worst of its findings; [`Outcome::Passed`] without one.
    pub outcome: Outcome,
    /// What was found, in the order of checking. A finding of a passed step is a notice.
    pub findings: Vec<Finding>,
}

impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("outcome", self.outcome.word())?;
        map.serialize_entry("reason", &self.reason)?;
        map.serialize_entry("detail", &self.detail)?;
        map.serialize_entry("en", self.reason.en())?;
        map.serialize_entry("zh", self.reason.zh())?;
        map.end()
    }
}

impl Serialize for StepResult {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("step", self.step.name())?;
        map.serialize_entry("outcome", self.outcome.word())?;
        map.serialize_entry("findings", &self.findings)?;
        map.end()
    }
}

/// The results of a verification, in the order of [`Step::ALL`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Steps(Vec<StepResult>);

impl Steps {
    /// No step has a result yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The results, in order.
    pub fn results(&self) -> &[StepResult] {
        &self.0
    }

    /// The result of a step.
    pub fn of(&self, step: Step) -> Option<&StepResult> {
        self.0.iter().find(|result| result.step == step)
    }

    /// Records that a step was carried out and found nothing wrong, unless it already has a worse result.
    pub fn pass(&mut self, step: Step) {
        self.raise(step, Outcome::Passed);
    }

    /// Records that a step does not apply.
    pub fn skip(&mut self, step: Step) {
        self.raise(step, Outcome::NotApplicable);
    }

    /// Records a finding.
    pub fn find(
        &mut self,
        step: Step,
        outcome: Outcome,
        reason: Reason,
        detail: impl Into<String>,
    ) {
        let finding = Finding { outcome, reason, detail: detail.into() };
        let result = self.raise(step, outcome);
        if !result.findings.contains(&finding) {
            result.findings.push(finding);
        }
    }

    /// Records that a step failed.
    pub fn fail(&mut self, step: Step, reason: Reason, detail: impl Into<String>) {
        self.find(step, Outcome::Failed, reason, detail);
    }

    /// Records that a step cannot be decided.
    pub fn doubt(&mut self, step: Step, reason: Reason, detail: impl Into<String>) {
        self.find(step, Outcome::Unknown, reason, detail);
    }

    /// Records something that people should know and that changes nothing.
    pub fn notice(&mut self, step: Step, reason: Reason, detail: impl Into<String>) {
        self.find(step, Outcome::NotApplicable, reason, detail);
    }

    /// Takes over another verification's results, as those of a seal into those of a signature with it.
    pub fn absorb(&mut self, other: Self) {
        for result in other.0 {
            self.raise(result.step, result.outcome);
            for finding in result.findings {
                self.find(result.step, finding.outcome, finding.reason, finding.detail);
            }
        }
    }

    /// Whether a step has failed.
    pub fn has_failed(&self, step: Step) -> bool {
        self.of(step).is_some_and(|result| result.outcome == Outcome::Failed)
    }

    /// The verdict over the required steps. A failure of any step counts; a required step without a result makes it INDETERMINATE.
    pub fn verdict(&self, required: &[Step]) -> Verdict {
        let mut verdict = Verdict::Valid;
        for step in Step::ALL {
            let of_step = match self.of(step) {
                Some(result) => result.verdict(),
                None if required.contains(&step) => Verdict::Indeterminate(Reason::MissingField),
                None => Verdict::Valid,
            };
            verdict = verdict.and(of_step);
        }
        verdict
    }

    fn raise(&mut self, step: Step, outcome: Outcome) -> &mut StepResult {
        let place = match self.0.binary_search_by_key(&step, |result| result.step) {
            Ok(place) => place,
            Err(place) => {
                self.0.insert(place, StepResult { step, outcome, findings: Vec::new() });
                place
            }
        };
        // The place was just found or filled.
        #[allow(clippy::indexing_slicing)]
        let result = &mut self.0[place];
        result.outcome = result.outcome.max(outcome);
        result
    }
}

impl StepResult {
    fn verdict(&self) -> Verdict {
        let reason = self.findings.iter().find(|finding| finding.outcome == self.outcome);
        let reason = reason.map_or(Reason::MissingField, |finding| finding.reason);
        match self.outcome {
            Outcome::NotApplicable | Outcome::Passed => Verdict::Valid,
            Outcome::EndedLater => Verdict::ValidLaterRevoked,
            Outcome::Unknown => Verdict::Indeterminate(reason),
            Outcome::Failed => Verdict::Invalid(reason),
        }
    }
}

impl Serialize for Steps {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

/// Who asks: decides what a verdict that is not VALID means to him. Never turns INVALID into anything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// A service counter (窗口): accepts what is valid now; what cannot be decided goes to a person.
    Counter,
    /// Tendering (招投标): accepts only VALID; whatever is in doubt is refused, because a bidder can hand in again.
    Tender,
    /// An archive (归档): accepts what was valid at its proven time; doubt about coverage or old revocation data goes to a person.
    Archive,
}

/// What a policy makes of a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Decision {
    /// Take it.
    Accept,
    /// Let a person look at it.
    Review,
    /// Refuse it.
    Refuse,
}

impl Policy {
    /// All, by their names.
    pub const ALL: [(&'static str, Self); 3] =
        [("counter", Self::Counter), ("tender", Self::Tender), ("archive", Self::Archive)];

    /// The policy of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, policy)| *policy)
    }

    /// What the policy makes of a verdict.
    pub const fn decide(self, verdict: Verdict) -> Decision {
        match (self, verdict) {
            (_, Verdict::Valid) | (Self::Archive, Verdict::ValidLaterRevoked) => Decision::Accept,
            (_, Verdict::Invalid(_)) => Decision::Refuse,
            (Self::Tender, _) => Decision::Refuse,
            (Self::Counter | Self::Archive, _) => Decision::Review,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_required_step_without_a_result_is_never_valid() {
        let mut steps = Steps::new();
        assert_eq!(steps.verdict(&[Step::Chain]), Verdict::Indeterminate(Reason::MissingField));
        steps.pass(Step::Chain);
        assert_eq!(steps.verdict(&[Step::Chain]), Verdict::Valid);
        steps.doubt(Step::Coverage, Reason::Coverage, "/Doc_0/Tpls/Tpl_0/Content.xml");
        assert_eq!(steps.verdict(&[Step::Chain]), Verdict::Indeterminate(Reason::Coverage));
        steps.fail(Step::Integrity, Reason::DataHash, "");
        steps.pass(Step::Integrity);
        assert_eq!(steps.verdict(&[]), Verdict::Invalid(Reason::DataHash));
    }

    #[test]
    fn no_policy_accepts_what_is_invalid_or_in_doubt() {
        for (_, policy) in Policy::ALL {
            assert_eq!(policy.decide(Verdict::Valid), Decision::Accept);
            assert_eq!(policy.decide(Verdict::Invalid(Reason::DataHash)), Decision::Refuse);
            assert_ne!(policy.decide(Verdict::Indeterminate(Reason::Coverage)), Decision::Accept);
        }
    }
}

//! A small world for tests: a root, a CA below it, a maker, a signer, a time-stamp authority, their lists; everything in it is valid until a
//! test changes it.
use super::{
    CertPlan, CrlPlan, OID_SM2_SM3, SealPlan, ValuePlan, purpose_ext, sm3, time, tlv, usage_ext,
};
use yinglian_seal::{
    Context, Profile, Registry, SignatureReport, Signed, Time, TimeEvidence, Trust, verify_value,
};

pub const ORIGINAL: &[u8] = b"<ofd:Signature/>";

/// Everything that one verification needs.
#[derive(Clone)]
pub struct World {
    pub root: CertPlan,
    pub sub: CertPlan,
    pub maker: CertPlan,
    pub signer: CertPlan,
    pub authority: CertPlan,
    pub root_list: Option<CrlPlan>,
    pub sub_list: Option<CrlPlan>,
    /// OCSP responses besides the lists.
    pub ocsp: Vec<Vec<u8>>,
    pub shape: u8,
    /// Instead of the maker's or the signer's certificate where they stand in the seal and the value.
    pub listed: Option<Vec<u8>>,
    pub change_seal: fn(&mut SealPlan),
    pub change_value: fn(&mut ValuePlan),
    pub profile: Profile,
    pub evidence: Option<TimeEvidence>,
    pub now: Time,
    pub original: Vec<u8>,
    pub anchors_root: bool,
}

/// A time of the calendar, midnight.
pub fn day(year: i64, month: i64, day: i64) -> Time {
    Time::from_calendar((year, month, day), (0, 0, 0)).unwrap()
}

impl World {
    /// With seals of a structure: 1, 4 or 5.
    pub fn new(shape: u8) -> Self {
        let mut authority = CertPlan::user("TSA", "SUB", 12);
        authority.exts = vec![usage_ext(0xc0), purpose_ext(8)];
        Self {
            root: CertPlan::ca("ROOT", "ROOT", 1),
            sub: CertPlan::ca("SUB", "ROOT", 2),
            maker: CertPlan::user("MAKER", "SUB", 10),
            signer: CertPlan::user("SIGNER", "SUB", 11),
            authority,
            root_list: Some(CrlPlan::clean("ROOT")),
            sub_list: Some(CrlPlan::clean("SUB")),
            ocsp: Vec::new(),
            shape,
            listed: None,
            change_seal: |_| {},
            change_value: |_| {},
            profile: Profile::Lenient,
            evidence: None,
            now: day(2026, 11, 24),
            original: ORIGINAL.to_vec(),
            anchors_root: true,
        }
    }

    pub fn seal(&self) -> SealPlan {
        let signer = self.signer.make();
        let mut plan = SealPlan {
            header_id: "ES",
            version: i64::from(self.shape),
            shape: self.shape,
            list_type: 1,
            list: vec![self.listed.clone().unwrap_or(signer)],
            created: "20250101000000Z",
            from: "20250101000000Z",
            to: "20300101000000Z",
            extensions: Vec::new(),
            maker: self.maker.make(),
            maker_key: "MAKER",
            algorithm: OID_SM2_SM3,
            after: Vec::new(),
        };
        (self.change_seal)(&mut plan);
        plan
    }

    pub fn value(&self) -> Vec<u8> {
        let at = "20260601080000Z";
        let time = if self.shape == 1 { tlv(3, &[&[0], at.as_bytes()]) } else { time(at) };
        let mut plan = ValuePlan {
            seal: self.seal(),
            version: i64::from(self.shape),
            time,
            data_hash: sm3(ORIGINAL).to_vec(),
            signer: self.signer.make(),
            signer_key: "SIGNER",
            algorithm: OID_SM2_SM3,
            raw: false,
            stamp: None,
            stamp_tag: 0xa0,
        };
        (self.change_value)(&mut plan);
        if let Some((_, authority)) = &mut plan.stamp {
            *authority = self.authority.clone();
        }
        plan.make()
    }

    pub fn trust(&self) -> Trust {
        let mut trust = Trust::new();
        if self.anchors_root {
            trust.add_anchor(&self.root.make()).unwrap();
        } else {
            trust.add_intermediate(&self.root.make()).unwrap();
        }
        trust.add_intermediate(&self.sub.make()).unwrap();
        for list in [&self.root_list, &self.sub_list].into_iter().flatten() {
            trust.add_crl(&list.make()).unwrap();
        }
        for response in &self.ocsp {
            trust.add_ocsp(response).unwrap();
        }
        trust
    }

    pub fn verify(&self) -> SignatureReport {
        self.verify_with(&self.value(), None)
    }

    pub fn verify_with(&self, value: &[u8], registry: Option<&dyn Registry>) -> SignatureReport {
        let trust = self.trust();
        let mut context = Context::new(&trust, self.now);
        context.profile = self.profile;
        context.evidence = self.evidence;
        context.registry = registry;
        verify_value(value, Signed::Parts(&[&self.original]), &context)
    }

    pub fn verdict(&self) -> String {
        self.verify().verdict.to_string()
    }
}

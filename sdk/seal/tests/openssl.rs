//! Certificates, revocation lists and OCSP answers that OpenSSL made, and genuine ones of national roots, are judged as they should be.
//!
//! Comes in: tests/material/openssl (its make.sh makes it anew), tests/material/trust and certs. Never: OpenSSL itself; the files are enough.
use std::fs;
use std::path::PathBuf;
use yinglian_seal::{Cert, CertReport, Context, Crl, Time, Trust, verify_cert};

fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/material").join(name)
}

fn read(name: &str) -> Vec<u8> {
    fs::read(folder(name)).unwrap()
}

fn cert(name: &str) -> Cert {
    Cert::parse(&read(name)).unwrap()
}

/// DER out of PEM, by hand so that no library's view of it comes in.
fn pem(name: &str) -> Vec<u8> {
    let text = String::from_utf8(read(name)).unwrap();
    let body: Vec<u8> = text
        .lines()
        .skip_while(|line| !line.starts_with("-----BEGIN"))
        .skip(1)
        .take_while(|line| !line.starts_with("-----END"))
        .flat_map(str::bytes)
        .filter(|byte| *byte != b'=')
        .collect();
    let six = |byte: u8| match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        _ => 63,
    };
    let mut out = Vec::new();
    for group in body.chunks(4) {
        let word = group.iter().fold(0u32, |word, byte| word << 6 | u32::from(six(*byte)));
        let word = word << (6 * (4 - group.len()) + 8);
        out.extend(&word.to_be_bytes()[..group.len() - 1]);
    }
    out
}

fn now() -> Time {
    Time::from_calendar((2027, 1, 1), (0, 0, 0)).unwrap()
}

/// With the root as anchor, and lists or answers as named.
fn judge(name: &str, lists: &[&str], answers: &[&str]) -> CertReport {
    let mut trust = Trust::new();
    trust.add(&read("openssl/root.der")).unwrap();
    trust.add(&read("openssl/sub.der")).unwrap();
    assert_eq!(trust.anchors().len(), 1);
    for list in lists {
        trust.add_crl(&read(&format!("openssl/{list}"))).unwrap();
    }
    for answer in answers {
        trust.add_ocsp(&read(&format!("openssl/{answer}"))).unwrap();
    }
    let cert = cert(&format!("openssl/{name}"));
    verify_cert(&cert, now(), &Context::new(&trust, now()))
}

#[test]
fn chain_and_lists_of_openssl_hold() {
    let verdict = |name| judge(name, &["root.crl", "sub.crl"], &[]).verdict.to_string();
    assert_eq!(verdict("user.der"), "VALID");
    assert_eq!(verdict("revoked.der"), "INVALID(REVOKED)");
    assert_eq!(
        judge("user.der", &["root.crl"], &[]).verdict.to_string(),
        "INDETERMINATE(REVOCATION_UNKNOWN)"
    );
}

#[test]
fn ocsp_answers_of_openssl_hold_in_every_digest() {
    for answer in ["user.sha1.ocsp", "user.sha256.ocsp", "user.sm3.ocsp"] {
        let report = judge("user.der", &["root.crl"], &[answer]);
        assert_eq!(report.verdict.to_string(), "VALID", "{answer}: {report:#?}");
    }
    let revoked = judge("revoked.der", &["root.crl"], &["revoked.sm3.ocsp"]);
    assert_eq!(revoked.verdict.to_string(), "INVALID(REVOKED)");
    let other = judge("revoked.der", &["root.crl"], &["user.sm3.ocsp"]);
    assert_eq!(other.verdict.to_string(), "INDETERMINATE(REVOCATION_UNKNOWN)");
}

#[test]
fn certificates_below_the_national_roots_verify_against_them() {
    let at = Time::from_calendar((2022, 5, 10), (0, 0, 0)).unwrap();
    let mut trust = Trust::new();
    trust.add(&pem("trust/ROOTCA.pem")).unwrap();
    for name in ["Civil_Servant_ROOT", "Device_ROOT"] {
        trust.add(&pem(&format!("trust/{name}.pem"))).unwrap();
    }
    for name in ["ROOTCA", "Civil_Servant_ROOT", "Device_ROOT"] {
        let list = read(&format!("trust/{name}.crl"));
        let list =
            if list.starts_with(b"-----") { pem(&format!("trust/{name}.crl")) } else { list };
        let issuer = Cert::parse(&pem(&format!("trust/{name}.pem"))).unwrap();
        assert_eq!(Crl::parse(&list).unwrap().check(&issuer), Ok(()), "{name}");
        trust.add_crl(&list).unwrap();
    }
    for name in ["Taier_CA", "TJCA", "Ant_Financial_Certification_Authority_S1"] {
        let cert = Cert::parse(&pem(&format!("trust/{name}.pem"))).unwrap();
        let report = verify_cert(&cert, at, &Context::new(&trust, at));
        // A CA's certificate signs certificates, not documents: only its usage stands against it.
        assert_eq!(report.verdict.to_string(), "INVALID(KEY_USAGE)", "{name}: {report:#?}");
        let failed: Vec<_> =
            report.steps.results().iter().filter(|step| step.outcome.word() != "passed").collect();
        assert_eq!(failed.len(), 1, "{name}: {failed:#?}");
    }
}

#[test]
fn every_certificate_of_the_field_is_read() {
    let mut read = 0;
    for entry in fs::read_dir(folder("certs")).unwrap() {
        let bytes = fs::read(entry.unwrap().path()).unwrap();
        let cert = Cert::parse(&bytes).unwrap();
        assert!(cert.subject_text().contains("CN="));
        assert_eq!(cert.der(), bytes);
        read += 1;
    }
    assert_eq!(read, 14);
}

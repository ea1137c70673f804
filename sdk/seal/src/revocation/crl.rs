//! Certificate revocation lists (RFC 5280, 5; GB/T 20518-2018, 7), read over their received bytes.
//!
//! Comes in: DER. Goes out: issuer, dates, number, revoked serial numbers. Never: a list whose scope is not understood used as if it were complete.
use crate::cert::{Usage, algorithm, extension_list};
use crate::der::{self, Element, Fault, Notes, Reader, tag};
use crate::{Cert, Reason, Time, cert, oid};
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use yinglian_crypto::Suite;

/// Entries of the largest list.
const ENTRIES_MAX: usize = 1_000_000;

/// A revocation list.
#[derive(Debug, Clone)]
pub struct Crl {
    tbs: Vec<u8>,
    algorithm: Vec<u8>,
    signature: Vec<u8>,
    sm3: [u8; 32],
    pub(crate) issuer: Vec<u8>,
    this_update: Time,
    next_update: Option<Time>,
    number: Option<Vec<u8>>,
    entries: BTreeMap<Vec<u8>, Entry>,
    pub(crate) scope: Scope,
    /// Keeps revoked certificates beyond their expiry (expiredCertsOnCRL).
    pub(crate) keeps_expired: bool,
}

/// A revoked certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The earlier of revocation and known invalidity.
    pub ended: Time,
    /// The certificate is on hold and may come back.
    pub on_hold: bool,
}

/// Which certificates a list speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    All,
    UsersOnly,
    AuthoritiesOnly,
    /// Not understood: deltas, indirect lists, some reasons only, unknown critical extensions.
    Unknown,
}

impl Crl {
    /// Reads a list; the signature is checked by [`Crl::check`] and in every verification.
    ///
    /// # Errors
    /// Larger than 32 MiB or a million entries, a damaged field, bytes after the end.
    pub fn parse(bytes: &[u8]) -> Result<Self, cert::CertError> {
        Ok(Self::read(bytes)?)
    }

    fn read(bytes: &[u8]) -> Result<Self, Fault> {
        let notes = &mut Notes::default();
        let mut outer = der::only(bytes, tag::SEQUENCE, "certificateList", notes)?.reader();
        let tbs = outer.expect(tag::SEQUENCE, "tbsCertList", notes)?;
        let algorithm = algorithm(&mut outer, "signatureAlgorithm", notes)?;
        let signature = outer.expect(tag::BIT_STRING, "signatureValue", notes)?;
        let signature = signature.bits("signatureValue", notes)?;
        outer.end("certificateList")?;

        let mut fields = tbs.reader();
        fields.optional(tag::INTEGER, "version", notes)?;
        let inner = cert::algorithm(&mut fields, "signature", notes)?;
        if inner != algorithm {
            return Err(Fault::new(Reason::MalformedDer, "signature"));
        }
        let issuer = fields.expect(tag::SEQUENCE, "issuer", notes)?.raw;
        let this_update = fields.next("thisUpdate", notes)?.time("thisUpdate")?;
        let next_update = match fields.peek() {
            Some(tag::UTC_TIME | tag::GENERALIZED_TIME) => {
                Some(fields.next("nextUpdate", notes)?.time("nextUpdate")?)
            }
            _ => None,
        };
        let mut list = Self {
            tbs: tbs.raw.into(),
            algorithm: algorithm.0.into(),
            signature: signature.into(),
            sm3: *Suite::National.hash(&[bytes]).as_bytes(),
            issuer: issuer.into(),
            this_update,
            next_update,
            number: None,
            entries: BTreeMap::new(),
            scope: Scope::All,
            keeps_expired: false,
        };
        if let Some(revoked) = fields.optional(tag::SEQUENCE, "revokedCertificates", notes)? {
            list.take_entries(revoked, notes)?;
        }
        if let Some(wrapped) = fields.optional(tag::context(0), "crlExtensions", notes)? {
            let mut inside = wrapped.reader();
            let extensions = inside.expect(tag::SEQUENCE, "crlExtensions", notes)?;
            inside.end("crlExtensions")?;
            list.take_extensions(extensions)?;
        }
        fields.end("tbsCertList")?;
        Ok(list)
    }

    fn take_entries(&mut self, revoked: Element<'_>, notes: &mut Notes) -> Result<(), Fault> {
        const FIELD: &str = "revokedCertificates";
        let mut reader: Reader<'_> = revoked.reader();
        while !reader.is_empty() {
            if self.entries.len() >= ENTRIES_MAX {
                return Err(Fault::new(Reason::TooLarge, FIELD));
            }
            let mut fields = reader.expect(tag::SEQUENCE, FIELD, notes)?.reader();
            let serial = fields.expect(tag::INTEGER, FIELD, notes)?.content;
            let revoked = fields.next(FIELD, notes)?.time(FIELD)?;
            let mut entry = Entry { ended: revoked, on_hold: false };
            let mut removed = false;
            if let Some(list) = fields.optional(tag::SEQUENCE, FIELD, notes)? {
                for (identifier, critical, value) in extension_list(list)? {
                    match identifier.strip_prefix(oid::EXTENSION) {
                        // reasonCode, RFC 5280 5.3.1.
                        Some([21]) => match value {
                            [tag::ENUMERATED, 1, 6] => entry.on_hold = true,
                            [tag::ENUMERATED, 1, 8] => removed = true,
                            _ => {}
                        },
                        // invalidityDate, 5.3.2.
                        Some([24]) => {
                            let date = der::only(value, tag::GENERALIZED_TIME, FIELD, notes)?;
                            entry.ended = entry.ended.min(date.time(FIELD)?);
                        }
                        _ if critical => self.scope = Scope::Unknown,
                        _ => {}
                    }
                }
            }
            fields.end(FIELD)?;
            if !removed {
                let kept = self.entries.entry(serial.into()).or_insert(entry);
                kept.ended = kept.ended.min(entry.ended);
                kept.on_hold &= entry.on_hold;
            }
        }
        Ok(())
    }

    fn take_extensions(&mut self, list: Element<'_>) -> Result<(), Fault> {
        for (identifier, critical, value) in extension_list(list)? {
            match identifier.strip_prefix(oid::EXTENSION) {
                // cRLNumber.
                Some([20]) => {
                    let notes = &mut Notes::default();
                    let number = der::only(value, tag::INTEGER, "cRLNumber", notes)?;
                    self.number = Some(number.integer("cRLNumber", notes)?.into());
                }
                // issuingDistributionPoint.
                Some([28]) => self.narrow(scope(value)?),
                // authorityKeyIdentifier, issuerAltName: the signature decides.
                Some([35 | 18]) => {}
                // expiredCertsOnCRL.
                Some([60]) => self.keeps_expired = true,
                // deltaCRLIndicator is critical.
                _ if critical => self.scope = Scope::Unknown,
                _ => {}
            }
        }
        Ok(())
    }

    fn narrow(&mut self, scope: Scope) {
        if self.scope != Scope::Unknown {
            self.scope = scope;
        }
    }

    /// Checks that the issuer has signed the list and may.
    ///
    /// # Errors
    /// Another issuer, a key usage without cRLSign, an algorithm other than SM2 with SM3, a signature that does not verify.
    pub fn check(&self, issuer: &Cert) -> Result<(), Reason> {
        if issuer.subject != self.issuer {
            return Err(Reason::RevocationForged);
        }
        if !issuer.extensions.usage.is_none_or(Usage::may_sign_lists) {
            return Err(Reason::IssuerKeyUsage);
        }
        if self.algorithm != oid::SM2_SM3 {
            return Err(Reason::AlgorithmUnsupported);
        }
        issuer.verify(&self.tbs, &self.signature).map_err(|_| Reason::RevocationForged)
    }

    pub(crate) fn entry(&self, serial: &[u8]) -> Option<Entry> {
        self.entries.get(serial).copied()
    }

    /// Issue date.
    pub fn this_update(&self) -> Time {
        self.this_update
    }

    /// When the next list is due.
    pub fn next_update(&self) -> Option<Time> {
        self.next_update
    }

    /// The number of the list (cRLNumber) in hexadecimal.
    pub fn number(&self) -> Option<String> {
        self.number.as_deref().map(crate::hex)
    }

    /// SM3 of the received bytes.
    pub fn sm3(&self) -> [u8; 32] {
        self.sm3
    }

    /// Revoked serial numbers, as their INTEGER's bytes, with the time of their end, in the order of the bytes.
    pub fn revoked(&self) -> impl Iterator<Item = (&[u8], Time)> {
        self.entries.iter().map(|(serial, entry)| (serial.as_slice(), entry.ended))
    }
}

/// issuingDistributionPoint, RFC 5280 5.2.5: `[1]` users only, `[2]` CAs only, `[3]` some reasons, `[4]` indirect, `[5]` attributes.
fn scope(value: &[u8]) -> Result<Scope, Fault> {
    const FIELD: &str = "issuingDistributionPoint";
    let notes = &mut Notes::default();
    let whole = der::only(value, tag::SEQUENCE, FIELD, notes)?;
    let mut scope = Scope::All;
    for item in der::elements(whole, 8, FIELD, notes)? {
        let is_set = item.content != [0];
        match item.tag & 0x1f {
            0 => {}
            1 if is_set && scope == Scope::All => scope = Scope::UsersOnly,
            2 if is_set && scope == Scope::All => scope = Scope::AuthoritiesOnly,
            1 | 2 | 4 | 5 if !is_set => {}
            _ => scope = Scope::Unknown,
        }
    }
    Ok(scope)
}

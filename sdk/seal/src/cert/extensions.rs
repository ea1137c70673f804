//! Extensions of certificates that decide (RFC 5280, 4.2; GB/T 20518-2018, 5.2.4).
//!
//! Comes in: the SEQUENCE of extensions. Goes out: what is understood, and identifiers of critical ones that are not. Never: an
//! extension twice.
use crate::der::{self, Element, Fault, Notes, oid_text, tag};
use crate::{Reason, oid};
use alloc::string::String;
use alloc::vec::Vec;

/// Extensions of one certificate or list at most.
const EXTENSIONS_MAX: usize = 64;

/// What the extensions say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Extensions {
    /// basicConstraints: is a CA.
    pub is_ca: bool,
    /// basicConstraints: how many CAs may follow below.
    pub path_length: Option<u64>,
    /// keyUsage, if there is one.
    pub usage: Option<Usage>,
    /// extendedKeyUsage, if there is one.
    pub purposes: Option<Vec<Vec<u8>>>,
    /// Critical extensions that are not understood.
    pub unknown_critical: Vec<String>,
}

/// Bits of keyUsage, RFC 5280 4.2.1.3, the first bit highest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Usage(u8);

impl Usage {
    const DIGITAL_SIGNATURE: u8 = 0x80;
    const CERT_SIGN: u8 = 0x04;
    const CRL_SIGN: u8 = 0x02;

    pub fn may_sign(self) -> bool {
        self.0 & Self::DIGITAL_SIGNATURE != 0
    }

    pub fn may_sign_certs(self) -> bool {
        self.0 & Self::CERT_SIGN != 0
    }

    pub fn may_sign_lists(self) -> bool {
        self.0 & Self::CRL_SIGN != 0
    }
}

/// An extension: identifier, critical, value.
pub(crate) type Extension<'a> = (&'a [u8], bool, &'a [u8]);

/// The extensions of a SEQUENCE OF Extension, each identifier once.
pub(crate) fn extension_list<'a>(list: Element<'a>) -> Result<Vec<Extension<'a>>, Fault> {
    const FIELD: &str = "extensions";
    let notes = &mut Notes::default();
    let mut found: Vec<Extension<'a>> = Vec::new();
    for item in der::sequences(list, EXTENSIONS_MAX, FIELD, notes)? {
        let mut fields = item.reader();
        let identifier = fields.expect(tag::OID, FIELD, notes)?.content;
        let critical = match fields.optional(tag::BOOLEAN, FIELD, notes)? {
            Some(flag) => flag.boolean(FIELD, notes)?,
            None => false,
        };
        let value = fields.expect(tag::OCTET_STRING, FIELD, notes)?.content;
        fields.end(FIELD)?;
        if found.iter().any(|(known, ..)| *known == identifier) {
            return Err(Fault::new(Reason::MalformedDer, FIELD));
        }
        found.push((identifier, critical, value));
    }
    Ok(found)
}

impl Extensions {
    /// Reads them.
    pub fn read(list: Element<'_>) -> Result<Self, Fault> {
        let mut extensions = Self::default();
        for (identifier, critical, value) in extension_list(list)? {
            extensions.take(identifier, critical, value)?;
        }
        Ok(extensions)
    }

    fn take(&mut self, identifier: &[u8], critical: bool, value: &[u8]) -> Result<(), Fault> {
        match identifier.strip_prefix(oid::EXTENSION) {
            Some([19]) => self.basic_constraints(value)?,
            Some([15]) => self.usage = Some(key_usage(value)?),
            Some([37]) => self.purposes = Some(purposes(value)?),
            // Names, key identifiers, places of lists and policies change nothing here: keys are compared by their signature.
            Some([14 | 17 | 18 | 31 | 32 | 35]) => {}
            _ if identifier == oid::AUTHORITY_ACCESS || !critical => {}
            _ => self.unknown_critical.push(oid_text(identifier)),
        }
        Ok(())
    }

    fn basic_constraints(&mut self, value: &[u8]) -> Result<(), Fault> {
        const FIELD: &str = "basicConstraints";
        let notes = &mut Notes::default();
        let mut fields = der::only(value, tag::SEQUENCE, FIELD, notes)?.reader();
        if let Some(flag) = fields.optional(tag::BOOLEAN, FIELD, notes)? {
            self.is_ca = flag.boolean(FIELD, notes)?;
        }
        if let Some(length) = fields.optional(tag::INTEGER, FIELD, notes)? {
            self.path_length = Some(length.number(FIELD, notes)?);
        }
        fields.end(FIELD)
    }

    /// Whether an extended key usage is named.
    pub fn has_purpose(&self, purpose: &[u8]) -> bool {
        self.purposes.as_ref().is_some_and(|all| all.iter().any(|known| known == purpose))
    }
}

fn key_usage(value: &[u8]) -> Result<Usage, Fault> {
    const FIELD: &str = "keyUsage";
    let element = der::only(value, tag::BIT_STRING, FIELD, &mut Notes::default())?;
    match element.content {
        // Unused bits are normal here: the list of bits ends with the last one set.
        [unused @ 0..=7, first, ..] => {
            let mask = if element.content.len() == 2 { 0xffu8 << unused } else { 0xff };
            Ok(Usage(first & mask))
        }
        [0] => Ok(Usage(0)),
        _ => Err(Fault::new(Reason::MalformedDer, FIELD)),
    }
}

fn purposes(value: &[u8]) -> Result<Vec<Vec<u8>>, Fault> {
    const FIELD: &str = "extKeyUsage";
    let notes = &mut Notes::default();
    let list = der::only(value, tag::SEQUENCE, FIELD, notes)?;
    let items = der::elements(list, EXTENSIONS_MAX, FIELD, notes)?;
    Ok(items.into_iter().map(|item| item.content.to_vec()).collect())
}

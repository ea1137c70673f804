//! Extensions of seals and signatures (ExtensionDatas): nobody knows all of them, so they are reported, not judged.
//!
//! Comes in: the element that holds them, in each of the places software puts them. Goes out: identifiers and whether they are critical.
//! Never: a seal that fails for an extension unknown here; genuine seals hold critical ones of their vendors.
use crate::Leniency;
use crate::der::{self, Element, Fault, Notes, is_text_oid, oid_text, tag};
use alloc::string::String;
use alloc::vec::Vec;

const FIELD: &str = "extDatas";
/// Extensions at most.
const EXTENSIONS_MAX: usize = 64;

/// Identifiers of critical extensions. The element is the SEQUENCE itself.
pub(super) fn critical(list: Element<'_>, notes: &mut Notes) -> Result<Vec<String>, Fault> {
    let mut found = Vec::new();
    for item in der::sequences(list, EXTENSIONS_MAX, FIELD, notes)? {
        let mut fields = item.reader();
        let identifier = fields.expect(tag::OID, FIELD, notes)?.content;
        if is_text_oid(identifier) {
            notes.add(Leniency::TextOid);
        }
        let flag = fields.optional(tag::BOOLEAN, FIELD, notes)?;
        let is_critical = match flag {
            Some(flag) => flag.boolean(FIELD, notes)?,
            None => false,
        };
        if flag.is_some() && !is_critical {
            notes.add(Leniency::DefaultWritten);
        }
        fields.expect(tag::OCTET_STRING, FIELD, notes)?;
        fields.end(FIELD)?;
        if is_critical {
            found.push(oid_text(identifier));
        }
    }
    Ok(found)
}

/// The SEQUENCE inside an element that is one, or is tagged `[0]`, or is an OCTET STRING with one.
pub(super) fn unwrapped<'a>(element: Element<'a>, notes: &mut Notes) -> Result<Element<'a>, Fault> {
    match element.tag {
        tag::SEQUENCE => Ok(element),
        tag::OCTET_STRING => {
            notes.add(Leniency::WrappedExtensions);
            der::only(element.content, tag::SEQUENCE, FIELD, notes)
        }
        _ => {
            let mut inside = element.reader();
            let list = inside.next(FIELD, notes)?;
            inside.end(FIELD)?;
            match list.tag {
                tag::SEQUENCE => Ok(list),
                _ => der::only(list.content, tag::SEQUENCE, FIELD, notes),
            }
        }
    }
}

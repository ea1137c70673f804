//! The canonical JSON of a shape, and its hash.
//!
//! RFC 8785 for what a shape holds: objects with their keys sorted, no blanks, whole numbers, booleans, printable ASCII strings.
//! So `jq -cS .shape` prints the same bytes. Never: floats, null, text beyond ASCII; those are refused when the shape is checked.

use alloc::{
    string::{String, ToString},
    vec::Vec,
};
use serde_json::Value as Json;
use yinglian_crypto::{Hash, Suite};

const TAG_SHAPE: &str = "yinglian/interface-shape/v1";

/// Canonical text.
pub(crate) fn canonical(json: &Json) -> String {
    let mut out = String::new();
    write(json, &mut out);
    out
}

/// `H[yinglian/interface-shape/v1]` of the canonical text.
pub(crate) fn shape_hash(suite: Suite, canonical: &str) -> Hash {
    suite.tagged_hash(TAG_SHAPE, &[canonical.as_bytes()])
}

fn write(json: &Json, out: &mut String) {
    match json {
        Json::Object(members) => {
            let mut members: Vec<(&String, &Json)> = members.iter().collect();
            members.sort_by_key(|(name, _)| *name);
            list(members.into_iter(), ('{', '}'), out, |(name, value), out| {
                string(name, out);
                out.push(':');
                write(value, out);
            });
        }
        Json::Array(items) => list(items.iter(), ('[', ']'), out, write),
        Json::String(text) => string(text, out),
        Json::Null | Json::Bool(_) | Json::Number(_) => out.push_str(&json.to_string()),
    }
}

fn list<T>(
    items: impl Iterator<Item = T>,
    (open, close): (char, char),
    out: &mut String,
    mut item_out: impl FnMut(T, &mut String),
) {
    out.push(open);
    for (index, item) in items.enumerate() {
        if index > 0 {
            out.push(',');
        }
        item_out(item, out);
    }
    out.push(close);
}

fn string(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        if matches!(character, '"' | '\\') {
            out.push('\\');
        }
        out.push(character);
    }
    out.push('"');
}

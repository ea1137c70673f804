//! JSON text to JSON value, refusing what could be read in two ways: a member twice, a number with a fraction or an exponent.

use crate::{Reason, Refusal};
use alloc::{string::String, string::ToString, vec::Vec};
use core::{cell::RefCell, fmt};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value as Json};

/// Most objects and lists around one another.
const DEPTH_MAX: usize = 64;

/// Reads JSON of at most `bytes_max` bytes.
pub fn parse_json(text: &str, bytes_max: usize) -> Result<Json, Refusal> {
    if text.len() > bytes_max {
        return Err(Refusal::here(Reason::Size { max: bytes_max }));
    }
    let place = Place::default();
    let mut input = serde_json::Deserializer::from_str(text);
    let value = Strict { place: &place, depth: 0 }.deserialize(&mut input);
    value.and_then(|value| input.end().map(|()| value)).map_err(|error| {
        let reason = place.reason.take();
        // A broken rule of ours has its place; a broken rule of JSON has line and column in its text.
        let reason = reason.unwrap_or_else(|| Reason::Json { problem: error.to_string() });
        let path = place.path.take();
        path.into_iter().rev().fold(Refusal::here(reason), Refusal::within)
    })
}

/// Where the reader is, and what was wrong there: serde's errors carry neither.
#[derive(Default)]
struct Place {
    path: RefCell<Vec<String>>,
    reason: RefCell<Option<Reason>>,
}

impl Place {
    fn refuse<E: Error>(&self, reason: Reason) -> E {
        let text = reason.to_string();
        self.reason.replace(Some(reason));
        E::custom(text)
    }
}

#[derive(Clone, Copy)]
struct Strict<'p> {
    place: &'p Place,
    depth: usize,
}

impl Strict<'_> {
    /// The reader of a member. The path stays as it is when the member is refused.
    fn enter(self, member: impl fmt::Display) -> Self {
        self.place.path.borrow_mut().push(member.to_string());
        Self { depth: self.depth.saturating_add(1), ..self }
    }

    fn leave(self) {
        self.place.path.borrow_mut().pop();
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Json;
    fn deserialize<D: Deserializer<'de>>(self, input: D) -> Result<Json, D::Error> {
        if self.depth > DEPTH_MAX {
            return Err(self.place.refuse(Reason::Form { expected: "nested less than 64 deep" }));
        }
        input.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("whole numbers of at most 64 bits")
    }

    fn visit_unit<E: Error>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Json, E> {
        Ok(Json::Bool(flag))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Json, E> {
        Ok(number.into())
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Json, E> {
        Ok(number.into())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Json, E> {
        Ok(Json::String(text.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut input: A) -> Result<Json, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = input.next_element_seed(self.enter(items.len()))? {
            items.push(item);
            self.leave();
        }
        self.leave();
        Ok(Json::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut input: A) -> Result<Json, A::Error> {
        let mut members = Map::new();
        while let Some(name) = input.next_key::<String>()? {
            let member = self.enter(&name);
            if members.contains_key(&name) {
                return Err(self.place.refuse(Reason::Repeated));
            }
            members.insert(name, input.next_value_seed(member)?);
            self.leave();
        }
        Ok(Json::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    fn refused(text: &str) -> (String, &'static str) {
        let refusal = parse_json(text, 1_000_000).unwrap_err();
        (refusal.path, refusal.reason.word())
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_refused_with_its_place() {
        assert_eq!(refused(r#"{"a":[0,{"b":1,"b":2}]}"#), ("/a/1/b".into(), "repeated"));
        assert_eq!(refused(r#"{"a/b~":{"c":[1.0]}}"#), ("/a~1b~0/c/0".into(), "json"));
        for number in ["1e2", "-0", "0.5", "18446744073709551616"] {
            assert_eq!(refused(number), ("".into(), "json"), "{number}");
        }
        for text in ["", "{", "[1,]", "{\"a\":1} x", "nul", "'a'", "\"\\ud800\"", "01"] {
            assert_eq!(refused(text).1, "json", "{text}");
        }
        assert_eq!(refused(&format!("{}1{}", "[".repeat(66), "]".repeat(66))).1, "form");
        assert_eq!(refused(&"[".repeat(100_000)).1, "form");
        assert_eq!(parse_json("[1]", 2).unwrap_err().reason.word(), "size");
    }

    #[test]
    fn plain_json_is_what_serde_json_reads() {
        for text in [
            r#"{"a":[1,-2,"x",null,true,{}],"b":{"c":[]}}"#,
            "[]",
            "\"中\"",
            "18446744073709551615",
        ] {
            let plain: Json = serde_json::from_str(text).unwrap();
            assert_eq!(parse_json(text, 1_000).unwrap(), plain, "{text}");
        }
    }
}

//! Values as plain texts: in registry keys, events, and the query of a request.

use super::Codec;
use crate::{Reason, Refusal, Value, types::Type};
use alloc::{
    borrow::ToOwned,
    string::{String, ToString},
};
use serde_json::Value as Json;

impl Codec<'_> {
    /// Writes a value as its JSON text, strings without quotes.
    pub fn print_text(&self, of: &Type, value: &Value) -> Result<String, Refusal> {
        let json = self.print(of, value)?;
        Ok(match json.as_str() {
            Some(text) => text.to_owned(),
            None => json.to_string(),
        })
    }

    /// Reads a value from the text that [`Self::print_text`] writes. An option is read as what it may hold, and a list as one of its
    /// items: a text names one value.
    pub fn parse_text(&self, of: &Type, text: &str) -> Result<Value, Refusal> {
        match of {
            Type::Option(inner) => self.parse_text(inner, text).map(Value::some),
            Type::List(list) => self.parse_text(&list.of, text),
            Type::Bool | Type::U8(_) | Type::U16(_) | Type::U32(_) => {
                let json = serde_json::from_str::<Json>(text).ok();
                let json = json.filter(|json| alloc::format!("{json}").as_str() == text);
                let form = || Refusal::here(Reason::Form { expected: "true, false or a number" });
                self.parse(of, &json.ok_or_else(form)?)
            }
            _ => self.parse(of, &Json::String(text.to_owned())),
        }
    }
}

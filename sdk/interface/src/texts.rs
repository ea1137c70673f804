//! Titles and explanations in both languages, each under the place in the shape that it explains.
//!
//! Places: `contract`, `role/R`, `type/T`, `type/T/F`, `setting/S`, `fact/F`, `guard/G`, `guard/G/cause`, `guard/G/remedy`, `entity/E`,
//! `entity/E/field/F`, `entity/E/state/S`, `entity/E/action/A`, `entity/E/deadline/D`, `method/M`, `method/M/F`, `query/Q`, `event/E`, `event/E/F`,
//! `indicator/I`, `indicator/I/M`.

use alloc::{collections::BTreeMap, string::String};
use core::fmt;
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{Error, MapAccess, Visitor},
};

/// Longest text, bytes.
pub(crate) const TEXT_BYTES_MAX: usize = 1024;

/// A text in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// The texts of an interface by their places.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Texts(pub(crate) BTreeMap<String, Text>);

impl Texts {
    /// Text of a place.
    pub fn find(&self, place: &str) -> Option<&Text> {
        self.0.get(place)
    }

    /// All texts by place.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Text)> {
        self.0.iter().map(|(place, text)| (place.as_str(), text))
    }
}

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        struct Places;
        impl<'de> Visitor<'de> for Places {
            type Value = Texts;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("texts by place")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut input: A) -> Result<Texts, A::Error> {
                let mut texts = BTreeMap::new();
                while let Some((place, text)) = input.next_entry::<String, Text>()? {
                    if texts.insert(place.clone(), text).is_some() {
                        return Err(A::Error::custom(alloc::format!("{place} occurs twice")));
                    }
                }
                Ok(Texts(texts))
            }
        }
        input.deserialize_map(Places)
    }
}

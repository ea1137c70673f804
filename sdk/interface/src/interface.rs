//! A valid interface: shape, texts, the definitions that both imply, and the shape's hash.
//!
//! Comes in: `interface.json`, or a shape that a program built. Goes out: arguments and objects between JSON and canonical bytes, free
//! texts for the guard against personal data. Never: an interface that breaks a rule.

use crate::{
    Codec, Definitions, Fault, Reason, Refusal, Shape, Texts, Value, canonical, check,
    expression::Variables,
    implied,
    shape::{Entity, Method, Transition},
    types::{Definition, Field, Kept, Type},
};
use alloc::{string::String, vec::Vec};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use yinglian_crypto::{Hash, Suite};
use yinglian_protocol::{Code, limits};

/// Largest `interface.json`, bytes.
pub const DOCUMENT_BYTES_MAX: usize = 1024 * 1024;

/// An interface that holds every rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interface {
    shape: Shape,
    texts: Texts,
    definitions: Definitions,
    implied: Vec<Method>,
    canonical: String,
}

/// `interface.json`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    shape: Shape,
    texts: Texts,
}

/// Why a text is no interface.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InterfaceError {
    /// The text is not of the form; line and column stand in the problem.
    #[error("interface.json cannot be read: {0}")]
    Form(String),
    /// The interface breaks rules, all of which are listed.
    #[error("the interface breaks {} rules, the first: {}", .0.len(), .0.first().map(Fault::line).unwrap_or_default())]
    Faults(Vec<Fault>),
}

impl Interface {
    /// Checks a shape with its texts.
    pub fn new(shape: Shape, texts: Texts) -> Result<Self, InterfaceError> {
        let (definitions, faults) = check::check(&shape, &texts);
        if !faults.is_empty() {
            return Err(InterfaceError::Faults(faults));
        }
        let json = serde_json::to_value(&shape);
        let json = json.map_err(|error| InterfaceError::Form(alloc::format!("{error}")))?;
        let canonical = canonical::canonical(&json);
        let implied = implied::methods(&shape);
        Ok(Self { shape, texts, definitions, implied, canonical })
    }

    /// Reads `interface.json`.
    pub fn from_json(text: &str) -> Result<Self, InterfaceError> {
        if text.len() > DOCUMENT_BYTES_MAX {
            return Err(InterfaceError::Form("it is larger than 1 MiB".into()));
        }
        let document: Document = serde_json::from_str(text)
            .map_err(|error| InterfaceError::Form(alloc::format!("{error}")))?;
        Self::new(document.shape, document.texts)
    }

    /// Writes `interface.json`: one text for one interface.
    pub fn to_json(&self) -> String {
        let document = Document { shape: self.shape.clone(), texts: self.texts.clone() };
        let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
        text.push('\n');
        text
    }

    /// What binds.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// Titles and explanations.
    pub fn texts(&self) -> &Texts {
        &self.texts
    }

    /// Records and choices: declared, implied by entities, and those of every interface.
    pub fn definitions(&self) -> &Definitions {
        &self.definitions
    }

    /// The shape in canonical JSON, the bytes that are hashed.
    pub fn canonical_shape(&self) -> &str {
        &self.canonical
    }

    /// Hash of the shape, which the registry holds.
    pub fn shape_hash(&self, suite: Suite) -> Hash {
        canonical::shape_hash(suite, &self.canonical)
    }

    /// A codec over the interface's definitions.
    pub fn codec(&self) -> Codec<'_> {
        Codec::new(&self.definitions)
    }

    /// Declared methods, then those that the declaration implies: corrections, supervision orders, settings.
    pub fn methods(&self) -> impl Iterator<Item = &Method> {
        self.shape.methods.iter().chain(&self.implied)
    }

    /// A method by name and version, declared or implied.
    pub fn method(&self, name: &str, version: u16) -> Result<&Method, Refusal> {
        let mut methods = self.methods();
        let method = methods.find(|found| found.name.as_str() == name && found.version == version);
        method.ok_or_else(|| Refusal::with_code(Code::METHOD_UNKNOWN))
    }

    /// What a rule of a method sees, in the order in which its values are given: `arguments`, `sender`, `now`, `fact`, and
    /// `object` unless the row makes it.
    pub fn variables(
        &self,
        method: &Method,
        row: Option<(&Entity, &Transition)>,
    ) -> Option<Variables> {
        check::variables(&self.shape, &self.definitions, method, row)
    }

    /// Canonical bytes of a method's arguments.
    pub fn encode_arguments(
        &self,
        method: &str,
        version: u16,
        json: &Json,
    ) -> Result<Vec<u8>, Refusal> {
        let fields = &self.method(method, version)?.arguments;
        let values = self.codec().parse_record(fields, json)?;
        self.codec().encode_record(fields, &values, limits::ENVELOPE_BYTES_MAX)
    }

    /// The values of a method's arguments, by its fields.
    pub fn decode_arguments(
        &self,
        method: &str,
        version: u16,
        bytes: &[u8],
    ) -> Result<Vec<Value>, Refusal> {
        let fields = &self.method(method, version)?.arguments;
        self.codec().decode_record(fields, bytes, limits::ENVELOPE_BYTES_MAX)
    }

    /// A method's arguments as JSON.
    pub fn arguments_to_json(
        &self,
        method: &str,
        version: u16,
        bytes: &[u8],
    ) -> Result<Json, Refusal> {
        let values = self.decode_arguments(method, version, bytes)?;
        self.codec().print_record(&self.method(method, version)?.arguments, &values)
    }

    /// The body of an object as JSON, by the number of its layout.
    pub fn object_to_json(&self, schema: u16, body: &[u8]) -> Result<Json, Refusal> {
        let entity = self.shape.entities.iter().find(|entity| entity.schema == schema);
        let fields = entity.ok_or_else(|| Refusal::here(Reason::Declaration))?.layout();
        let values = self.codec().decode_record(&fields, body, limits::REGISTRY_VALUE_BYTES_MAX)?;
        self.codec().print_record(&fields, &values)
    }

    /// Free texts in the values of fields: what the guard against personal data reads.
    pub fn free_texts<'v>(&self, fields: &[Field], values: &'v [Value]) -> Vec<&'v str> {
        let mut texts = Vec::new();
        self.collect_fields(fields, values, &mut texts);
        texts
    }

    fn collect_fields<'v>(&self, fields: &[Field], values: &'v [Value], texts: &mut Vec<&'v str>) {
        let clear = fields.iter().zip(values).filter(|(field, _)| field.kept == Kept::Clear);
        clear.for_each(|(field, value)| self.collect(&field.of, value, texts));
    }

    fn collect<'v>(&self, of: &Type, value: &'v Value, texts: &mut Vec<&'v str>) {
        match (of, value) {
            (Type::Text(_), Value::Text(text)) => texts.push(text),
            (Type::Option(inner), Value::Option(Some(value))) => self.collect(inner, value, texts),
            (Type::List(list), Value::List(items)) => {
                items.iter().for_each(|item| self.collect(&list.of, item, texts));
            }
            (Type::Named(name), value) => match (self.definitions.find(name), value) {
                (Some(Definition::Record { fields, .. }), Value::Record(values)) => {
                    self.collect_fields(fields, values, texts);
                }
                (
                    Some(Definition::Choice { cases, .. }),
                    Value::Choice { case, of: Some(value) },
                ) => {
                    if let Some(of) = cases.get(*case).and_then(|case| case.of.as_ref()) {
                        self.collect(of, value, texts);
                    }
                }
                _ => {}
            },
            _ => {}
        }
    }
}

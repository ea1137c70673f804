//! JSON Schema (as OpenAPI 3.1 has it) of declared types: what the codec reads and writes, bounds included.

use serde_json::{Map, Value as Json, json};
use yinglian_interface::{Case, Definition, Definitions, Field, IdKind, Length, Range, Type};
use yinglian_protocol::Name;

/// Names the component of a definition within its contract.
pub(crate) fn component(contract: &Name, name: &str) -> String {
    format!("{contract}.{name}")
}

/// Schemas of a contract's types.
pub(crate) struct Schemas<'a> {
    pub contract: &'a Name,
    pub definitions: &'a Definitions,
}

impl Schemas<'_> {
    /// Schema of a type.
    pub(crate) fn of(&self, of: &Type) -> Json {
        match of {
            Type::Bool => json!({"type": "boolean"}),
            Type::U8(range) => whole(range, u64::from(u8::MAX)),
            Type::U16(range) => whole(range, u64::from(u16::MAX)),
            Type::U32(range) => whole(range, u64::from(u32::MAX)),
            Type::U64(_) => json!({"type": "string", "pattern": "^(0|[1-9][0-9]{0,19})$"}),
            Type::Decimal(range) => {
                let fraction = match range.scale {
                    0 => String::new(),
                    scale => format!("(\\.[0-9]{{1,{scale}}})?"),
                };
                json!({"type": "string", "pattern": format!("^-?(0|[1-9][0-9]*){fraction}$")})
            }
            Type::Time => json!({"type": "string", "format": "date-time"}),
            // The bound is in bytes; characters are never more.
            Type::Text(length) => {
                json!({"type": "string", "minLength": u32::from(length.min > 0), "maxLength": length.max})
            }
            Type::Code(pattern) => {
                json!({"type": "string", "pattern": format!("^{}$", pattern.source())})
            }
            Type::Bytes(length) => hex(length),
            Type::Fixed(bytes) => hex(&Length { min: u32::from(*bytes), max: u32::from(*bytes) }),
            Type::Digest => json!({
                "type": "object", "additionalProperties": false, "required": ["algorithm", "value", "length_bytes"],
                "properties": {
                    "algorithm": {"type": "string", "enum": ["sm3", "sha256"]},
                    "value": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
                    "length_bytes": {"type": "string", "pattern": "^(0|[1-9][0-9]{0,19})$"},
                },
            }),
            Type::Id(kind) => id(kind),
            Type::Option(inner) => json!({"oneOf": [self.of(inner), {"type": "null"}]}),
            Type::List(list) => json!({
                "type": "array", "items": self.of(&list.of), "minItems": list.min, "maxItems": list.max,
                "uniqueItems": list.unique,
            }),
            Type::Named(name) => {
                let component = component(self.contract, name.as_str());
                json!({"$ref": format!("#/components/schemas/{component}")})
            }
        }
    }

    /// Schema of the JSON object of some fields; those left out when their option is empty are not required.
    pub(crate) fn record(&self, fields: &[Field]) -> Json {
        let mut properties = Map::new();
        let mut required = Vec::new();
        for field in fields {
            let of = field.layout();
            properties.insert(field.name.to_string(), self.of(&of));
            if !matches!(of.as_ref(), Type::Option(_)) {
                required.push(field.name.as_str());
            }
        }
        let mut schema = json!({
            "type": "object", "additionalProperties": false, "properties": properties,
        });
        if let (Some(members), false) = (schema.as_object_mut(), required.is_empty()) {
            members.insert("required".into(), json!(required));
        }
        schema
    }

    /// Schema of a definition.
    pub(crate) fn definition(&self, definition: &Definition) -> Json {
        match definition {
            Definition::Record { fields, .. } => self.record(fields),
            Definition::Choice { cases, .. } => self.choice(cases),
        }
    }

    fn choice(&self, cases: &[Case]) -> Json {
        let plain: Vec<&str> =
            cases.iter().filter(|case| case.of.is_none()).map(|case| case.name.as_str()).collect();
        let mut forms: Vec<Json> = cases
            .iter()
            .filter_map(|case| {
                let (name, of) = (case.name.as_str(), case.of.as_ref()?);
                Some(json!({
                    "type": "object", "additionalProperties": false, "required": [name], "properties": {name: self.of(of)},
                }))
            })
            .collect();
        if !plain.is_empty() {
            forms.push(json!({"type": "string", "enum": plain}));
        }
        match forms.len() {
            1 => forms.remove(0),
            _ => json!({"oneOf": forms}),
        }
    }
}

fn whole(range: &Range, widest: u64) -> Json {
    let min = range.min.map_or(0, |min| min.0);
    let max = range.max.map_or(widest, |max| max.0);
    json!({"type": "integer", "minimum": min, "maximum": max})
}

fn hex(length: &Length) -> Json {
    json!({"type": "string", "pattern": format!("^([0-9a-f]{{2}}){{{},{}}}$", length.min, length.max)})
}

fn id(kind: &IdKind) -> Json {
    match kind {
        IdKind::Envelope => hex(&Length { min: 32, max: 32 }),
        IdKind::Organization => json!({"type": "string", "pattern": "^[0-9A-HJ-NPQRTUWXY]{18}$"}),
        IdKind::Address => json!({"type": "string", "pattern": "^yl1[02-9ac-hj-np-z]+$"}),
        IdKind::PublicKey => hex(&Length { min: 33, max: 66 }),
        IdKind::Region => json!({"type": "string", "pattern": "^([0-9]{6}|[0-9]{9}|[0-9]{12})$"}),
        IdKind::Name => json!({"type": "string", "pattern": "^[a-z][a-z0-9_.-]{0,47}$"}),
        IdKind::Object(_) => json!({"type": "string", "pattern": "^[A-Za-z0-9._:/-]{1,64}$"}),
    }
}

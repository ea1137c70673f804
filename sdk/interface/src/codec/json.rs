//! JSON: numbers of 64 bits and decimals as strings, bytes as lower hex, times as RFC 3339, unknown members refused.

use super::{Codec, Shape, bytes::check_list, scalar, scalar::form};
use crate::{
    Reason, Refusal, Value,
    types::{Case, Field, IdKind, ListType, Type},
};
use alloc::{
    boxed::Box,
    format,
    string::{String, ToString},
    vec::Vec,
};
use serde_json::{Map, Value as Json};
use yinglian_protocol::{
    Address, PublicKey,
    calls::{format_time, parse_time},
    codec,
};

/// Names of a digest's members, in the order of its values.
const DIGEST_MEMBERS: [&str; 3] = ["algorithm", "value", "length_bytes"];

impl Codec<'_> {
    /// Reads a value from JSON.
    pub fn parse(&self, of: &Type, json: &Json) -> Result<Value, Refusal> {
        match of {
            Type::Option(_) if json.is_null() => Ok(Value::NONE),
            Type::Option(inner) => self.parse(inner, json).map(Value::some),
            Type::List(list) => self.parse_list(list, json),
            Type::Named(name) => match self.shape(name)? {
                Shape::Record(fields) => self.parse_record(fields, json).map(Value::Record),
                Shape::Choice(cases) => self.parse_choice(cases, json),
            },
            _ => {
                let value = parse_scalar(of, json)?;
                scalar::check(of, &value)?;
                Ok(value)
            }
        }
    }

    /// Reads the values of a record of these fields from a JSON object. A member that is left out stands for an absent option.
    pub fn parse_record(&self, fields: &[Field], json: &Json) -> Result<Vec<Value>, Refusal> {
        let members = json.as_object().ok_or_else(|| form("an object"))?;
        let declared = |member: &&String| fields.iter().any(|field| field.name.as_str() == *member);
        if let Some(member) = members.keys().find(|member| !declared(member)) {
            return Err(Refusal::here(Reason::Unknown).within(member));
        }
        let parse = |field: &Field| {
            let layout = field.layout();
            let value = match (members.get(field.name.as_str()), layout.as_ref()) {
                (Some(json), layout) => self.parse(layout, json),
                (None, Type::Option(_)) => Ok(Value::NONE),
                (None, _) => Err(Refusal::here(Reason::Missing)),
            };
            value.map_err(|refusal| refusal.within(&field.name))
        };
        fields.iter().map(parse).collect()
    }

    fn parse_list(&self, list: &ListType, json: &Json) -> Result<Value, Refusal> {
        let items = json.as_array().ok_or_else(|| form("a list"))?;
        if u32::try_from(items.len()).is_ok_and(|count| count > list.max) {
            return Err(Refusal::here(Reason::TooLong { max: list.max }));
        }
        let parse = |(index, item)| {
            self.parse(&list.of, item).map_err(|refusal: Refusal| refusal.within(index))
        };
        let items: Vec<Value> = items.iter().enumerate().map(parse).collect::<Result<_, _>>()?;
        check_list(list, &items)?;
        Ok(Value::List(items))
    }

    /// A case that holds nothing is its name; another is an object with its name as the only member.
    fn parse_choice(&self, cases: &[Case], json: &Json) -> Result<Value, Refusal> {
        let (name, inner) = match json {
            Json::String(name) => (name, None),
            Json::Object(members) if members.len() == 1 => {
                let member = members.iter().next();
                let (name, inner) = member.ok_or_else(|| form("one member"))?;
                (name, Some(inner))
            }
            _ => return Err(form("the name of a case, or an object with one member")),
        };
        let mut numbered = cases.iter().enumerate();
        let (index, case) = numbered
            .find(|(_, case)| case.name.as_str() == name)
            .ok_or_else(|| Refusal::here(Reason::Case))?;
        let of = match (&case.of, inner) {
            (None, None) => None,
            (Some(of), Some(json)) => {
                Some(Box::new(self.parse(of, json).map_err(|refusal| refusal.within(name))?))
            }
            (None, Some(_)) => return Err(form("the name alone: this case holds nothing")),
            (Some(_), None) => return Err(form("an object: this case holds a value")),
        };
        Ok(Value::Choice { case: index, of })
    }

    /// Writes a value as JSON.
    pub fn print(&self, of: &Type, value: &Value) -> Result<Json, Refusal> {
        match (of, value) {
            (Type::Option(_), Value::Option(None)) => Ok(Json::Null),
            (Type::Option(inner), Value::Option(Some(value))) => self.print(inner, value),
            (Type::List(list), Value::List(items)) => {
                let print = |item| self.print(&list.of, item);
                items.iter().map(print).collect::<Result<_, _>>().map(Json::Array)
            }
            (Type::Named(name), value) => match (self.shape(name)?, value) {
                (Shape::Record(fields), Value::Record(values)) => self.print_record(fields, values),
                (Shape::Choice(cases), Value::Choice { case, of }) => {
                    let case = cases.get(*case).ok_or_else(declaration)?;
                    let name = case.name.to_string();
                    match (&case.of, of) {
                        (None, None) => Ok(Json::String(name)),
                        (Some(inner), Some(value)) => {
                            let inner = self.print(inner, value)?;
                            Ok(Json::Object(Map::from_iter([(name, inner)])))
                        }
                        _ => Err(declaration()),
                    }
                }
                _ => Err(declaration()),
            },
            _ => print_scalar(of, value),
        }
    }

    /// Writes the values of a record of these fields as a JSON object with every member.
    pub fn print_record(&self, fields: &[Field], values: &[Value]) -> Result<Json, Refusal> {
        if fields.len() != values.len() {
            return Err(declaration());
        }
        let print = |(field, value): (&Field, &Value)| {
            Ok((field.name.to_string(), self.print(&field.layout(), value)?))
        };
        let members = fields.iter().zip(values).map(print);
        members.collect::<Result<Map<_, _>, Refusal>>().map(Json::Object)
    }
}

fn declaration() -> Refusal {
    Refusal::here(Reason::Declaration)
}

fn text<'a>(json: &'a Json, expected: &'static str) -> Result<&'a str, Refusal> {
    json.as_str().ok_or_else(|| form(expected))
}

fn number_text(json: &Json) -> Result<u64, Refusal> {
    const EXPECTED: &str = "a decimal number as a string";
    let text = text(json, EXPECTED)?;
    // One text per number: what prints differently is refused ("+1", "01", "").
    let number = text.parse::<u64>().ok().filter(|number| number.to_string() == text);
    number.ok_or_else(|| form(EXPECTED))
}

fn hex_bytes(json: &Json) -> Result<Vec<u8>, Refusal> {
    const EXPECTED: &str = "lower-case hexadecimal";
    let text = text(json, EXPECTED)?;
    let lower = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if lower { hex::decode(text).map_err(|_| form(EXPECTED)) } else { Err(form(EXPECTED)) }
}

fn parse_scalar(of: &Type, json: &Json) -> Result<Value, Refusal> {
    Ok(match of {
        Type::Bool => Value::Bool(json.as_bool().ok_or_else(|| form("true or false"))?),
        Type::U8(_) | Type::U16(_) | Type::U32(_) => {
            let number = json.as_u64();
            Value::Integer(number.ok_or_else(|| form("a whole number"))?.into())
        }
        Type::U64(_) => Value::Integer(number_text(json)?.into()),
        Type::Decimal(range) => {
            const EXPECTED: &str = "a decimal as a string, with no more digits than declared";
            let units = scalar::parse_decimal(text(json, EXPECTED)?, range.scale);
            Value::Decimal { units: units.ok_or_else(|| form(EXPECTED))?, scale: range.scale }
        }
        Type::Time => {
            const EXPECTED: &str = "an RFC 3339 time between 1970 and 9999, at most milliseconds";
            Value::Time(parse_time(text(json, EXPECTED)?).ok_or_else(|| form(EXPECTED))?)
        }
        Type::Text(_) | Type::Code(_) => Value::Text(text(json, "a text")?.into()),
        Type::Bytes(length) => {
            let digits = json.as_str().map_or(0, str::len);
            // Before the digits are turned into bytes.
            if u32::try_from(digits / 2).is_ok_and(|bytes| bytes > length.max) {
                return Err(Refusal::here(Reason::TooLong { max: length.max }));
            }
            Value::Bytes(hex_bytes(json)?)
        }
        Type::Fixed(width) => {
            let bytes = hex_bytes(json)?;
            if bytes.len() != usize::from(*width) {
                return Err(form("as many bytes as declared"));
            }
            Value::Bytes(bytes)
        }
        Type::Digest => parse_digest(json)?,
        Type::Id(kind) => parse_id(kind, json)?,
        Type::Option(_) | Type::List(_) | Type::Named(_) => return Err(declaration()),
    })
}

fn parse_digest(json: &Json) -> Result<Value, Refusal> {
    let members = json.as_object().ok_or_else(|| form("an object"))?;
    if let Some(member) = members.keys().find(|name| !DIGEST_MEMBERS.contains(&name.as_str())) {
        return Err(Refusal::here(Reason::Unknown).within(member));
    }
    let member = |name: &'static str| {
        let json = members.get(name);
        json.ok_or_else(|| Refusal::here(Reason::Missing).within(name))
    };
    let [algorithm, value, length] = DIGEST_MEMBERS;
    let parts = [
        text(member(algorithm)?, "a text").map(|text| Value::Text(text.into())),
        hex_bytes(member(value)?).map(Value::Bytes),
        number_text(member(length)?).map(|number| Value::Integer(number.into())),
    ];
    let named = parts.into_iter().zip(DIGEST_MEMBERS);
    let parts = named.map(|(part, name)| part.map_err(|refusal| refusal.within(name)));
    parts.collect::<Result<_, _>>().map(Value::Record)
}

fn parse_id(kind: &IdKind, json: &Json) -> Result<Value, Refusal> {
    Ok(match kind {
        IdKind::Envelope => Value::Bytes(hex_bytes(json)?),
        IdKind::Address => {
            let address: Option<Address> = json.as_str().and_then(|text| text.parse().ok());
            Value::Bytes(address.ok_or_else(|| form("an address"))?.to_bytes().to_vec())
        }
        IdKind::PublicKey => {
            let key: Option<PublicKey> = json.as_str().and_then(|text| text.parse().ok());
            Value::Bytes(codec::encode(&key.ok_or_else(|| form("a public key"))?))
        }
        IdKind::Organization | IdKind::Region | IdKind::Name | IdKind::Object(_) => {
            Value::Text(text(json, "a text")?.into())
        }
    })
}

fn print_scalar(of: &Type, value: &Value) -> Result<Json, Refusal> {
    scalar::check(of, value)?;
    Ok(match (of, value) {
        (_, Value::Bool(flag)) => Json::Bool(*flag),
        (Type::U64(_), Value::Integer(number)) => Json::String(number.to_string()),
        (_, Value::Integer(number)) => {
            Json::from(u64::try_from(*number).map_err(|_| declaration())?)
        }
        (_, Value::Decimal { units, scale }) => {
            Json::String(scalar::format_decimal(*units, *scale))
        }
        (_, Value::Time(ms)) => Json::String(format_time(*ms).ok_or_else(declaration)?),
        (_, Value::Text(text)) => Json::String(text.clone()),
        (Type::Id(IdKind::Address), Value::Bytes(bytes)) => {
            let bytes: Option<&[u8; 21]> = bytes.as_slice().try_into().ok();
            let address = bytes.and_then(|bytes| Address::from_bytes(bytes).ok());
            Json::String(format!("{}", address.ok_or_else(declaration)?))
        }
        (_, Value::Bytes(bytes)) => Json::String(hex::encode(bytes)),
        (Type::Digest, Value::Record(parts)) => {
            let [Value::Text(algorithm), Value::Bytes(value), Value::Integer(length)] =
                parts.as_slice()
            else {
                return Err(declaration());
            };
            let texts = [algorithm.clone(), hex::encode(value), length.to_string()];
            let members = DIGEST_MEMBERS.iter().map(ToString::to_string);
            Json::Object(members.zip(texts.map(Json::String)).collect())
        }
        _ => return Err(declaration()),
    })
}

//! Canonical bytes: borsh, written and read strictly.

use super::{Codec, Shape, scalar};
use crate::{
    Reason, Refusal, Value,
    types::{Field, IdKind, ListType, Type},
};
use alloc::{boxed::Box, string::String, vec::Vec};

impl Codec<'_> {
    /// Canonical bytes of a value.
    pub fn encode(&self, of: &Type, value: &Value) -> Result<Vec<u8>, Refusal> {
        let mut out = Vec::new();
        self.write(of, value, &mut out)?;
        Ok(out)
    }

    /// Canonical bytes of a record of these fields, at most `bytes_max`.
    pub fn encode_record(
        &self,
        fields: &[Field],
        values: &[Value],
        bytes_max: usize,
    ) -> Result<Vec<u8>, Refusal> {
        let mut out = Vec::new();
        self.write_fields(fields, values, &mut out)?;
        if out.len() > bytes_max { Err(too_large(bytes_max)) } else { Ok(out) }
    }

    /// The value whose canonical bytes these are, all of them.
    pub fn decode(&self, of: &Type, bytes: &[u8], bytes_max: usize) -> Result<Value, Refusal> {
        whole(bytes, bytes_max, |rest| self.read(of, rest))
    }

    /// The values of a record of these fields, from all of the bytes.
    pub fn decode_record(
        &self,
        fields: &[Field],
        bytes: &[u8],
        bytes_max: usize,
    ) -> Result<Vec<Value>, Refusal> {
        whole(bytes, bytes_max, |rest| self.read_fields(fields, rest))
    }

    fn write(&self, of: &Type, value: &Value, out: &mut Vec<u8>) -> Result<(), Refusal> {
        match (of, value) {
            (Type::Option(_), Value::Option(None)) => out.push(0),
            (Type::Option(inner), Value::Option(Some(value))) => {
                out.push(1);
                self.write(inner, value, out)?;
            }
            (Type::List(list), Value::List(items)) => {
                check_list(list, items)?;
                put_count(items.len(), out)?;
                for (index, item) in items.iter().enumerate() {
                    self.write(&list.of, item, out).map_err(|refusal| refusal.within(index))?;
                }
            }
            (Type::Named(name), value) => match (self.shape(name)?, value) {
                (Shape::Record(fields), Value::Record(values)) => {
                    self.write_fields(fields, values, out)?;
                }
                (Shape::Choice(cases), Value::Choice { case, of }) => {
                    let case = cases.get(*case).ok_or_else(declaration)?;
                    out.push(case.tag);
                    match (&case.of, of) {
                        (None, None) => {}
                        (Some(inner), Some(value)) => self
                            .write(inner, value, out)
                            .map_err(|refusal| refusal.within(&case.name))?,
                        _ => return Err(declaration()),
                    }
                }
                _ => return Err(declaration()),
            },
            _ => {
                scalar::check(of, value)?;
                write_scalar(of, value, out)?;
            }
        }
        Ok(())
    }

    fn write_fields(
        &self,
        fields: &[Field],
        values: &[Value],
        out: &mut Vec<u8>,
    ) -> Result<(), Refusal> {
        if fields.len() != values.len() {
            return Err(declaration());
        }
        for (field, value) in fields.iter().zip(values) {
            self.write(&field.layout(), value, out)
                .map_err(|refusal| refusal.within(&field.name))?;
        }
        Ok(())
    }

    fn read(&self, of: &Type, rest: &mut &[u8]) -> Result<Value, Refusal> {
        match of {
            Type::Option(inner) => match take_byte(rest)? {
                0 => Ok(Value::NONE),
                1 => self.read(inner, rest).map(Value::some),
                _ => Err(scalar::form("00 or 01")),
            },
            Type::List(list) => self.read_list(list, rest),
            Type::Named(name) => match self.shape(name)? {
                Shape::Record(fields) => self.read_fields(fields, rest).map(Value::Record),
                Shape::Choice(cases) => {
                    let tag = take_byte(rest)?;
                    let mut numbered = cases.iter().enumerate();
                    let (index, case) = numbered
                        .find(|(_, case)| case.tag == tag)
                        .ok_or_else(|| Refusal::here(Reason::Case))?;
                    let read = |inner: &Type| self.read(inner, rest).map(Box::new);
                    let of = case.of.as_ref().map(read).transpose();
                    let of = of.map_err(|refusal| refusal.within(&case.name))?;
                    Ok(Value::Choice { case: index, of })
                }
            },
            _ => {
                let value = read_scalar(of, rest)?;
                scalar::check(of, &value)?;
                Ok(value)
            }
        }
    }

    fn read_list(&self, list: &ListType, rest: &mut &[u8]) -> Result<Value, Refusal> {
        let count = take_count(rest)?;
        if count > list.max {
            return Err(Refusal::here(Reason::TooLong { max: list.max }));
        }
        // Grows with what is read: a count is only a claim.
        let mut items = Vec::new();
        for index in 0..count {
            items.push(self.read(&list.of, rest).map_err(|refusal| refusal.within(index))?);
        }
        check_list(list, &items)?;
        Ok(Value::List(items))
    }

    fn read_fields(&self, fields: &[Field], rest: &mut &[u8]) -> Result<Vec<Value>, Refusal> {
        let read = |field: &Field| {
            self.read(&field.layout(), rest).map_err(|refusal| refusal.within(&field.name))
        };
        fields.iter().map(read).collect()
    }
}

fn declaration() -> Refusal {
    Refusal::here(Reason::Declaration)
}

fn too_large(max: usize) -> Refusal {
    Refusal::here(Reason::Size { max })
}

fn whole<T>(
    bytes: &[u8],
    bytes_max: usize,
    read: impl FnOnce(&mut &[u8]) -> Result<T, Refusal>,
) -> Result<T, Refusal> {
    if bytes.len() > bytes_max {
        return Err(too_large(bytes_max));
    }
    let mut rest = bytes;
    let value = read(&mut rest)?;
    if rest.is_empty() {
        Ok(value)
    } else {
        Err(Refusal::here(Reason::Trailing { bytes: rest.len() }))
    }
}

/// Count and uniqueness of a list's items.
pub(super) fn check_list(list: &ListType, items: &[Value]) -> Result<(), Refusal> {
    let count = u32::try_from(items.len()).unwrap_or(u32::MAX);
    if count > list.max {
        return Err(Refusal::here(Reason::TooLong { max: list.max }));
    }
    if count < list.min {
        return Err(Refusal::here(Reason::TooShort { min: list.min }));
    }
    if list.unique {
        let mut sorted: Vec<(usize, &Value)> = items.iter().enumerate().collect();
        sorted.sort_by_key(|(_, item)| *item);
        let pairs = sorted.iter().zip(sorted.iter().skip(1));
        let repeats = pairs.filter(|((_, one), (_, other))| one == other);
        // The first in the order of the list, so that every node names the same place.
        if let Some(index) = repeats.map(|((one, _), (other, _))| *one.max(other)).min() {
            return Err(Refusal::here(Reason::Duplicate).within(index));
        }
    }
    Ok(())
}

fn write_scalar(of: &Type, value: &Value, out: &mut Vec<u8>) -> Result<(), Refusal> {
    match (of, value) {
        (_, Value::Bool(flag)) => out.push(u8::from(*flag)),
        (_, Value::Time(ms)) => out.extend_from_slice(&ms.to_le_bytes()),
        (_, Value::Decimal { units, .. }) => {
            let units = i64::try_from(*units).map_err(|_| declaration())?;
            out.extend_from_slice(&units.to_le_bytes());
        }
        (_, Value::Integer(number)) => {
            let number = u64::try_from(*number).map_err(|_| declaration())?;
            let (_, _, width) = scalar::integer(of).ok_or_else(declaration)?;
            out.extend(number.to_le_bytes().iter().take(width));
        }
        (Type::Id(IdKind::Organization), Value::Text(text)) => {
            out.extend_from_slice(text.as_bytes());
        }
        (_, Value::Text(text)) => put_bytes(text.as_bytes(), out)?,
        (Type::Bytes(_), Value::Bytes(bytes)) => put_bytes(bytes, out)?,
        (_, Value::Bytes(bytes)) => out.extend_from_slice(bytes),
        (Type::Digest, Value::Record(parts)) => {
            let [Value::Text(algorithm), Value::Bytes(value), Value::Integer(length)] =
                parts.as_slice()
            else {
                return Err(declaration());
            };
            put_bytes(algorithm.as_bytes(), out)?;
            out.extend_from_slice(value);
            let length = u64::try_from(*length).map_err(|_| declaration())?;
            out.extend_from_slice(&length.to_le_bytes());
        }
        _ => return Err(declaration()),
    }
    Ok(())
}

fn put_count(count: usize, out: &mut Vec<u8>) -> Result<(), Refusal> {
    let count = u32::try_from(count).map_err(|_| declaration())?;
    out.extend_from_slice(&count.to_le_bytes());
    Ok(())
}

fn put_bytes(bytes: &[u8], out: &mut Vec<u8>) -> Result<(), Refusal> {
    put_count(bytes.len(), out)?;
    out.extend_from_slice(bytes);
    Ok(())
}

fn read_scalar(of: &Type, rest: &mut &[u8]) -> Result<Value, Refusal> {
    Ok(match of {
        Type::Bool => match take_byte(rest)? {
            0 => Value::Bool(false),
            1 => Value::Bool(true),
            _ => return Err(scalar::form("00 or 01")),
        },
        Type::Time => Value::Time(take_number(rest, 8)?),
        Type::Decimal(range) => Value::Decimal {
            units: i128::from(i64::from_le_bytes(take_number(rest, 8)?.to_le_bytes())),
            scale: range.scale,
        },
        Type::U8(_) | Type::U16(_) | Type::U32(_) | Type::U64(_) => {
            let (_, _, width) = scalar::integer(of).ok_or_else(declaration)?;
            Value::Integer(i128::from(take_number(rest, width)?))
        }
        Type::Text(length) => Value::Text(take_text(rest, length.max)?),
        Type::Code(pattern) => Value::Text(take_text(rest, pattern.length_max())?),
        Type::Bytes(length) => Value::Bytes(take_counted(rest, length.max)?.to_vec()),
        Type::Fixed(width) => Value::Bytes(take(rest, usize::from(*width))?.to_vec()),
        Type::Digest => {
            let algorithm = take_text(rest, 16).map_err(|refusal| refusal.within("algorithm"))?;
            let value = take(rest, 32).map_err(|refusal| refusal.within("value"))?.to_vec();
            let length = take_number(rest, 8).map_err(|refusal| refusal.within("length_bytes"))?;
            let length = Value::Integer(i128::from(length));
            Value::Record(Vec::from([Value::Text(algorithm), Value::Bytes(value), length]))
        }
        Type::Id(kind) => read_id(kind, rest)?,
        Type::Option(_) | Type::List(_) | Type::Named(_) => return Err(declaration()),
    })
}

fn read_id(kind: &IdKind, rest: &mut &[u8]) -> Result<Value, Refusal> {
    Ok(match kind {
        IdKind::Envelope => Value::Bytes(take(rest, 32)?.to_vec()),
        IdKind::Address => Value::Bytes(take(rest, 21)?.to_vec()),
        IdKind::Organization => {
            let text = core::str::from_utf8(take(rest, 18)?);
            Value::Text(text.map_err(|_| scalar::form("a unified social credit code"))?.into())
        }
        IdKind::PublicKey => {
            // The algorithm says how many bytes follow it.
            let algorithm = rest.first().and_then(|id| yinglian_protocol::Algorithm::from_id(*id));
            let algorithm = algorithm.ok_or_else(|| scalar::form("a public key"))?;
            let width = algorithm.public_key_bytes().saturating_add(1);
            Value::Bytes(take(rest, width)?.to_vec())
        }
        IdKind::Region => Value::Text(take_text(rest, 12)?),
        IdKind::Name => Value::Text(take_text(rest, 48)?),
        IdKind::Object(_) => Value::Text(take_text(rest, 64)?),
    })
}

fn take<'a>(rest: &mut &'a [u8], count: usize) -> Result<&'a [u8], Refusal> {
    let (taken, after) = rest.split_at_checked(count).ok_or_else(|| Refusal::here(Reason::End))?;
    *rest = after;
    Ok(taken)
}

fn take_byte(rest: &mut &[u8]) -> Result<u8, Refusal> {
    take(rest, 1)?.first().copied().ok_or_else(|| Refusal::here(Reason::End))
}

fn take_number(rest: &mut &[u8], width: usize) -> Result<u64, Refusal> {
    let bytes = take(rest, width)?;
    Ok(bytes.iter().rev().fold(0, |number, byte| (number << 8) | u64::from(*byte)))
}

fn take_count(rest: &mut &[u8]) -> Result<u32, Refusal> {
    u32::try_from(take_number(rest, 4)?).map_err(|_| declaration())
}

fn take_counted<'a>(rest: &mut &'a [u8], max: u32) -> Result<&'a [u8], Refusal> {
    let count = take_count(rest)?;
    if count > max {
        return Err(Refusal::here(Reason::TooLong { max }));
    }
    take(rest, usize::try_from(count).map_err(|_| declaration())?)
}

fn take_text(rest: &mut &[u8], max: u32) -> Result<String, Refusal> {
    let bytes = take_counted(rest, max)?;
    core::str::from_utf8(bytes).map(Into::into).map_err(|_| scalar::form("UTF-8"))
}

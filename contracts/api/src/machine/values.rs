//! Values to keys, texts and bodies.

use super::{
    Machine,
    compile::{Action, EntityPlan},
};
use crate::{CallError, Ctx, StateError};
use yinglian_interface::{Type, Value};
use yinglian_protocol::{Code, RegistryValue, limits};

/// Longest key of an object, without its prefix, bytes: what an id of an object holds.
const KEY_BYTES_MAX: usize = 160;

impl Machine {
    /// A value as its JSON text, strings without quotes: what keys and events hold.
    pub(super) fn text(&self, of: &Type, value: &Value) -> Result<String, CallError> {
        let json = self.interface.codec().print(of, value).map_err(|refusal| refusal.code)?;
        Ok(match json.as_str() {
            Some(text) => text.to_owned(),
            None => json.to_string(),
        })
    }

    /// Key of an object from the values of its parts, in their order.
    pub fn key(&self, entity: &str, parts: &[Value]) -> Result<String, CallError> {
        let found = self.interface.shape().entity(entity);
        let types = found.into_iter().flat_map(|entity| &entity.key).map(|part| &part.of);
        let texts: Vec<String> = types
            .zip(parts)
            .map(|(of, value)| self.text(of, value))
            .collect::<Result<_, CallError>>()?;
        join(&texts)
    }

    pub(super) fn key_of(&self, action: &Action, arguments: &Value) -> Result<String, CallError> {
        let Value::Record(values) = arguments else { return Ok(String::new()) };
        let texts: Vec<String> = action
            .key
            .iter()
            .filter_map(|source| Some((source, values.get(source.argument)?)))
            .map(|(source, value)| self.text(&source.of, value))
            .collect::<Result<_, CallError>>()?;
        // One source is the whole key, and may be an object's id with slashes in it.
        match texts.as_slice() {
            [whole] => Ok(whole.clone()),
            _ => join(&texts),
        }
    }

    pub(super) fn decode(
        &self,
        plan: &EntityPlan,
        registry_key: &[u8],
        value: &RegistryValue,
    ) -> Result<Vec<Value>, StateError> {
        let codec = self.interface.codec();
        let limit = limits::REGISTRY_VALUE_BYTES_MAX;
        let decoded = codec.decode_record(&plan.layout, &value.body, limit);
        let decoded = decoded.ok().filter(|_| value.schema == plan.schema);
        decoded.ok_or_else(|| StateError::corrupt(registry_key))
    }

    pub(super) fn store(
        &self,
        ctx: &mut Ctx<'_>,
        plan: &EntityPlan,
        key: &str,
        object: &[Value],
    ) -> Result<(), CallError> {
        let codec = self.interface.codec();
        let limit = limits::REGISTRY_VALUE_BYTES_MAX;
        let body = codec.encode_record(&plan.layout, object, limit);
        let body = body.map_err(|refusal| refusal.code)?;
        ctx.put_body(&plan.registry_key(key), plan.schema, body)
    }
}

/// Parts with a slash between; a slash within a part would let two keys look alike.
fn join(texts: &[String]) -> Result<String, CallError> {
    let key = texts.join("/");
    let slash = texts.iter().any(|text| text.contains('/'));
    if slash || key.len() > KEY_BYTES_MAX { Err(Code::KEY_PART_UNFIT.into()) } else { Ok(key) }
}

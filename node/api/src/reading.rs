//! Who may read an object, and what of it (spec 9: default deny). The rules are the declaration's own readers; roles and relations are
//! judged by the same function that judges who may act.

use crate::{auth::Caller, ports::Refusal, problem::ApiError};
use std::collections::BTreeSet;
use yinglian_interface::{
    Field, Interface, Value, Who,
    shape::{Entity, Query, Reader},
};
use yinglian_protocol::{Code, Name, RegistryValue, limits};

/// A declared query, and those of its readers that the caller may be.
pub(crate) struct Reading<'a> {
    pub interface: &'a Interface,
    pub query: &'a Query,
    pub entity: &'a Entity,
    pub layout: Vec<Field>,
    who: Option<Who<'a>>,
    readers: Vec<&'a Reader>,
}

/// An object as a caller gets it.
pub(crate) struct Shown {
    pub values: Vec<Value>,
    /// Fields that no reader whom the caller fits would see.
    pub omitted: BTreeSet<Name>,
}

impl<'a> Reading<'a> {
    /// What the caller may ask at all. This does not depend on any object, so that a refusal tells nothing of one.
    pub(crate) fn new(
        interface: &'a Interface,
        query: &'a Query,
        caller: Option<&'a Caller>,
    ) -> Result<Self, ApiError> {
        let shape = interface.shape();
        let entity = shape.entity(query.over.as_str()).ok_or(Code::INTERNAL)?;
        let who = caller.map(Caller::who);
        let fits = |reader: &&Reader| {
            reader.everyone || who.is_some_and(|who| who.may_be(shape.contract.as_str(), reader))
        };
        let readers: Vec<&Reader> = query.readers.iter().filter(fits).collect();
        if readers.is_empty() {
            let refusal = match caller {
                None => {
                    Refusal::new(Code::NOT_AUTHORIZED).detail("the query takes a signed request")
                }
                Some(_) => Refusal::new(Code::FORBIDDEN)
                    .detail("no reader of the query has a role of this key"),
            };
            return Err(refusal.into());
        }
        Ok(Self { interface, query, entity, layout: entity.layout(), who, readers })
    }

    /// The object, if the caller may read it.
    pub(crate) fn show(&self, value: &RegistryValue) -> Option<Shown> {
        // An object of an older layout is read by that layout's queries.
        if value.schema != self.entity.schema {
            return None;
        }
        let codec = self.interface.codec();
        let limit = limits::REGISTRY_VALUE_BYTES_MAX;
        let values = codec.decode_record(&self.layout, &value.body, limit).ok()?;
        let object = Some((self.layout.as_slice(), values.as_slice()));
        let relates = |reader: &&&Reader| match self.who {
            _ if reader.everyone => true,
            Some(who) => who.relates(&reader.scope, object),
            None => false,
        };
        let mut omits = self
            .readers
            .iter()
            .filter(relates)
            .map(|reader| reader.omit.iter().cloned().collect::<BTreeSet<Name>>());
        // Rights add up: a field is kept back only if each of the readers that fit goes without it.
        let first = omits.next()?;
        let omitted = omits.fold(first, |all, more| all.intersection(&more).cloned().collect());
        Some(Shown { values, omitted })
    }

    /// The object as JSON.
    pub(crate) fn print(&self, shown: &Shown) -> Result<serde_json::Value, ApiError> {
        let printed = self.interface.codec().print_record(&self.layout, &shown.values);
        let mut json = printed.map_err(|_| Code::STATE_CORRUPT)?;
        if let Some(members) = json.as_object_mut() {
            members.retain(|name, _| !shown.omitted.iter().any(|omitted| omitted.as_str() == name));
        }
        Ok(json)
    }
}

//! Who may act or read: role, and relation to an object. One rule for those who change objects and those who look at them.
//!
//! Comes in: who signed, an actor or a reader of the declaration, an object's values. Goes out: whether they fit. Never: a right that no
//! row gives.

use crate::{
    Value,
    shape::{Actor, Reader, Scope},
    types::Field,
};
use alloc::{string::ToString, vec, vec::Vec};
use yinglian_protocol::{CreditCode, Name, Region, calls::membership::ROLES};

/// Who signed a call or a request, as the chain knows him.
#[derive(Debug, Clone, Copy)]
pub struct Who<'a> {
    /// Organisation of the key.
    pub organization: &'a CreditCode,
    /// Roles of the key, or of the delegation that it signs under.
    pub roles: &'a [Name],
    /// Region in which the key acts.
    pub region: &'a Region,
    /// True when a person's or post's delegation signs, not a system's key.
    pub person: bool,
}

impl Who<'_> {
    /// True when the key holds a role as a declaration names it: one of the chain, or one of the contract's own, which keys hold as
    /// `contract.role`.
    pub fn holds(&self, contract: &str, role: &str) -> bool {
        if ROLES.contains(&role) {
            return self.roles.iter().any(|held| held.as_str() == role);
        }
        let own = |held: &str| {
            held.strip_prefix(contract).and_then(|rest| rest.strip_prefix('.')) == Some(role)
        };
        self.roles.iter().any(|held| own(held.as_str()))
    }

    /// True when the key fits an actor of a row, for this object: the fields of its layout and their values; none while it is made.
    pub fn acts_as(
        &self,
        contract: &str,
        actor: &Actor,
        object: Option<(&[Field], &[Value])>,
    ) -> bool {
        let role = actor.role.as_ref().is_none_or(|role| self.holds(contract, role.as_str()));
        let person = actor.person.is_none_or(|person| person == self.person);
        role && person && self.relates(&actor.scope, object)
    }

    /// True when the key holds what a reader needs, whatever the object.
    pub fn may_be(&self, contract: &str, reader: &Reader) -> bool {
        reader.role.as_ref().is_none_or(|role| self.holds(contract, role.as_str()))
    }

    /// True when the object stands in the relation that a scope asks for.
    pub fn relates(&self, scope: &Scope, object: Option<(&[Field], &[Value])>) -> bool {
        let Some(name) = scope.field() else { return true };
        let Some((layout, values)) = object else { return false };
        let at = layout.iter().position(|field| field.name == *name);
        let Some(value) = at.and_then(|at| values.get(at)) else { return false };
        let own = self.organization.to_string();
        match scope {
            Scope::Any => true,
            Scope::Own(_) => texts(value).contains(&own.as_str()),
            // Another organisation, and there is one.
            Scope::Other(_) => {
                let named = texts(value);
                !named.is_empty() && !named.contains(&own.as_str())
            }
            Scope::Region(_) => {
                let regions = texts(value);
                let inside =
                    |text: &&str| Region::parse(text).is_ok_and(|at| self.region.contains(&at));
                !regions.is_empty() && regions.iter().all(inside)
            }
        }
    }
}

/// The texts of a value that is a text, an option of one, or a list of them.
fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::Text(text) => vec![text.as_str()],
        Value::Option(Some(inner)) => texts(inner),
        Value::List(items) => items.iter().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

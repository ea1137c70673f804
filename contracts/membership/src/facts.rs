//! What other contracts learn of members: `organization@1`, for the code of an organisation.
//!
//! Comes in: a question. Goes out: named values, or nothing when nobody is registered under the code. Never: keys, names.

use crate::{Organization, key_of, view::load};
use yinglian_contract_api::{FactValues, StateError, StateRead};
use yinglian_interface::Value;
use yinglian_protocol::CreditCode;

/// Name and version of the one fact.
const ORGANIZATION: (&str, u16) = ("organization", 1);

/// Answers another contract's question.
pub(crate) fn tell(
    state: &dyn StateRead,
    name: &str,
    version: u16,
    key: &[Value],
) -> Result<Option<FactValues>, StateError> {
    let [Value::Text(code)] = key else { return Ok(None) };
    let Some(code) = CreditCode::parse(code).ok().filter(|_| (name, version) == ORGANIZATION)
    else {
        return Ok(None);
    };
    let Some(found) = load::<Organization>(state, &key_of::organization(&code))? else {
        return Ok(None);
    };
    let parent = found.facts.parent.map(|code| Box::new(Value::Text(code.to_string())));
    Ok(Some(FactValues::from([
        ("region".to_owned(), Value::Text(found.facts.region.to_string())),
        ("parent".to_owned(), Value::Option(parent)),
        ("suspended".to_owned(), Value::Bool(found.suspended)),
    ])))
}

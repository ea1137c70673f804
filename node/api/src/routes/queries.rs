//! The declared queries of contracts: one object by its key, or the objects of an index, page by page.

use crate::{
    auth::{Caller, MaybeCaller},
    ports::{IndexPage, StoredObject},
    problem::ApiError,
    reading::{Reading, Shown},
    service::Api,
};
use axum::{
    Json,
    extract::{Path, Query as UrlQuery, State},
    http::Uri,
};
use serde::Serialize;
use serde_json::Value as JsonValue;
use std::collections::BTreeMap;
use yinglian_interface::{
    Interface, Type, Value,
    shape::{Query, Shape},
};
use yinglian_protocol::{Code, Name};

/// Objects in a page when the caller names no number.
pub(crate) const PAGE_DEFAULT: usize = 100;
/// Most objects in a page.
pub(crate) const PAGE_MAX: usize = 500;
/// Most objects looked at for a page: what lies between two that the caller may read costs as much as they do.
const SCANNED_MAX: usize = 5_000;
/// Parameters of a page, beside the fields that an index is given.
pub(crate) const CURSOR: &str = "cursor";
pub(crate) const LIMIT: &str = "limit";

/// An object.
#[derive(Debug, Serialize)]
pub(crate) struct ObjectAnswer {
    /// Its key.
    key: String,
    /// How often it was written.
    revision: u64,
    /// Position in the log of the record that wrote it last; null when the genesis did.
    written_at: Option<u64>,
    /// Its fields, those kept from this reader left out.
    object: JsonValue,
}

/// A page.
#[derive(Debug, Serialize)]
pub(crate) struct PageAnswer {
    objects: Vec<ObjectAnswer>,
    /// Where the next page begins; null behind the last.
    cursor: Option<String>,
}

/// A query's answer.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Answer {
    One(ObjectAnswer),
    Page(PageAnswer),
}

/// `GET /v1/{contract}/{query}`, with `@version` where not the newest is meant. What it takes stands in the declaration, from which the
/// description at `/v1/openapi.json` is made.
pub(crate) async fn query(
    State(api): State<Api>,
    MaybeCaller(caller): MaybeCaller,
    Path((contract, query)): Path<(String, String)>,
    uri: Uri,
) -> Result<Json<Answer>, ApiError> {
    let no_query = || ApiError::not_found("no such query; GET /v1/interfaces lists contracts");
    let contract: Name = contract.parse().map_err(|_| no_query())?;
    let declared = api.node().interface(&contract).await?.ok_or_else(no_query)?;
    let found = find(declared.interface.shape(), &query).ok_or_else(no_query)?;
    let reading = Reading::new(&declared.interface, found, caller.as_ref())?;
    let mut given = Given::read(&uri)?;
    if found.by.is_some() {
        page(&api, &reading, caller.as_ref(), &mut given, &uri).await.map(Answer::Page).map(Json)
    } else {
        one(&api, &reading, caller.as_ref(), &mut given).await.map(Answer::One).map(Json)
    }
}

/// The query of a name, the newest version unless one is named.
fn find<'s>(shape: &'s Shape, text: &str) -> Option<&'s Query> {
    let (name, version) = match text.split_once('@') {
        Some((name, version)) => (name, Some(crate::extract::number(version)?)),
        None => (text, None),
    };
    let named = shape.queries.iter().filter(|query| query.name.as_str() == name);
    let meant =
        named.filter(|query| version.is_none_or(|version| version == u64::from(query.version)));
    meant.max_by_key(|query| query.version)
}

/// Parameters of the request that nobody took yet.
struct Given(BTreeMap<String, String>);

impl Given {
    fn read(uri: &Uri) -> Result<Self, ApiError> {
        let pairs = UrlQuery::<Vec<(String, String)>>::try_from_uri(uri);
        let UrlQuery(pairs) = pairs.map_err(|_| ApiError::malformed("query: not in its form"))?;
        let mut given = BTreeMap::new();
        for (name, text) in pairs {
            if given.insert(name.clone(), text).is_some() {
                return Err(ApiError::malformed(format!("query: {name} occurs twice")));
            }
        }
        Ok(Self(given))
    }

    fn value(&mut self, interface: &Interface, name: &Name, of: &Type) -> Result<Value, ApiError> {
        let text = self.0.remove(name.as_str());
        let text = text.ok_or_else(|| ApiError::malformed(format!("query: {name} is missing")))?;
        let value = interface.codec().parse_text(of, &text);
        value.map_err(|refusal| ApiError::malformed(format!("query: {name} {}", refusal.reason)))
    }

    fn end(&self) -> Result<(), ApiError> {
        match self.0.keys().next() {
            Some(name) => Err(ApiError::malformed(format!("query: {name} is not asked for"))),
            None => Ok(()),
        }
    }
}

async fn one(
    api: &Api,
    reading: &Reading<'_>,
    caller: Option<&Caller>,
    given: &mut Given,
) -> Result<ObjectAnswer, ApiError> {
    let (interface, parts) = (reading.interface, &reading.entity.key);
    let mut texts = Vec::new();
    for part in parts {
        let value = given.value(interface, &part.name, &part.of)?;
        let text = interface.codec().print_text(&part.of, &value).map_err(|_| Code::INTERNAL)?;
        if parts.len() > 1 && text.contains('/') {
            return Err(ApiError::malformed(format!("query: {} holds a slash", part.name)));
        }
        texts.push(text);
    }
    given.end()?;
    let key = texts.join("/");
    let value = api.node().object(&reading.entity.registry_key(&key)).await?;
    // What is not there and what is not the caller's to read are told in the same words.
    let stored = value.map(|value| StoredObject { place: Vec::new(), key, value });
    let shown = stored.and_then(|stored| Some((reading.show(&stored.value)?, stored)));
    let (shown, stored) = shown.ok_or(Code::NOT_FOUND)?;
    let answer = answer(reading, &stored, &shown)?;
    record_read(reading, caller, &[answer.key.as_str()]);
    Ok(answer)
}

async fn page(
    api: &Api,
    reading: &Reading<'_>,
    caller: Option<&Caller>,
    given: &mut Given,
    uri: &Uri,
) -> Result<PageAnswer, ApiError> {
    let cursor = given.0.remove(CURSOR);
    let limit = limit(given.0.remove(LIMIT))?;
    let question = question(caller, uri, given);
    let mut asked = asked(reading, given)?;
    if let Some(text) = &cursor {
        asked.after = Some(api.shared.cursors.open(&question, text)?);
    }
    let (mut answers, mut scanned) = (Vec::new(), 0);
    let more = 'scan: loop {
        asked.objects_max = (limit - answers.len() + 1).max(50).min(SCANNED_MAX - scanned);
        let found = api.node().objects(asked.clone()).await?;
        let is_last = found.len() < asked.objects_max;
        for stored in found {
            if answers.len() == limit {
                break 'scan true;
            }
            scanned += 1;
            let shown = reading.show(&stored.value);
            if let Some(shown) = shown.filter(|shown| holds(reading, &asked, &stored.key, shown)) {
                answers.push(answer(reading, &stored, &shown)?);
            }
            asked.after = Some(stored.place);
        }
        if is_last {
            break false;
        }
        if scanned >= SCANNED_MAX {
            break true;
        }
    };
    let keys: Vec<&str> = answers.iter().map(|answer| answer.key.as_str()).collect();
    record_read(reading, caller, &keys);
    let place = asked.after.filter(|_| more);
    let cursor = place.map(|place| api.shared.cursors.seal(&question, &place)).transpose()?;
    Ok(PageAnswer { objects: answers, cursor })
}

fn limit(text: Option<String>) -> Result<usize, ApiError> {
    let Some(text) = text else { return Ok(PAGE_DEFAULT) };
    let number = crate::extract::number(&text).and_then(|number| usize::try_from(number).ok());
    let number = number.filter(|number| (1..=PAGE_MAX).contains(number));
    number.ok_or_else(|| ApiError::malformed(format!("query: limit is 1 to {PAGE_MAX}")))
}

/// What a cursor is bound to: who asks, and everything that he asks but the page.
fn question(caller: Option<&Caller>, uri: &Uri, given: &Given) -> Vec<u8> {
    let caller = caller.map(|caller| caller.address.to_string());
    format!("{caller:?} {} {:?}", uri.path(), given.0).into_bytes()
}

/// The index's page that the query asks for.
fn asked(reading: &Reading<'_>, given: &mut Given) -> Result<IndexPage, ApiError> {
    let shape = reading.interface.shape();
    let index = reading.query.by.as_ref().ok_or(Code::INTERNAL)?;
    let values = given_fields(reading)
        .iter()
        .map(|(name, of)| given.value(reading.interface, name, of))
        .collect::<Result<_, _>>()?;
    given.end()?;
    Ok(IndexPage {
        contract: shape.contract.clone(),
        entity: reading.entity.name.clone(),
        index: index.clone(),
        given: values,
        after: None,
        objects_max: 0,
    })
}

/// The fields that the caller gives, with their types.
pub(crate) fn given_fields(reading: &Reading<'_>) -> Vec<(Name, Type)> {
    given_of(reading.entity, reading.query)
}

/// The same, of a declaration.
pub(crate) fn given_of(
    entity: &yinglian_interface::shape::Entity,
    query: &Query,
) -> Vec<(Name, Type)> {
    let index = entity.indexes.iter().find(|index| Some(&index.name) == query.by.as_ref());
    let count = usize::try_from(query.given).unwrap_or(usize::MAX);
    let names = index.into_iter().flat_map(|index| index.fields.iter().take(count));
    let of = |name: &Name| {
        let part = entity.key.iter().find(|part| part.name == *name).map(|part| part.of.clone());
        let of = part.or_else(|| entity.field(name.as_str()).map(|field| field.of))?;
        Some((name.clone(), of))
    };
    names.filter_map(of).collect()
}

/// Whether the object has what was given: an index tells long texts apart by their beginnings only.
fn holds(reading: &Reading<'_>, asked: &IndexPage, key: &str, shown: &Shown) -> bool {
    let Some(parts) = reading.entity.key_parts(key) else { return false };
    given_fields(reading).iter().zip(&asked.given).all(|((name, of), given)| {
        if let Some(at) = reading.entity.key.iter().position(|part| part.name == *name) {
            let part =
                parts.get(at).and_then(|text| reading.interface.codec().parse_text(of, text).ok());
            return part.as_ref() == Some(given);
        }
        let at = reading.layout.iter().position(|field| field.name == *name);
        at.and_then(|at| shown.values.get(at)).is_some_and(|value| is_or_lists(value, given))
    })
}

fn is_or_lists(value: &Value, given: &Value) -> bool {
    match (value, given) {
        (Value::List(items), given) => items.contains(given),
        (Value::Option(Some(value)), Value::Option(Some(given))) => is_or_lists(value, given),
        (value, given) => value == given,
    }
}

fn answer(
    reading: &Reading<'_>,
    stored: &StoredObject,
    shown: &Shown,
) -> Result<ObjectAnswer, ApiError> {
    Ok(ObjectAnswer {
        key: stored.key.clone(),
        revision: stored.value.version,
        written_at: stored.value.written_at.map(|position| position.0),
        object: reading.print(shown)?,
    })
}

/// Reads of sensitive entities leave a trace that an auditor can ask for.
fn record_read(reading: &Reading<'_>, caller: Option<&Caller>, keys: &[&str]) {
    if let (true, Some(caller)) = (reading.entity.sensitive, caller) {
        caller.log_query(&reading.interface.shape().contract, &reading.query.name, keys);
    }
}

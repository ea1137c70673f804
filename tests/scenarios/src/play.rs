//! A scenario's file, and its play.

use crate::City;
use anyhow::Context;
use serde::Deserialize;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use yinglian_protocol::calls::format_time;

/// A scenario.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// What it shows, in Chinese and English.
    pub title: Title,
    /// Names of the people, and the key each signs with: `pds-008/provider`.
    pub people: BTreeMap<String, String>,
    /// What happens.
    pub steps: Vec<Step>,
}

/// Two languages.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Title {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// A step: a call, a move of the clock, or a look at an object.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// What the step is for.
    #[serde(default)]
    note: Option<String>,
    /// Who calls.
    #[serde(default)]
    by: Option<String>,
    /// `contract.method`.
    #[serde(default)]
    call: Option<String>,
    /// Arguments; a text that begins with `@` is computed.
    #[serde(default)]
    arguments: Option<Json>,
    /// Code of the refusal, and the guard where one refuses; absent for a call that is applied.
    #[serde(default)]
    refused: Option<String>,
    /// Minutes by which the clock moves.
    #[serde(default)]
    advance_minutes: Option<u64>,
    /// `contract.entity KEY`.
    #[serde(default)]
    look: Option<String>,
    /// What the object's members are.
    #[serde(default)]
    holds: Option<BTreeMap<String, Json>>,
}

/// Plays a scenario from its text.
///
/// # Errors
/// The step that did not end as written.
pub async fn play(text: &str) -> anyhow::Result<()> {
    let scenario: Scenario = toml::from_str(text)?;
    let mut city = City::up().await?;
    for (number, step) in (1..).zip(&scenario.steps) {
        let note = step.note.as_deref().unwrap_or_default();
        let what = || format!("{}: step {number} {note} {step:?}", scenario.title.en);
        one(&mut city, &scenario, step).await.with_context(what)?;
    }
    Ok(())
}

async fn one(city: &mut City, scenario: &Scenario, step: &Step) -> anyhow::Result<()> {
    if let Some(minutes) = step.advance_minutes {
        return city.advance(minutes * 60_000).await;
    }
    if let Some(look) = &step.look {
        let (entity, key) = look.split_once(' ').context("contract.entity KEY")?;
        let object = city.object(entity, key).await?;
        let Some(holds) = &step.holds else {
            anyhow::ensure!(object.is_none(), "there is {object:?}");
            return Ok(());
        };
        let object = object.context("there is no such object")?;
        let now_ms = city.now_ms().await?;
        for (member, expected) in holds {
            let expected = computed(expected, scenario, now_ms, city)?;
            let found = member.split('.').fold(&object, |at, part| match part.parse::<usize>() {
                Ok(index) => &at[index],
                Err(_) => &at[part],
            });
            anyhow::ensure!(*found == expected, "{member} is {found}, not {expected}, in {object}");
        }
        return Ok(());
    }
    let (by, call) = step.by.as_deref().zip(step.call.as_deref()).context("a step does nothing")?;
    let key = city.key(scenario.people.get(by).context("nobody of this name")?)?;
    let now_ms = city.now_ms().await?;
    let given = step.arguments.clone().unwrap_or(json!({}));
    let arguments = computed(&given, scenario, now_ms, city)?;
    let end = city.call(&key, call, &arguments).await?;
    let expected = step.refused.as_deref().unwrap_or("applied");
    anyhow::ensure!(end == expected, "ended {end}, not {expected}");
    Ok(())
}

/// Computes the texts that begin with `@`: `@now`, `@now+30d`, `@now-90m`, `@none`, `@hash:7`, `@digest:7`, `@organization:PERSON`, `@address:PERSON`.
fn computed(value: &Json, scenario: &Scenario, now_ms: u64, city: &City) -> anyhow::Result<Json> {
    Ok(match value {
        Json::String(text) => match text.strip_prefix('@') {
            Some(rule) => rule_of(rule, scenario, now_ms, city)?,
            None => value.clone(),
        },
        Json::Array(items) => Json::Array(
            items
                .iter()
                .map(|item| computed(item, scenario, now_ms, city))
                .collect::<anyhow::Result<_>>()?,
        ),
        Json::Object(members) => {
            let mut all = serde_json::Map::new();
            for (name, member) in members {
                all.insert(name.clone(), computed(member, scenario, now_ms, city)?);
            }
            Json::Object(all)
        }
        other => other.clone(),
    })
}

fn rule_of(rule: &str, scenario: &Scenario, now_ms: u64, city: &City) -> anyhow::Result<Json> {
    if let Some(shift) = rule.strip_prefix("now") {
        let ms = shifted(now_ms, shift)?;
        return Ok(json!(format_time(ms).context("a time")?));
    }
    if rule == "none" {
        return Ok(Json::Null);
    }
    let (word, of) = rule.split_once(':').context("@word:value")?;
    Ok(match word {
        "hash" => json!(format!("{:02x}", of.parse::<u8>()?).repeat(32)),
        "digest" => json!({"algorithm": "sm3", "length_bytes": "10",
            "value": format!("{:02x}", of.parse::<u8>()?).repeat(32)}),
        "address" => {
            let key = city.key(scenario.people.get(of).context("nobody of this name")?)?;
            json!(key.public_key().address().to_string())
        }
        other => anyhow::bail!("@{other} is not known"),
    })
}

/// `+30d`, `-90m`, or nothing.
fn shifted(now_ms: u64, shift: &str) -> anyhow::Result<u64> {
    if shift.is_empty() {
        return Ok(now_ms);
    }
    let (sign, rest) = shift.split_at(1);
    let (count, unit) = rest.split_at(rest.len() - 1);
    let unit_ms = match unit {
        "d" => 86_400_000,
        "h" => 3_600_000,
        "m" => 60_000,
        "s" => 1_000,
        _ => anyhow::bail!("{shift}: d, h, m or s"),
    };
    let by = count.parse::<u64>()? * unit_ms;
    Ok(if sign == "-" { now_ms - by } else { now_ms + by })
}

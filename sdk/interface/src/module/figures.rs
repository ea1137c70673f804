//! Indicators: measures over entities, and a formula.

use super::{
    calls,
    read::{Item, Reader, Section},
};
use crate::{
    Type,
    shape::{Better, Entity, Expression, Fold, Indicator, Measure},
};
use alloc::{format, string::ToString, vec::Vec};
use yinglian_protocol::Name;

pub(super) fn indicators<'t>(
    reader: &mut Reader<'t>,
    root: &mut Section<'t>,
    entities: &[Entity],
) -> Vec<Indicator> {
    let mut indicators = Vec::new();
    for (name, version, mut section) in
        calls::versioned_names(reader, root, "indicators", "indicator")
    {
        let place = section.place.clone();
        reader.title(&place, &mut section);
        let unit = reader.need(&mut section, "unit", Reader::name);
        let better = reader.may(&mut section, "better", better);
        let formula = section.take("formula").and_then(|item| {
            reader.place(format!("{place}/formula"), item.line);
            reader.expression(&place, item)
        });
        let mut measures = Vec::new();
        for (measure, item) in reader.names(&mut section, "measures", &place) {
            let place = format!("{place}/{measure}");
            measures.extend(self::measure(reader, &place, measure, item, entities));
        }
        reader.finish(section);
        // One measure alone is its own formula.
        let only = match measures.as_slice() {
            [only] => Some(Expression(only.name.to_string())),
            _ => None,
        };
        match (unit, formula.or(only)) {
            (Some(unit), Some(formula)) => {
                indicators.push(Indicator { name, version, unit, better, measures, formula });
            }
            (_, formula) => {
                if formula.is_none() {
                    let line = reader.line_of(&place);
                    reader.fault(line, place, "has no formula", "write formula = …");
                }
            }
        }
    }
    indicators
}

fn better<'t>(reader: &mut Reader<'t>, place: &str, item: Item<'t>) -> Option<Better> {
    match reader.ascii(place, item)?.as_str() {
        "higher" => Some(Better::Higher),
        "lower" => Some(Better::Lower),
        other => {
            let what = format!("is better {other}");
            reader.fault(item.line, place, what, "write higher or lower");
            None
        }
    }
}

/// `within` names a time that lies in the period, `where` a further condition; `sum`, `min`, `max` or `distinct` is folded, else objects
/// are counted.
fn measure<'t>(
    reader: &mut Reader<'t>,
    place: &str,
    name: Name,
    item: Item<'t>,
    entities: &[Entity],
) -> Option<Measure> {
    reader.place(place, item.line);
    let mut section = reader.section(place, item)?;
    let over = calls::over(reader, &mut section, &name, entities)?;
    let within = section.take("within").and_then(|item| {
        let field = reader.name(place, item)?;
        let entity = entities.iter().find(|entity| entity.name == over)?;
        let condition = within(entity, &field);
        if condition.is_none() {
            let what = format!("lies within {field}, which is no time of {over}");
            reader.fault(item.line, place, what, "name a field of the type time or time?");
        }
        condition
    });
    let further = reader.may(&mut section, "where", Reader::expression);
    let condition = match (within, further) {
        (Some(within), Some(further)) if further.0.contains("||") || further.0.contains('?') => {
            Some(Expression(format!("{within} && ({further})")))
        }
        (Some(within), Some(further)) => Some(Expression(format!("{within} && {further}"))),
        (within, further) => within.map(Expression).or(further),
    };
    let folds = [
        reader.may(&mut section, "sum", Reader::expression).map(Fold::Sum),
        reader.may(&mut section, "min", Reader::expression).map(Fold::Min),
        reader.may(&mut section, "max", Reader::expression).map(Fold::Max),
        reader.may(&mut section, "distinct", Reader::expression).map(Fold::Distinct),
    ];
    let mut folds: Vec<Fold> = folds.into_iter().flatten().collect();
    reader.title(place, &mut section);
    reader.finish(section);
    if folds.len() > 1 {
        reader.fault(
            item.line,
            place,
            "folds in more than one way",
            "keep one of sum, min, max, distinct",
        );
        return None;
    }
    Some(Measure { name, over, condition, fold: folds.pop().unwrap_or(Fold::Count) })
}

/// The condition that a time lies in the period.
fn within(entity: &Entity, field: &Name) -> Option<alloc::string::String> {
    let found = entity.fields.iter().find(|found| found.name == *field)?;
    match &found.of {
        Type::Time => Some(format!("object.{field} >= period.from && object.{field} < period.to")),
        Type::Option(inner) if **inner == Type::Time => Some(format!(
            "object.{field}.hasValue() && object.{field}.orValue(period.from) >= period.from && \
             object.{field}.orValue(period.from) < period.to"
        )),
        _ => None,
    }
}

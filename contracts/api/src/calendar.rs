//! Days, working days, and when a limit is over. The zone is UTC+8 by rule; the calendar is chain data, published by the authority
//! for each year as the State Council announces it.
//!
//! Comes in: times of headers, and the years' exceptions as facts. Goes out: when something is due, how much of a unit went by.
//! Never: a zone database, a clock.

use crate::{Ctx, StateError};
use yinglian_interface::{Value, shape::Unit};

/// UTC+8, milliseconds.
const ZONE_MS: u64 = 8 * 3_600_000;
const DAY_MS: u64 = 86_400_000;
const MINUTE_MS: u64 = 60_000;
/// Contract, fact and version that tell a year's exceptions: `off` and `work`, lists of days of the year, from 1.
const FACT: (&str, &str, u16) = ("calendar", "year", 1);
/// Most working days that a limit may have, so that counting them is bounded.
pub(crate) const WORKING_DAYS_MAX: u32 = 1_000;
/// Most days that counting looks at: after so many the rest counts as none. Thirty years of any state is no deadline.
const DAYS_MAX: u64 = 11_000;

/// A day of the zone, counted from 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(pub u64);

impl Day {
    /// The day that a time lies in.
    pub fn of(time_ms: u64) -> Self {
        Self(time_ms.saturating_add(ZONE_MS).checked_div(DAY_MS).unwrap_or(0))
    }

    /// Its last millisecond.
    pub fn end_ms(self) -> u64 {
        let next = self.0.saturating_add(1).saturating_mul(DAY_MS);
        next.saturating_sub(ZONE_MS).saturating_sub(1)
    }

    /// Saturday or Sunday. 1970-01-01 was a Thursday.
    fn is_weekend(self) -> bool {
        self.0.saturating_add(3).checked_rem(7).unwrap_or(0) >= 5
    }

    /// Year, and day of the year from 1 (Gregorian, counted in eras of 400 years).
    fn in_year(self) -> (u64, u64) {
        let (mut year, mut left) = (1970_u64, self.0);
        loop {
            let length = if is_leap(year) { 366 } else { 365 };
            if left < length {
                return (year, left.saturating_add(1));
            }
            left = left.saturating_sub(length);
            year = year.saturating_add(1);
        }
    }
}

fn is_leap(year: u64) -> bool {
    let divides = |by: u64| year.checked_rem(by) == Some(0);
    divides(4) && (!divides(100) || divides(400))
}

/// Exceptions of one year.
#[derive(Default)]
struct Exceptions {
    off: Vec<u64>,
    work: Vec<u64>,
}

/// The calendar of a chain, read year by year as it is needed.
pub struct Calendar<'c, 'a> {
    ctx: &'c Ctx<'a>,
    years: Vec<(u64, Exceptions)>,
}

impl<'c, 'a> Calendar<'c, 'a> {
    /// The calendar in force for a call.
    pub fn new(ctx: &'c Ctx<'a>) -> Self {
        Self { ctx, years: Vec::new() }
    }

    /// True for a working day: weekdays, but those published as days off, and the days published as worked. In a year that is not
    /// published every weekday is one.
    pub fn is_working(&mut self, day: Day) -> Result<bool, StateError> {
        let (year, of_year) = day.in_year();
        let exceptions = self.exceptions(year)?;
        let listed = |days: &[u64]| days.contains(&of_year);
        Ok(!listed(&exceptions.off) && (listed(&exceptions.work) || !day.is_weekend()))
    }

    fn exceptions(&mut self, year: u64) -> Result<&Exceptions, StateError> {
        if !self.years.iter().any(|(known, _)| *known == year) {
            let read = read(self.ctx, year)?;
            self.years.push((year, read));
        }
        let found = self.years.iter().find(|(known, _)| *known == year);
        found.map(|(_, exceptions)| exceptions).ok_or_else(|| StateError::new("calendar"))
    }

    /// When a limit that begins at a time is over. Minutes run at once; days and working days begin with the next day and end with
    /// the last one (民法典 201–203).
    pub fn due_ms(&mut self, from_ms: u64, unit: Unit, limit: u32) -> Result<u64, StateError> {
        Ok(match unit {
            Unit::Count | Unit::Minutes => {
                from_ms.saturating_add(u64::from(limit).saturating_mul(MINUTE_MS))
            }
            Unit::Days => Day(Day::of(from_ms).0.saturating_add(u64::from(limit))).end_ms(),
            Unit::WorkingDays => self.working_day_after(Day::of(from_ms), limit)?.end_ms(),
        })
    }

    fn working_day_after(&mut self, from: Day, count: u32) -> Result<Day, StateError> {
        let (mut day, mut left) = (from, count);
        let last = from.0.saturating_add(DAYS_MAX);
        while left > 0 && day.0 < last {
            day = Day(day.0.saturating_add(1));
            if self.is_working(day)? {
                left = left.saturating_sub(1);
            }
        }
        Ok(day)
    }

    /// How much of a unit lies between two times: whole minutes, or the days after the first up to the second.
    pub fn between(&mut self, from_ms: u64, to_ms: u64, unit: Unit) -> Result<u32, StateError> {
        let (from, to) = (Day::of(from_ms), Day::of(to_ms));
        let count = match unit {
            Unit::Count | Unit::Minutes => {
                to_ms.saturating_sub(from_ms).checked_div(MINUTE_MS).unwrap_or(0)
            }
            Unit::Days => to.0.saturating_sub(from.0),
            Unit::WorkingDays => {
                let mut count = 0_u64;
                let last = to.0.min(from.0.saturating_add(DAYS_MAX));
                for day in from.0.saturating_add(1)..=last {
                    count = count.saturating_add(u64::from(self.is_working(Day(day))?));
                }
                count
            }
        };
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    }
}

fn read(ctx: &Ctx<'_>, year: u64) -> Result<Exceptions, StateError> {
    let (contract, name, version) = FACT;
    let key = [Value::Integer(i128::from(year))];
    let Some(fact) = ctx.ask(contract, name, version, &key)? else {
        return Ok(Exceptions::default());
    };
    let days = |name: &str| match fact.get(name) {
        Some(Value::List(days)) => days.iter().filter_map(number).collect(),
        _ => Vec::new(),
    };
    Ok(Exceptions { off: days("off"), work: days("work") })
}

fn number(value: &Value) -> Option<u64> {
    match value {
        Value::Integer(number) => u64::try_from(*number).ok(),
        _ => None,
    }
}

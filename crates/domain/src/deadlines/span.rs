//! How a term is counted.

use std::{fmt, time::Duration};

use jiff::{
    Timestamp, ToSpan as _,
    civil::Weekday,
    tz::{Offset, TimeZone},
};

use crate::Time;

/// How long a term is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    /// No time at all.
    AtOnce,
    /// Hours, one after the other.
    Hours(u16),
    /// Days of 24 hours.
    Days(u16),
    /// Days that are neither Saturday nor Sunday. No holiday is left out: that could only make the end later.
    BusinessDays(u16),
    /// Calendar months: the same day of the month, or its last day where the month is shorter.
    Months(u16),
}

impl Span {
    /// Reads `1 month`, `45 days`, `10 business days`, `72 hours`, `at once`.
    pub fn parse(text: &str) -> Option<Span> {
        if text == "at once" {
            return Some(Span::AtOnce);
        }
        let (number, unit) = text.split_once(' ')?;
        let number: u16 = number
            .parse()
            .ok()
            .filter(|number| (1..=366).contains(number))?;
        match (unit, number) {
            ("hour", 1) => Some(Span::Hours(1)),
            ("hours", 2..) => Some(Span::Hours(number)),
            ("day", 1) => Some(Span::Days(1)),
            ("days", 2..) => Some(Span::Days(number)),
            ("business day", 1) => Some(Span::BusinessDays(1)),
            ("business days", 2..) => Some(Span::BusinessDays(number)),
            ("month", 1) => Some(Span::Months(1)),
            ("months", 2..=36) => Some(Span::Months(number)),
            _ => None,
        }
    }

    /// The moment this long after `start`.
    pub fn after(self, start: Time) -> Time {
        match self {
            Span::AtOnce => start,
            Span::Hours(hours) => start.plus(Duration::from_hours(u64::from(hours))),
            Span::Days(days) => start.plus(Duration::from_hours(24 * u64::from(days))),
            Span::BusinessDays(days) => business_days_after(start, days),
            Span::Months(months) => months_after(start, months),
        }
    }
}

/// As it is read.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (number, unit) = match self {
            Span::AtOnce => return f.write_str("at once"),
            Span::Hours(number) => (number, "hour"),
            Span::Days(number) => (number, "day"),
            Span::BusinessDays(number) => (number, "business day"),
            Span::Months(number) => (number, "month"),
        };
        let more = if *number == 1 { "" } else { "s" };
        write!(f, "{number} {unit}{more}")
    }
}

/// Whole weeks at once, then the rest; what begins on a weekend is as if it began on the Friday before.
fn business_days_after(start: Time, days: u16) -> Time {
    let Some(moment) = utc(start) else {
        return start;
    };
    let past_friday = match moment.weekday() {
        Weekday::Saturday => 1,
        Weekday::Sunday => 2,
        _ => 0,
    };
    let weekday = match moment.weekday() {
        Weekday::Saturday | Weekday::Sunday => 5,
        day => i64::from(day.to_monday_one_offset()),
    };
    let (weeks, rest) = (i64::from(days / 5), i64::from(days % 5));
    let over_weekend = if weekday + rest > 5 { 2 } else { 0 };
    let ahead = weeks * 7 + rest + over_weekend - past_friday;
    start.plus(Duration::from_hours(
        24 * u64::try_from(ahead).unwrap_or_default(),
    ))
}

fn months_after(start: Time, months: u16) -> Time {
    let moment = utc(start).and_then(|moment| moment.checked_add(i64::from(months).months()).ok());
    moment
        .and_then(|moment| moment.to_zoned(TimeZone::fixed(Offset::UTC)).ok())
        .map_or(start, |moment| Time(moment.timestamp().as_millisecond()))
}

fn utc(time: Time) -> Option<jiff::civil::DateTime> {
    let moment = Timestamp::from_millisecond(time.0).ok()?;
    Some(Offset::UTC.to_datetime(moment))
}

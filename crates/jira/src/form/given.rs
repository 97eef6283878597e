//! Values: how a text becomes one, and how Jira wants it.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Number, Value, json};
use url::Url;

use crate::Adf;
use crate::adf::clean_line;

/// The longest line that Jira takes in a field of one line, in UTF-16 units.
const LONGEST_LINE: usize = 255;
/// Jira's own bound for number fields.
const LARGEST: f64 = 1e14;
/// More labels or options than this is not what a form is for.
pub(super) const MOST: usize = 100;

/// A value for a field. Kept only as long as the issue is not made, so it says itself how Jira wants it.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Given {
    /// One line.
    Line(String),
    /// Markdown.
    Text(String),
    /// A number.
    Number(f64),
    /// `2026-11-23`
    Date(String),
    /// Milliseconds.
    Moment(i64),
    /// The id of an option.
    Choice(String),
    /// Ids of options.
    Choices(Vec<String>),
    /// The id of an option, and of one under it.
    Cascade(String, Option<String>),
    /// Words.
    Labels(Vec<String>),
}

/// Says nothing of the value: a person wrote it.
impl std::fmt::Debug for Given {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Given(..)")
    }
}

/// Why a value is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    /// More than this many characters.
    TooLong(usize),
    /// More than this many.
    TooMany(usize),
    /// Not a number, or beyond what Jira holds.
    NotANumber,
    /// Not a day.
    NotADate,
    /// Not a day and time.
    NotAMoment,
    /// Not an address that begins with http or https.
    NotAnAddress,
    /// Not one of the options.
    NotAnOption,
    /// A field that we cannot fill.
    NotSupported,
}

impl Given {
    /// As Jira wants it.
    pub fn as_value(&self) -> Value {
        match self {
            Given::Line(text) | Given::Date(text) => text.as_str().into(),
            Given::Text(markdown) => Adf::from_markdown(markdown, None).as_value().clone(),
            Given::Number(number) => json_number(*number),
            Given::Moment(ms) => {
                // Jira's offset has no colon, which RFC 3339 would want.
                let text = upvow_domain::Time(*ms).rfc3339();
                text.replace('Z', "+0000").into()
            }
            Given::Choices(ids) => ids.iter().map(|id| json!({ "id": id })).collect(),
            Given::Choice(id) | Given::Cascade(id, None) => json!({ "id": id }),
            Given::Cascade(id, Some(child)) => json!({"id": id, "child": {"id": child}}),
            Given::Labels(labels) => labels.iter().map(String::as_str).collect(),
        }
    }

    /// As [`super::CreateField::read`] reads it, for a form that is filled in already.
    pub fn texts(&self) -> Vec<String> {
        match self {
            Given::Line(text) | Given::Text(text) | Given::Date(text) | Given::Choice(text) => {
                vec![text.clone()]
            }
            Given::Number(number) => vec![json_number(*number).to_string()],
            Given::Moment(ms) => {
                let text = upvow_domain::Time(*ms).rfc3339();
                // To the minute, as a browser's own field has it.
                vec![text.chars().take(16).collect()]
            }
            Given::Choices(ids) => ids.clone(),
            Given::Labels(words) => vec![words.join(" ")],
            Given::Cascade(id, None) => vec![id.clone()],
            Given::Cascade(id, Some(child)) => vec![format!("{id}/{child}")],
        }
    }
}

/// A whole number without its `.0`, as a person would write it.
pub(crate) fn json_number(number: f64) -> Value {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() < EXACT {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "it is whole and below 2^53"
        )]
        return (number as i64).into();
    }
    Number::from_f64(number).map_or(Value::Null, Value::Number)
}

pub(super) fn at_most(text: &str, most: usize) -> Result<&str, Wrong> {
    if text.encode_utf16().count() > most {
        return Err(Wrong::TooLong(most));
    }
    Ok(text)
}

pub(super) fn line(text: &str) -> Result<String, Wrong> {
    let text = clean_line(text);
    at_most(text.trim(), LONGEST_LINE).map(str::to_owned)
}

pub(super) fn address(text: &str) -> Result<String, Wrong> {
    let url = Url::parse(text).map_err(|_| Wrong::NotAnAddress)?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Wrong::NotAnAddress);
    }
    at_most(url.as_str(), LONGEST_LINE).map(str::to_owned)
}

pub(super) fn number(text: &str) -> Result<f64, Wrong> {
    let number: f64 = text.parse().map_err(|_| Wrong::NotANumber)?;
    if number.is_finite() && number.abs() <= LARGEST {
        Ok(number)
    } else {
        Err(Wrong::NotANumber)
    }
}

/// A moment with its offset, or one as a browser's own field gives it, which is then in UTC.
pub(super) fn moment(text: &str) -> Result<i64, Wrong> {
    if let Ok(moment) = text.parse::<jiff::Timestamp>() {
        return Ok(moment.as_millisecond());
    }
    text.parse::<jiff::civil::DateTime>()
        .and_then(|written| jiff::tz::TimeZone::UTC.to_timestamp(written))
        .map(jiff::Timestamp::as_millisecond)
        .map_err(|_| Wrong::NotAMoment)
}

pub(super) fn labels(texts: &[&str]) -> Result<Vec<String>, Wrong> {
    let mut labels: Vec<String> = Vec::new();
    for word in texts
        .iter()
        .flat_map(|text| text.split(|c: char| c.is_whitespace() || c == ','))
    {
        let word = line(word)?;
        if !word.is_empty() && !labels.contains(&word) {
            labels.push(word);
        }
    }
    if labels.len() > MOST {
        return Err(Wrong::TooMany(MOST));
    }
    Ok(labels)
}

/// Values by field id as Jira wants them.
pub fn fields_of<'a>(
    values: impl IntoIterator<Item = (&'a String, &'a Given)>,
) -> Map<String, Value> {
    values
        .into_iter()
        .map(|(id, given)| (id.clone(), given.as_value()))
        .collect()
}

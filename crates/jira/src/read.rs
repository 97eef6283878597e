//! Readers for what Jira writes in more than one way.

use serde::{Deserialize, Deserializer};
use upvow_domain::Time;

/// A number or a text, as Jira's ids come.
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum Loose {
    Number(i64),
    Text(String),
    Other(serde::de::IgnoredAny),
}

impl Loose {
    /// As text; empty if it is neither.
    pub(crate) fn into_text(self) -> String {
        match self {
            Loose::Number(number) => number.to_string(),
            Loose::Text(text) => text,
            Loose::Other(_) => String::new(),
        }
    }

    /// A moment: milliseconds, or a text like `2019-06-01T12:42:30.000+0000`.
    pub(crate) fn into_time(self) -> Option<Time> {
        match self {
            Loose::Number(ms) => Some(Time(ms)),
            Loose::Text(text) => parse_time(&text),
            Loose::Other(_) => None,
        }
    }
}

/// Reads Jira's times. Their offset has no colon, which RFC 3339 would want.
pub(crate) fn parse_time(text: &str) -> Option<Time> {
    text.parse::<jiff::Timestamp>()
        .ok()
        .map(|moment| Time(moment.as_millisecond()))
}

/// A field that may be `null` where a value was promised.
pub(crate) fn null_as_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Option::<T>::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// `{"id": "..", "name": "..", "statusCategory": {"key": ".."}}`
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RawStatus {
    pub(crate) id: Loose,
    #[serde(default, deserialize_with = "null_as_default")]
    pub(crate) name: String,
    #[serde(default, deserialize_with = "null_as_default")]
    pub(crate) status_category: RawCategory,
}

#[derive(Deserialize, Default)]
pub(crate) struct RawCategory {
    #[serde(default, deserialize_with = "null_as_default")]
    pub(crate) key: String,
}

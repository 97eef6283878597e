//! What we read of a delivery: ids. Names, addresses, comments and texts are stepped over where they stand, and no copy
//! of them is made.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use upvow_domain::Time;
use upvow_domain::jira::{IssueId, IssueKey, IssueTypeId, JiraStatusId};

use super::DoorError;

/// Larger bodies are not read. Jira itself would send up to 25 MB; an issue read again says the same in 1 KB.
pub const LARGEST_DELIVERY: usize = 5 * 1024 * 1024;
/// A webhook id says which of our webhooks matched; no delivery matches more than we can have.
const MOST_MATCHED: usize = 100;

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Event {
    /// `jira:issue_updated`
    IssueUpdated,
    /// `jira:issue_deleted`
    IssueDeleted,
    /// `jira:issue_created`
    IssueCreated,
    /// Anything else.
    #[default]
    Other,
}

impl Event {
    fn of(text: &str) -> Event {
        match text {
            "jira:issue_updated" => Event::IssueUpdated,
            "jira:issue_deleted" => Event::IssueDeleted,
            "jira:issue_created" => Event::IssueCreated,
            _ => Event::Other,
        }
    }
}

/// A doorbell: which issue to read again. Nothing in it is applied as it stands, and nothing in it names a person.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Signal {
    /// What happened.
    pub event: Event,
    /// To which issue.
    pub issue_id: Option<IssueId>,
    /// Its key then.
    pub issue_key: Option<IssueKey>,
    /// Its type then.
    pub issue_type_id: Option<IssueTypeId>,
    /// Its status then.
    pub status_id: Option<JiraStatusId>,
    /// When Jira wrote it; not for ordering.
    pub sent_at: Option<Time>,
    /// Which of our webhooks matched.
    pub matched: Vec<i64>,
}

/// Reads a delivery. What is missing, or not of the expected type, is left out; of repeated keys the last one counts.
/// Refused only if the body is too large or not one JSON object.
pub fn parse(body: &[u8]) -> Result<Signal, DoorError> {
    if body.len() > LARGEST_DELIVERY {
        return Err(DoorError::BodyTooLarge);
    }
    // A value we skip is stepped over without recursion, so depth costs nothing; the objects we enter are four deep.
    let mut reader = serde_json::Deserializer::from_slice(body);
    let Lenient(delivery) = Lenient::<Object<Delivery>>::deserialize(&mut reader)
        .map_err(|_| DoorError::NotAnObject)?;
    reader.end().map_err(|_| DoorError::NotAnObject)?;
    let Object(delivery) = delivery.ok_or(DoorError::NotAnObject)?;
    let issue = delivery.issue;
    Ok(Signal {
        event: delivery.event,
        issue_id: issue.id,
        issue_key: issue.key,
        issue_type_id: issue.fields.issue_type,
        status_id: issue.fields.status,
        sent_at: delivery.sent_at,
        matched: delivery.matched,
    })
}

#[derive(Default)]
struct Delivery {
    event: Event,
    sent_at: Option<Time>,
    issue: Issue,
    matched: Vec<i64>,
}

impl Allow for Delivery {
    const KEYS: &'static [&'static str] =
        &["webhookEvent", "timestamp", "issue", "matchedWebhookIds"];

    fn take<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "webhookEvent" => {
                self.event = map.next_value::<Lenient<Event>>()?.0.unwrap_or_default();
            }
            "timestamp" => self.sent_at = map.next_value::<Lenient<Number>>()?.0.map(|n| Time(n.0)),
            "issue" => self.issue = object(map)?,
            _ => self.matched = map.next_value::<Lenient<Ids>>()?.0.unwrap_or_default().0,
        }
        Ok(())
    }
}

#[derive(Default)]
struct Issue {
    id: Option<IssueId>,
    key: Option<IssueKey>,
    fields: Fields,
}

impl Allow for Issue {
    const KEYS: &'static [&'static str] = &["id", "key", "fields"];

    fn take<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "id" => self.id = short(map)?.and_then(|text| IssueId::parse(&text).ok()),
            "key" => self.key = short(map)?.and_then(|text| IssueKey::parse(&text).ok()),
            _ => self.fields = object(map)?,
        }
        Ok(())
    }
}

#[derive(Default)]
struct Fields {
    issue_type: Option<IssueTypeId>,
    status: Option<JiraStatusId>,
}

impl Allow for Fields {
    const KEYS: &'static [&'static str] = &["issuetype", "status"];

    fn take<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        let Identified(id) = object(map)?;
        match key {
            "issuetype" => self.issue_type = id.and_then(|text| IssueTypeId::parse(&text).ok()),
            _ => self.status = id.and_then(|text| JiraStatusId::parse(&text).ok()),
        }
        Ok(())
    }
}

#[derive(Default)]
struct Identified(Option<String>);

impl Allow for Identified {
    const KEYS: &'static [&'static str] = &["id"];

    fn take<'de, A: MapAccess<'de>>(&mut self, _: &str, map: &mut A) -> Result<(), A::Error> {
        self.0 = short(map)?;
        Ok(())
    }
}

fn object<'de, T: Allow, A: MapAccess<'de>>(map: &mut A) -> Result<T, A::Error> {
    let Lenient(found) = map.next_value::<Lenient<Object<T>>>()?;
    Ok(found.map_or_else(T::default, |Object(value)| value))
}

fn short<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Option<String>, A::Error> {
    Ok(map
        .next_value::<Lenient<Short>>()?
        .0
        .map(|Short(text)| text))
}

/// An object of which only some keys are read.
trait Allow: Default {
    /// The keys that are read.
    const KEYS: &'static [&'static str];
    /// Reads the value of one of them.
    fn take<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error>;
}

struct Object<T>(T);

/// A value made from the one JSON type that we expect.
trait Expect: Sized {
    fn from_text(_: &str) -> Option<Self> {
        None
    }
    fn from_number(_: i64) -> Option<Self> {
        None
    }
    fn from_map<'de, A: MapAccess<'de>>(mut map: A) -> Result<Option<Self>, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
    }
    fn from_list<'de, A: SeqAccess<'de>>(mut list: A) -> Result<Option<Self>, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }
}

impl<T: Allow> Expect for Object<T> {
    fn from_map<'de, A: MapAccess<'de>>(mut map: A) -> Result<Option<Self>, A::Error> {
        let mut value = T::default();
        while let Some(key) = map.next_key_seed(Known(T::KEYS))? {
            match key {
                Some(key) => value.take(key, &mut map)?,
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(Some(Object(value)))
    }
}

impl Expect for Event {
    fn from_text(text: &str) -> Option<Self> {
        Some(Event::of(text))
    }
}

struct Number(i64);

impl Expect for Number {
    fn from_number(number: i64) -> Option<Self> {
        Some(Number(number))
    }
}

/// A short text or a number: what an id can be.
struct Short(String);

impl Expect for Short {
    fn from_text(text: &str) -> Option<Self> {
        (text.len() <= 64).then(|| Short(text.to_owned()))
    }
    fn from_number(number: i64) -> Option<Self> {
        Some(Short(number.to_string()))
    }
}

#[derive(Default)]
struct Ids(Vec<i64>);

impl Expect for Ids {
    fn from_list<'de, A: SeqAccess<'de>>(mut list: A) -> Result<Option<Self>, A::Error> {
        let mut ids = Vec::new();
        while let Some(Lenient(id)) = list.next_element::<Lenient<Number>>()? {
            if let Some(Number(id)) = id
                && ids.len() < MOST_MATCHED
            {
                ids.push(id);
            }
        }
        Ok(Some(Ids(ids)))
    }
}

/// The value, or none if something else stands in its place.
struct Lenient<T>(Option<T>);

impl<'de, T: Expect> Deserialize<'de> for Lenient<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer
            .deserialize_any(AnyVisitor(PhantomData))
            .map(Lenient)
    }
}

struct AnyVisitor<T>(PhantomData<T>);

impl<'de, T: Expect> Visitor<'de> for AnyVisitor<T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON")
    }
    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }
    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }
    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(T::from_number(number))
    }
    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(i64::try_from(number).ok().and_then(T::from_number))
    }
    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(T::from_text(text))
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::from_map(map)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
        T::from_list(list)
    }
}

/// A key, if it is one of these.
struct Known(&'static [&'static str]);

impl<'de> serde::de::DeserializeSeed<'de> for Known {
    type Value = Option<&'static str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for Known {
    type Value = Option<&'static str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }
    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(self.0.iter().find(|known| **known == text).copied())
    }
}

//! Values of fields as clients send them, and as an issue keeps them: people as `{accountId}`, choices as `{id, value}`, everything else
//! with a name as `{id, name}`. `shape` writes them out again.

use serde_json::{Map, Value, json};

use super::Call;
use super::input::{self, RichTextError, named};
use crate::clock;
use crate::people;
use crate::state::{Choices, GROUPS, Kind, Project, SECURITY_LEVELS, Site};

/// The most a single line takes.
const LINE_MAX: usize = 255;

/// Where a value is to go.
#[derive(Clone, Copy)]
pub(crate) struct Reading<'a> {
    pub(crate) site: &'a Site,
    pub(crate) project: &'a Project,
    pub(crate) call: &'a Call,
    /// The level of the issue's type, which decides who can be its parent.
    pub(crate) level: i8,
}

/// `Err` is Jira's complaint about the field.
pub(crate) fn read(
    kind: Kind,
    name: &str,
    on: Reading<'_>,
    value: &Value,
) -> Result<Value, String> {
    if value.is_null() {
        return Ok(Value::Null);
    }
    let invalid = || format!("Specify a valid value for {name}");
    let text = || {
        value
            .as_str()
            .ok_or_else(|| "Operation value must be a string".to_owned())
    };
    match kind {
        Kind::Number if value.is_number() => Ok(value.clone()),
        Kind::Number => Err("Operation value must be a number".to_owned()),
        Kind::Text if text()?.chars().count() > LINE_MAX => Err(format!(
            "The entered text is too long. It exceeds the allowed limit of {LINE_MAX} characters."
        )),
        Kind::Text => Ok(value.clone()),
        Kind::TextArea => match input::rich_text(on.call, value) {
            Ok(document) => Ok(document.unwrap_or_default()),
            Err(RichTextError::Field(message)) => Err(message.to_owned()),
            Err(RichTextError::Whole) => Err("INVALID_INPUT".to_owned()),
        },
        Kind::Url => match url::Url::parse(text()?) {
            Ok(url) if ["http", "https", "ftp"].contains(&url.scheme()) => Ok(value.clone()),
            _ => Err("The URL is not valid.".to_owned()),
        },
        Kind::Date => match text()?.parse::<jiff::civil::Date>() {
            Ok(date) if date.to_string() == text()? => Ok(value.clone()),
            _ => Err(format!("Error parsing date string: {}", text()?)),
        },
        Kind::DateTime => clock::read_jira_time(text()?)
            .map(|at| json!(at))
            .ok_or_else(|| format!("Error parsing time: {}", text().unwrap_or_default())),
        Kind::Select(choices) | Kind::Radio(choices) => choice(choices, value).ok_or_else(invalid),
        Kind::MultiSelect(choices) | Kind::Checkboxes(choices) => {
            each(value, |value| choice(choices, value).ok_or_else(invalid))
        }
        Kind::Cascading(choices) => cascade(choices, value).ok_or_else(invalid),
        Kind::Labels => input::labels(value).map(|labels| json!(labels)),
        Kind::User => person(on.site, value).ok_or_else(|| "Specify a valid value for user".into()),
        Kind::Users => each(value, |value| person(on.site, value).ok_or_else(invalid)),
        Kind::Group => group(value).ok_or_else(invalid),
        Kind::Groups => each(value, |value| group(value).ok_or_else(invalid)),
        Kind::Version => version(on.project, value).ok_or_else(invalid),
        Kind::Versions => each(value, |value| {
            version(on.project, value).ok_or_else(|| unknown("Version", value))
        }),
        Kind::Components => each(value, |value| {
            component(on.project, value).ok_or_else(|| unknown("Component", value))
        }),
        Kind::Project => input::project(on.site, on.call.who, value)
            .map(|project| json!({ "id": project.id.to_string() }))
            .ok_or_else(|| "valid project is required".to_owned()),
        Kind::TimeTracking => time_tracking(value),
        Kind::Parent => parent(on, value),
        Kind::Security => named_of(SECURITY_LEVELS.iter().copied(), value).ok_or_else(invalid),
        Kind::Team | Kind::Any => text().map(|text| json!(text)),
        Kind::IssueLinks | Kind::Attachments => Err(not_on_screen(name)),
    }
}

pub(crate) fn not_on_screen(id: &str) -> String {
    format!("Field '{id}' cannot be set. It is not on the appropriate screen, or unknown.")
}

fn each(value: &Value, one: impl Fn(&Value) -> Result<Value, String>) -> Result<Value, String> {
    let list = value.as_array().ok_or("data was not an array")?;
    list.iter()
        .map(one)
        .collect::<Result<Vec<_>, _>>()
        .map(Value::Array)
}

fn choice(choices: Choices, value: &Value) -> Option<Value> {
    let found = choices.iter().find(|(id, text)| {
        named(value, "id").is_some_and(|given| given == id.to_string())
            || value["value"].as_str() == Some(text)
    });
    found.map(|(id, text)| json!({ "id": id.to_string(), "value": text }))
}

fn cascade(choices: &[(u64, &str, Choices)], value: &Value) -> Option<Value> {
    let (id, text, children) = choices.iter().find(|(id, text, _)| {
        named(value, "id").is_some_and(|given| given == id.to_string())
            || value["value"].as_str() == Some(text)
    })?;
    let mut kept = json!({ "id": id.to_string(), "value": text });
    if !value["child"].is_null() {
        kept["child"] = choice(children, &value["child"])?;
    }
    Some(kept)
}

fn person(site: &Site, value: &Value) -> Option<Value> {
    let id = value["accountId"].as_str().or(value["id"].as_str())?;
    let who = people::find(id).filter(|who| site.members.contains(who.account_id))?;
    Some(json!({ "accountId": who.account_id }))
}

fn group(value: &Value) -> Option<Value> {
    let (id, name) = GROUPS.iter().find(|(id, name)| {
        value["groupId"].as_str() == Some(id) || value["name"].as_str() == Some(name)
    })?;
    Some(json!({ "groupId": id, "name": name }))
}

fn version(project: &Project, value: &Value) -> Option<Value> {
    named_of(
        project.versions.iter().map(|known| (known.id, known.name)),
        value,
    )
}

fn component(project: &Project, value: &Value) -> Option<Value> {
    named_of(
        project
            .components
            .iter()
            .map(|known| (known.id, known.name)),
        value,
    )
}

fn named_of<'a>(mut known: impl Iterator<Item = (u64, &'a str)>, value: &Value) -> Option<Value> {
    known
        .find(|(id, name)| {
            named(value, "id").is_some_and(|given| given == id.to_string())
                || value["name"].as_str() == Some(name)
        })
        .map(|(id, name)| json!({ "id": id.to_string(), "name": name }))
}

fn unknown(what: &str, value: &Value) -> String {
    let given = named(value, "name").or_else(|| named(value, "id"));
    format!("{what} name '{}' is not valid", given.unwrap_or_default())
}

/// `{"originalEstimate": "2d 4h"}`, in weeks of five days of eight hours.
fn time_tracking(value: &Value) -> Result<Value, String> {
    let mut kept = Map::new();
    for name in ["originalEstimate", "remainingEstimate"] {
        let Some(text) = value[name].as_str() else {
            continue;
        };
        let seconds =
            span(text).ok_or_else(|| format!("{name} is not a valid duration: {text}"))?;
        kept.insert(name.to_owned(), json!(text));
        kept.insert(format!("{name}Seconds"), json!(seconds));
    }
    Ok(Value::Object(kept))
}

fn span(text: &str) -> Option<u64> {
    let mut seconds = 0;
    for part in text.split_whitespace() {
        let (number, unit) = part.split_at_checked(part.len() - 1)?;
        let unit = match unit {
            "w" => 5 * 8 * 3_600,
            "d" => 8 * 3_600,
            "h" => 3_600,
            "m" => 60,
            _ => return None,
        };
        seconds += number.parse::<u64>().ok()? * unit;
    }
    (seconds > 0).then_some(seconds)
}

/// A parent stands one level above its child.
fn parent(on: Reading<'_>, value: &Value) -> Result<Value, String> {
    let name = named(value, "id").or_else(|| named(value, "key"));
    let found = name
        .and_then(|name| on.site.find_issue(&name))
        .filter(|issue| on.site.may_see(on.call.who, issue))
        .ok_or("Could not find the parent issue by id or key.")?;
    if on.site.kind(found.kind).level != on.level + 1 {
        return Err("Given parent work item does not belong to appropriate hierarchy.".to_owned());
    }
    Ok(json!({ "id": found.id.to_string() }))
}

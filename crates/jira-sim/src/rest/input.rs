//! Field values as clients send them, turned into what an issue holds.

use serde_json::{Map, Value};

use super::fields::{self, Reading};
use super::{Answer, Call};
use crate::adf::{self, Refused};
use crate::people::{self, Who};
use crate::state::{IssueType, Kind, MORE_FIELDS, Project, Site, World};

/// A client names a thing by id (text or number), key or name.
pub(crate) fn named<'a>(value: &'a Value, property: &str) -> Option<std::borrow::Cow<'a, str>> {
    match &value[property] {
        Value::String(text) => Some(text.as_str().into()),
        Value::Number(number) => Some(number.to_string().into()),
        _ => None,
    }
}

/// The issue of the path, if the person may see it.
pub(crate) fn issue(world: &World, call: &Call) -> Result<u64, Answer> {
    let id_or_key = call.args.first().map_or("", String::as_str);
    let site = &world.sites[call.site];
    site.find_issue(id_or_key)
        .filter(|issue| site.may_see(call.who, issue))
        .map(|issue| issue.id)
        .ok_or_else(Answer::no_issue)
}

/// Counts a write to the issue of the path, and asks for a right in its project.
pub(crate) fn issue_for_write(world: &mut World, call: &Call, right: &str) -> Result<u64, Answer> {
    let id = issue(world, call)?;
    let now = world.now();
    world.limits.write(now, call.site, id)?;
    let site = &world.sites[call.site];
    let issue = &site.issues[&id];
    if site.project(issue.project).archived {
        return Err(Answer::error(
            400,
            "The project is archived, its issues are read-only.",
        ));
    }
    if !site.may(call.who, issue.project, right) {
        return Err(Answer::error(
            403,
            "You do not have the permission for this operation.",
        ));
    }
    Ok(id)
}

/// Rich text: a document in version 3, plain text in version 2.
pub(crate) fn rich_text(call: &Call, value: &Value) -> Result<Option<Value>, RichTextError> {
    if value.is_null() {
        return Ok(None);
    }
    if call.version == 2 {
        let text = value
            .as_str()
            .ok_or(RichTextError::Field("Operation value must be a string"))?;
        if text.chars().count() > adf::MAX_TEXT {
            return Err(RichTextError::Field(TOO_LONG));
        }
        return Ok((!text.is_empty()).then(|| adf::from_text(text)));
    }
    match adf::check(value) {
        Ok(()) => Ok(Some(value.clone())),
        Err(Refused::NoDocument) => Err(RichTextError::Field(
            "Operation value must be an Atlassian Document (see the Atlassian Document Format)",
        )),
        Err(Refused::TooLong) => Err(RichTextError::Field(TOO_LONG)),
        Err(Refused::Invalid) => Err(RichTextError::Whole),
    }
}

const TOO_LONG: &str =
    "The entered text is too long. It exceeds the allowed limit of 32,767 characters.";

/// A refused rich text is either a complaint about its field or about the whole input.
pub(crate) enum RichTextError {
    Field(&'static str),
    Whole,
}

impl RichTextError {
    pub(crate) fn answer(self, field: &str) -> Answer {
        match self {
            Self::Field(message) => Answer::field_error(field, message),
            Self::Whole => Answer::error(400, "INVALID_INPUT"),
        }
    }
}

/// The project a create names, if the person can see it.
pub(crate) fn project<'a>(site: &'a Site, who: Who, value: &Value) -> Option<&'a Project> {
    let found = named(value, "id")
        .and_then(|id| site.find_project(&id))
        .or_else(|| named(value, "key").and_then(|key| site.find_project(&key)));
    found.filter(|project| site.may(who, project.id, "BROWSE_PROJECTS"))
}

/// The issue type a create names, if the project has it.
pub(crate) fn kind<'a>(site: &'a Site, project: &Project, value: &Value) -> Option<&'a IssueType> {
    let id = named(value, "id");
    let name = named(value, "name");
    project.types.iter().map(|id| site.kind(*id)).find(|kind| {
        id.as_ref().map_or_else(
            || {
                name.as_ref()
                    .is_some_and(|name| kind.name.eq_ignore_ascii_case(name))
            },
            |id| kind.id.to_string() == **id,
        )
    })
}

/// Fields of an issue that create and edit share.
#[derive(Default)]
#[expect(
    clippy::option_option,
    reason = "not sent, sent empty and sent are three things"
)]
pub(crate) struct Values {
    pub(crate) summary: Option<String>,
    pub(crate) description: Option<Option<Value>>,
    pub(crate) labels: Option<Vec<String>>,
    pub(crate) priority: Option<u64>,
    pub(crate) assignee: Option<Option<Who>>,
    pub(crate) reporter: Option<Who>,
    pub(crate) custom: Vec<(String, Value)>,
}

/// Which screen the fields must be on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Screen {
    Create,
    Edit,
}

/// Reads the shared fields; every complaint is collected, as Jira does.
pub(crate) fn values(
    on: Reading<'_>,
    kind: &IssueType,
    screen: Screen,
    fields: &Map<String, Value>,
    errors: &mut Map<String, Value>,
) -> Result<Values, Answer> {
    let (site, call) = (on.site, on.call);
    let mut values = Values::default();
    for (name, value) in fields {
        let mut complain =
            |message: &str| errors.insert(name.clone(), Value::String(message.to_owned()));
        match name.as_str() {
            "project" | "issuetype" => {}
            "summary" => match summary(value) {
                Ok(summary) => values.summary = Some(summary),
                Err(message) => _ = complain(message),
            },
            "description" => match rich_text(call, value) {
                Ok(document) => values.description = Some(document),
                Err(RichTextError::Field(message)) => _ = complain(message),
                Err(whole @ RichTextError::Whole) => return Err(whole.answer(name)),
            },
            "labels" => match labels(value) {
                Ok(labels) => values.labels = Some(labels),
                Err(message) => _ = complain(&message),
            },
            "priority" => {
                let found = site.priorities.iter().find(|priority| {
                    named(value, "id").is_some_and(|id| id == priority.id.to_string())
                        || value["name"].as_str() == Some(priority.name)
                });
                match found {
                    Some(priority) => values.priority = Some(priority.id),
                    None => _ = complain("Specify the Priority (id or name) in the string format"),
                }
            }
            "assignee" | "reporter" => {
                let id = value["accountId"].as_str().or(value["id"].as_str());
                let who = id
                    .and_then(people::find)
                    .filter(|who| site.members.contains(who.account_id));
                match (name.as_str(), who, value.is_null()) {
                    ("assignee", None, true) => values.assignee = Some(None),
                    ("assignee", Some(who), _) => values.assignee = Some(Some(who)),
                    ("reporter", Some(who), _) => values.reporter = Some(who),
                    _ => _ = complain("Specify a valid value for user"),
                }
            }
            _ => {
                let read = match on_screen(site, kind, screen, name) {
                    Some((field, label)) => fields::read(field, label, on, value),
                    None => Err(fields::not_on_screen(name)),
                };
                match read {
                    Ok(kept) => values.custom.push((name.clone(), kept)),
                    Err(message) => _ = complain(&message),
                }
            }
        }
    }
    Ok(values)
}

/// What a field of the screen holds, and its name.
pub(crate) fn on_screen(
    site: &Site,
    kind: &IssueType,
    screen: Screen,
    id: &str,
) -> Option<(Kind, &'static str)> {
    if let Some((_, name, field)) = MORE_FIELDS.iter().find(|(known, ..)| *known == id) {
        // Every issue can have a parent.
        return (kind.full_screen || *field == Kind::Parent).then_some((*field, name));
    }
    let custom = site.custom.iter().find(|custom| custom.id() == id)?;
    let there = match screen {
        Screen::Create => custom.on_create(kind.id).is_some(),
        Screen::Edit => custom.on_edit(kind.id),
    };
    there.then_some((custom.kind, custom.name))
}

fn summary(value: &Value) -> Result<String, &'static str> {
    let text = value.as_str().ok_or("Operation value must be a string")?;
    if text.trim().is_empty() {
        return Err("You must specify a summary of the issue.");
    }
    if text.contains(['\n', '\r']) {
        return Err("The summary is invalid because it contains newline characters.");
    }
    if text.chars().count() > 255 {
        return Err("Summary can't exceed 255 characters.");
    }
    Ok(text.to_owned())
}

pub(crate) fn labels(value: &Value) -> Result<Vec<String>, String> {
    let list = value
        .as_array()
        .ok_or("Operation value must be an array of strings")?;
    let mut labels = Vec::new();
    for label in list {
        let label = label
            .as_str()
            .ok_or("Operation value must be an array of strings")?;
        if label.is_empty() || label.contains(char::is_whitespace) {
            return Err(format!(
                "The label '{label}' contains spaces which is invalid."
            ));
        }
        if !labels.iter().any(|known| known == label) {
            labels.push(label.to_owned());
        }
    }
    Ok(labels)
}

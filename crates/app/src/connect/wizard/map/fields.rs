//! What a step in Jira is sent along: values for the fields that its screen asks for, set beforehand. The screen is read
//! from the steps that are open to issues which are linked already.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use upvow_domain::{
    Caller, ConnectionId, Invalid,
    jira::{IssueKey, JiraProjectId, JiraStatusId},
};
use upvow_jira::StepField;
use upvow_store::{connections, links, rules};

use super::reach;
use crate::{
    App, AppError, Result, audit,
    connect::{change, reach::Reach},
    live,
};

/// How many linked issues are asked for an open step.
const ASKED: usize = 8;
/// The longest text of a field.
const LONGEST: usize = 255;

/// What a step to a status asks for.
#[derive(Debug, Clone)]
pub struct StepFields {
    /// What the status is called.
    pub jira_status_name: String,
    /// The issue whose step was read; `None` if no linked issue has such a step open now.
    pub seen_on: Option<IssueKey>,
    /// Its fields, those that must be sent first.
    pub fields: Vec<StepInput>,
}

/// A field of a step's screen.
#[derive(Debug, Clone)]
pub struct StepInput {
    /// `resolution`, `customfield_10011`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The step is refused without it.
    pub is_required: bool,
    /// How it is filled in.
    pub kind: FieldKind,
    /// What is set now: ids of choices, or a text.
    pub value: Vec<String>,
}

/// How a field is filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldKind {
    /// One of these: id and name.
    One(Vec<(String, String)>),
    /// Any of these.
    Many(Vec<(String, String)>),
    /// A line of text.
    Text,
    /// A number.
    Number,
    /// A day, as `2026-11-23`.
    Date,
    /// Words, with commas between.
    Labels,
    /// Not by us; the sentence says why.
    Refused(&'static str),
}

const WANTS_A_PERSON: &str =
    "Wants a person of Jira. Nobody of Jira is kept here, so this step stays with Jira.";
const UNKNOWN_KIND: &str = "Wants a kind of value that cannot be set here.";

/// The ids in stored defaults.
pub(super) fn ids(stored: &str) -> Vec<String> {
    defaults(Some(stored))
        .into_iter()
        .map(|(id, _)| id)
        .collect()
}

fn defaults(stored: Option<&str>) -> Map<String, Value> {
    stored
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default()
}

/// What a step to this status asks for, read from Jira now. Needs an admin.
pub async fn step_fields(
    app: &App,
    caller: &Caller,
    id: ConnectionId,
    project: &JiraProjectId,
    status: &JiraStatusId,
) -> Result<StepFields> {
    let reach = reach(app, caller, id).await?;
    let rule = rule(app, caller, id, project, status).await?;
    let set = defaults(rule.fields.as_deref());
    let (seen_on, found) = screen(app, caller, &reach, project, status).await?;
    let mut fields: Vec<StepInput> = found
        .into_iter()
        .map(|field| {
            let value = set.get(&field.id).map(shown).unwrap_or_default();
            StepInput {
                kind: kind(&field),
                is_required: field.required && !field.has_default,
                id: field.id,
                name: field.name,
                value,
            }
        })
        .collect();
    fields.sort_by_key(|field| !field.is_required);
    Ok(StepFields {
        jira_status_name: rule.jira_status_name,
        seen_on,
        fields,
    })
}

/// Sets what a step to this status is sent along: values by field id, none takes all away. Each is checked against the
/// screen as it is now. Needs an admin.
pub async fn set_step_fields(
    app: &App,
    caller: &Caller,
    id: ConnectionId,
    (project, status): (&JiraProjectId, &JiraStatusId),
    values: &BTreeMap<String, Vec<String>>,
) -> Result<()> {
    let reach = reach(app, caller, id).await?;
    let rule = rule(app, caller, id, project, status).await?;
    let (_, screen) = screen(app, caller, &reach, project, status).await?;
    let mut set = Map::new();
    let mut wrong = Vec::new();
    for (field, given) in values {
        let given: Vec<&str> = given
            .iter()
            .map(|one| one.trim())
            .filter(|one| !one.is_empty())
            .collect();
        if given.is_empty() {
            continue;
        }
        let shown = screen.iter().find(|one| one.id == *field);
        match shown
            .ok_or("the step does not ask for this field now")
            .and_then(|one| value(one, &given))
        {
            Ok(value) => {
                set.insert(field.clone(), value);
            }
            Err(why) => {
                let name = shown.map_or(field.as_str(), |one| one.name.as_str());
                wrong.push(Invalid::new("fields", format!("{name}: {why}")));
            }
        }
    }
    if !wrong.is_empty() {
        return Err(AppError::Invalid(wrong));
    }
    let stored = (!set.is_empty()).then(|| Value::Object(set).to_string());
    let mut tx = app.db.write().await?;
    reach.still(&mut tx).await?;
    if !rules::set_fields(&mut tx, id, rule.id, stored.as_deref()).await? {
        return Err(AppError::Conflict {
            code: "map_changed",
            message: "Somebody saved the map meanwhile. Open this step again.".to_owned(),
        });
    }
    connections::touch(&mut tx, caller.project, id, app.now()).await?;
    let subject = id.to_string();
    audit::note(
        &mut tx,
        app,
        caller,
        "connection.step_fields_set",
        &subject,
        "",
    )
    .await?;
    live::commit(app, tx, &[change(caller.project, id)]).await?;
    Ok(())
}

async fn rule(
    app: &App,
    caller: &Caller,
    id: ConnectionId,
    project: &JiraProjectId,
    status: &JiraStatusId,
) -> Result<rules::Rule> {
    let mut tx = app.db.read().await?;
    let rows = rules::of_jira_project(&mut tx, caller.project, id, project).await?;
    rows.into_iter()
        .find(|row| row.jira_status_id == *status)
        .ok_or(AppError::NotFound)
}

/// The fields of the steps to this status that are open to linked issues now.
async fn screen(
    app: &App,
    caller: &Caller,
    reach: &Reach,
    project: &JiraProjectId,
    status: &JiraStatusId,
) -> Result<(Option<IssueKey>, Vec<StepField>)> {
    let linked = {
        let mut tx = app.db.read().await?;
        links::of_connection(&mut tx, caller.project, reach.connection).await?
    };
    let mut asked = BTreeSet::new();
    let candidates = linked.into_iter().filter(|link| {
        link.state == "active"
            && link.jira_project_id.as_ref() == Some(project)
            && link.jira_status_id.as_ref() != Some(status)
    });
    // One issue for each status that issues stand in: from the same status the same steps are open.
    let mut stands = candidates.filter(|link| asked.insert(link.jira_status_id.clone()));
    for link in stands.by_ref().take(ASKED) {
        let Some(issue) = &link.issue_id else {
            continue;
        };
        let open = reach
            .call(app, |at| async move { at.site().transitions(issue).await })
            .await;
        let Ok(open) = open else { continue };
        let mut ways = open.into_iter().filter(|way| way.to == *status).peekable();
        if ways.peek().is_some() {
            let mut fields: Vec<StepField> = Vec::new();
            for field in ways.flat_map(|way| way.fields) {
                if fields.iter().all(|one| one.id != field.id) {
                    fields.push(field);
                }
            }
            return Ok((link.issue_key, fields));
        }
    }
    Ok((None, Vec::new()))
}

/// How a field is filled in, by its schema.
fn kind(field: &StepField) -> FieldKind {
    let custom = field.custom.as_deref().unwrap_or_default();
    let of = match field.schema_type.as_str() {
        "array" => field.items.as_deref().unwrap_or_default(),
        other => other,
    };
    match (field.schema_type.as_str(), of) {
        (_, "user" | "group") => FieldKind::Refused(WANTS_A_PERSON),
        (_, "comments-page" | "issuelinks" | "attachment" | "timetracking" | "worklog") => {
            FieldKind::Refused(UNKNOWN_KIND)
        }
        ("array", "string") if field.allowed.is_empty() => FieldKind::Labels,
        ("array", _) if !field.allowed.is_empty() => FieldKind::Many(field.allowed.clone()),
        ("array", _) => FieldKind::Refused(UNKNOWN_KIND),
        _ if !field.allowed.is_empty() => FieldKind::One(field.allowed.clone()),
        ("number", _) => FieldKind::Number,
        ("date", _) => FieldKind::Date,
        // These want a document and not a line.
        ("string", _) if custom.ends_with(":textarea") => FieldKind::Refused(UNKNOWN_KIND),
        ("string", _) if matches!(field.id.as_str(), "description" | "environment") => {
            FieldKind::Refused(UNKNOWN_KIND)
        }
        ("string", _) => FieldKind::Text,
        _ => FieldKind::Refused(UNKNOWN_KIND),
    }
}

/// The value as Jira takes it.
fn value(field: &StepField, given: &[&str]) -> Result<Value, &'static str> {
    let chosen = |allowed: &[(String, String)], id: &str| {
        if allowed.iter().any(|(one, _)| one == id) {
            Ok(json!({ "id": id }))
        } else {
            Err("choose what Jira offers")
        }
    };
    match kind(field) {
        FieldKind::Refused(why) => Err(why),
        FieldKind::One(allowed) => chosen(&allowed, given[0]),
        FieldKind::Many(allowed) => given.iter().map(|id| chosen(&allowed, id)).collect(),
        FieldKind::Number => given[0]
            .parse::<f64>()
            .ok()
            .and_then(serde_json::Number::from_f64)
            .map(Value::Number)
            .ok_or("enter a number"),
        FieldKind::Date if is_day(given[0]) => Ok(Value::String(given[0].to_owned())),
        FieldKind::Date => Err("enter a day, like 2026-11-23"),
        FieldKind::Text if given[0].chars().count() > LONGEST => Err("use 255 characters at most"),
        FieldKind::Text => Ok(Value::String(given[0].to_owned())),
        FieldKind::Labels => Ok(given
            .iter()
            .flat_map(|text| text.split(','))
            .map(|word| word.trim().replace(' ', "-"))
            .filter(|word| !word.is_empty())
            .map(Value::String)
            .collect()),
    }
}

/// `2026-11-23`. Whether the month has that day is Jira's to say.
fn is_day(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts[..] else {
        return false;
    };
    let within = |part: &str, long: usize, most: u32| {
        part.len() == long
            && part.bytes().all(|byte| byte.is_ascii_digit())
            && part
                .parse()
                .is_ok_and(|number: u32| (1..=most).contains(&number))
    };
    within(year, 4, 9_999) && within(month, 2, 12) && within(day, 2, 31)
}

/// A stored value as a form shows it.
fn shown(value: &Value) -> Vec<String> {
    match value {
        Value::Array(all) => all.iter().flat_map(shown).collect(),
        Value::Object(one) => one.get("id").map(shown).unwrap_or_default(),
        Value::String(text) => vec![text.clone()],
        other => vec![other.to_string()],
    }
}

//! The fields of an issue that is to be made: what its form asks for, read live; what the board puts in, kept as ids and
//! values; and what one create is given, kept until the issue exists. Fields that name people are never filled and never
//! kept.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use upvow_domain::{
    Invalid,
    jira::{IssueTypeId, JiraProjectId},
};
use upvow_jira::{CreateField, Given, Unsupported, Wrong};

pub use upvow_jira::{FieldKind, FieldOption};

use crate::{
    App, AppError, Result,
    connect::{grants::CallError, reach::Reach},
};

/// What a form or a program gives, by field id: one text for each written or chosen thing.
pub type Texts = BTreeMap<String, Vec<String>>;

/// Values that are good in themselves, by field id.
pub(crate) type Values = BTreeMap<String, Given>;

/// What a board does about the fields of its issues.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct BoardFields {
    /// Fields that are asked for each time.
    #[serde(default)]
    pub(crate) ask: Vec<String>,
    /// What goes in unless something else is said.
    #[serde(default)]
    pub(crate) values: Values,
}

impl BoardFields {
    /// As it is stored. What an older version wrote and we cannot read is asked for again.
    pub(crate) fn of(stored: Option<&str>) -> BoardFields {
        stored
            .and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default()
    }

    /// To be stored.
    pub(crate) fn stored(&self) -> Option<String> {
        (*self != BoardFields::default()).then(|| as_json(self))
    }
}

/// Values of one create, as they are stored.
pub(crate) fn stored(values: &Values) -> Option<String> {
    (!values.is_empty()).then(|| as_json(values))
}

/// The same read again.
pub(crate) fn values_of(stored: Option<&str>) -> Values {
    stored
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default()
}

/// Stored values as Jira wants them. What an older version stored is in that form already.
pub(crate) fn sent(stored: Option<&str>) -> Map<String, Value> {
    let all: Map<String, Value> = stored
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default();
    all.into_iter()
        .map(|(id, value)| match Given::deserialize(&value) {
            Ok(given) => (id, given.as_value()),
            Err(_) => (id, value),
        })
        .collect()
}

fn as_json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("texts, numbers and lists of them are JSON")
}

/// A field as a form shows it.
#[derive(Debug, Clone)]
pub struct FormField {
    /// Its id at Jira.
    pub id: String,
    /// Its name, as Jira has it now.
    pub name: String,
    /// What it takes.
    pub kind: FieldKind,
    /// What can be chosen.
    pub options: Vec<FieldOption>,
    /// Jira makes no issue without it, and does not fill it itself.
    pub needed: bool,
    /// It is asked for each time an issue is made.
    pub asked: bool,
    /// What it is filled with, as [`Texts`] has it.
    pub value: Vec<String>,
    /// What Jira said about it when it refused the issue.
    pub refused: Option<&'static str>,
}

/// A required field that we cannot fill: the issue type cannot be used, or the step not be taken, as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfillable {
    /// Its name, as Jira has it now.
    pub name: String,
    /// What it is, and what somebody can do in Jira.
    pub what_to_do: String,
}

/// What asks for a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asks {
    /// An issue type, for a new issue.
    Type,
    /// A step of a workflow.
    Step,
}

/// The form of an issue type, asked of Jira now.
pub(crate) async fn read(
    app: &App,
    reach: &Reach,
    project: &JiraProjectId,
    kind: &IssueTypeId,
) -> Result<Vec<CreateField>, CallError> {
    reach
        .call(app, |at| async move {
            at.site().create_fields(project, kind).await
        })
        .await
}

/// The required fields of a form that we cannot fill.
pub(crate) fn unfillable(form: &[CreateField], asks: Asks) -> Vec<Unfillable> {
    form.iter()
        .filter(|field| field.is_needed())
        .filter_map(|field| {
            Some(Unfillable {
                name: field.name.clone(),
                what_to_do: what_to_do(field.unsupported()?, asks),
            })
        })
        .collect()
}

/// What a field that we cannot fill is, and what to do about it.
fn what_to_do(why: Unsupported, asks: Asks) -> String {
    let (what, cure) = match why {
        Unsupported::Person => (
            "names a person, and Upvow keeps nothing of people in Jira",
            "give it a default in Jira or make it optional",
        ),
        Unsupported::Group => (
            "names a group of people",
            "give it a default in Jira or make it optional",
        ),
        Unsupported::Team => (
            "names a team",
            "give it a default in Jira or make it optional",
        ),
        Unsupported::Attachment => ("asks for a file", "make it optional in Jira"),
        Unsupported::Issue => ("asks for another issue", "make it optional in Jira"),
        Unsupported::Empty => (
            "has nothing to choose from",
            "add options in Jira or make it optional",
        ),
        Unsupported::Unknown => (
            "is of a kind that Upvow does not know, of a plug-in perhaps",
            "give it a default in Jira or make it optional",
        ),
    };
    let otherwise = match asks {
        Asks::Type => "choose another type",
        Asks::Step => "leave this step to people in Jira",
    };
    format!("{what}: {cure}, or {otherwise}")
}

/// All fields that can be filled, those that must be first: for the settings of a board.
pub(crate) fn all(form: Vec<CreateField>, board: &BoardFields) -> Vec<FormField> {
    all_with(form, board, &board.values, &[])
}

/// The fields of a step's screen that can be filled, with what is set, those that must be first.
pub(crate) fn of_step(screen: Vec<CreateField>, set: &Values) -> Vec<FormField> {
    all_with(screen, &BoardFields::default(), set, &[])
}

/// The fields that are asked for when one issue is made: what Jira needs, what the board wants asked, what it fills in,
/// and what Jira refused the last time.
pub(crate) fn asked(
    form: Vec<CreateField>,
    board: &BoardFields,
    values: &Values,
    refused: &[(String, &'static str)],
) -> Vec<FormField> {
    let mut fields = all_with(form, board, values, refused);
    fields.retain(|field| {
        field.needed || field.asked || !field.value.is_empty() || field.refused.is_some()
    });
    fields
}

fn all_with(
    form: Vec<CreateField>,
    board: &BoardFields,
    values: &Values,
    refused: &[(String, &'static str)],
) -> Vec<FormField> {
    let mut fields: Vec<FormField> = form
        .into_iter()
        .filter(|field| !field.is_brought() && field.unsupported().is_none())
        .map(|field| shown(field, board, values, refused))
        .collect();
    fields.sort_by_key(|field| !field.needed);
    fields
}

fn shown(
    field: CreateField,
    board: &BoardFields,
    values: &Values,
    refused: &[(String, &'static str)],
) -> FormField {
    // A value that Jira no longer offers is not shown as chosen: it has to be chosen anew.
    let value = values
        .get(&field.id)
        .map(Given::texts)
        .filter(|texts| {
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            field.read(&texts).is_ok()
        })
        .unwrap_or_default();
    FormField {
        needed: field.is_needed(),
        asked: board.ask.contains(&field.id),
        value,
        refused: refused
            .iter()
            .find(|(id, _)| *id == field.id)
            .map(|(_, reason)| *reason),
        id: field.id,
        name: field.name,
        kind: field.kind,
        options: field.options,
    }
}

/// Reads what was given for the form. Each refusal names its field as Jira does.
pub(crate) fn values(form: &[CreateField], texts: &Texts) -> Result<Values> {
    let mut values = Values::new();
    let mut refusals = Vec::new();
    for (id, texts) in texts {
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let field = form
            .iter()
            .find(|field| field.id == *id && !field.is_brought());
        match field.map(|field| field.read(&texts)) {
            Some(Ok(Some(given))) => _ = values.insert(id.clone(), given),
            Some(Ok(None)) => {}
            None if texts.iter().all(|text| text.trim().is_empty()) => {}
            None => refusals.push(Invalid::new(
                "fields",
                "one of the fields is not on Jira's form now; look at the form again",
            )),
            Some(Err(wrong)) => {
                let name = field.map_or("", |field| field.name.as_str());
                refusals.push(Invalid::new("fields", format!("{name}: {}", say(wrong))));
            }
        }
    }
    if refusals.is_empty() {
        Ok(values)
    } else {
        Err(AppError::Invalid(refusals))
    }
}

/// Refuses if Jira needs a field that has no value.
pub(crate) fn complete(form: &[CreateField], values: &Values) -> Result<()> {
    let missing: Vec<Invalid> = form
        .iter()
        .filter(|field| field.is_needed() && !values.contains_key(&field.id))
        .map(|field| match field.unsupported() {
            None => Invalid::new("fields", format!("{}: Jira needs a value", field.name)),
            Some(why) => Invalid::new(
                "fields",
                format!("{}: this field {}", field.name, what_to_do(why, Asks::Type)),
            ),
        })
        .collect();
    if missing.is_empty() {
        Ok(())
    } else {
        Err(AppError::Invalid(missing))
    }
}

fn say(wrong: Wrong) -> String {
    match wrong {
        Wrong::TooLong(most) => format!("use at most {most} characters"),
        Wrong::TooMany(most) => format!("use at most {most}"),
        Wrong::NotANumber => "enter a number, like 12 or 3.5".to_owned(),
        Wrong::NotADate => "enter a day, like 2026-11-23".to_owned(),
        Wrong::NotAMoment => "enter a day and time, like 2026-11-23T15:00".to_owned(),
        Wrong::NotAnAddress => "enter an address that begins with https:// or http://".to_owned(),
        Wrong::NotAnOption => "choose one of the options that Jira offers".to_owned(),
        Wrong::NotSupported => "Upvow cannot fill this field".to_owned(),
    }
}

/// What Jira refused, from a problem's detail: field ids, each with what Jira said of it.
pub(crate) fn refusals(detail: Option<&str>) -> Vec<(String, &'static str)> {
    let parts = detail.unwrap_or_default().split(", ");
    parts
        .filter(|part| !part.is_empty())
        .map(|part| match part.split_once(':') {
            None => (part.to_owned(), "Jira does not take this value."),
            Some((id, reason)) => (id.to_owned(), reason_text(reason)),
        })
        .collect()
}

fn reason_text(reason: &str) -> &'static str {
    match reason {
        "required" => "Jira needs a value here.",
        "not_on_screen" => "It is not on Jira's form any more, so it has to stay empty.",
        "too_long" => "It is too long for Jira.",
        _ => "Jira does not take this value.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(id: &str, required: bool, kind: FieldKind) -> CreateField {
        CreateField {
            id: id.to_owned(),
            name: format!("The {id}"),
            required,
            has_default: false,
            kind,
            options: vec![],
        }
    }

    fn texts(pairs: &[(&str, &str)]) -> Texts {
        pairs
            .iter()
            .map(|(id, text)| ((*id).to_owned(), vec![(*text).to_owned()]))
            .collect()
    }

    #[test]
    fn what_is_asked_is_what_jira_needs_what_the_board_wants_and_what_it_fills_in() {
        let form = || {
            vec![
                field("summary", true, FieldKind::Line),
                field("optional", false, FieldKind::Line),
                field("wanted", false, FieldKind::Line),
                field("filled", false, FieldKind::Number),
                field("needed", true, FieldKind::Line),
                field(
                    "approver",
                    true,
                    FieldKind::Unsupported(Unsupported::Person),
                ),
            ]
        };
        let board = BoardFields {
            ask: vec!["wanted".to_owned()],
            values: values(&form(), &texts(&[("filled", "3")])).unwrap(),
        };
        let board = BoardFields::of(board.stored().as_deref());
        let shown = asked(form(), &board, &board.values, &[]);
        let ids: Vec<&str> = shown.iter().map(|field| field.id.as_str()).collect();
        assert_eq!(ids, ["needed", "wanted", "filled"]);
        assert_eq!(shown[2].value, ["3"]);
        assert_eq!(unfillable(&form(), Asks::Type)[0].name, "The approver");
        assert!(complete(&form(), &board.values).is_err());
    }

    #[test]
    fn what_an_older_version_stored_for_a_step_is_sent_as_it_was() {
        let old = r#"{"resolution": {"id": "1"}, "customfield_1": "text", "labels": ["a"]}"#;
        assert_eq!(
            Value::Object(sent(Some(old))),
            serde_json::from_str::<Value>(old).unwrap()
        );
        let given = Values::from([("resolution".to_owned(), Given::Choice("1".to_owned()))]);
        assert_eq!(sent(stored(&given).as_deref())["resolution"]["id"], "1");
        assert!(sent(Some("no JSON")).is_empty() && sent(None).is_empty());
    }

    #[test]
    fn each_refusal_names_its_field() {
        let form = [
            field("n", false, FieldKind::Number),
            field("d", false, FieldKind::Date),
        ];
        let Err(AppError::Invalid(refused)) =
            values(&form, &texts(&[("n", "x"), ("d", "y"), ("gone", "z")]))
        else {
            panic!("taken");
        };
        let said: Vec<String> = refused.into_iter().map(|one| one.message).collect();
        assert_eq!(said[0], "The d: enter a day, like 2026-11-23");
        assert!(said[1].contains("not on Jira's form"));
        assert_eq!(said[2], "The n: enter a number, like 12 or 3.5");
    }

    #[test]
    fn a_field_that_names_people_takes_nothing() {
        let form = [field(
            "who",
            true,
            FieldKind::Unsupported(Unsupported::Person),
        )];
        assert!(values(&form, &texts(&[("who", "712020:abc")])).is_err());
        let brought = [field("summary", true, FieldKind::Line)];
        assert!(values(&brought, &texts(&[("summary", "another")])).is_err());
    }
}

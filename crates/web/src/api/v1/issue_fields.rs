//! Fields of issues that are to be made, as programs see them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use upvow_app::sync::fields::{self, FieldKind, FormField, Texts};
use utoipa::ToSchema;

/// A field of an issue that is to be made, as Jira has it now.
#[derive(Serialize, ToSchema)]
pub(super) struct IssueField {
    #[schema(example = "customfield_10031")]
    id: String,
    /// Its name at Jira.
    #[schema(example = "Cost centre")]
    name: String,
    /// What it takes.
    kind: IssueFieldKind,
    /// What can be chosen; empty for what is written.
    options: Vec<IssueFieldOption>,
    /// Jira makes no issue without it, and does not fill it itself.
    needed: bool,
    /// It is asked for each time an issue is made.
    asked: bool,
    /// What it is filled with.
    value: Vec<String>,
    /// What Jira said about it when it refused the issue.
    refused: Option<String>,
}

/// What a field takes. `text` is Markdown, `date` is `2026-11-23`, `moment` is RFC 3339 or a local time that is read as
/// UTC; `choice` and `choices` take ids of options; `cascade` takes `id` or `id/id`; `labels` takes words.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum IssueFieldKind {
    Line,
    Text,
    Url,
    Number,
    Date,
    Moment,
    Choice,
    Choices,
    Cascade,
    Labels,
}

/// Something to choose.
#[derive(Serialize, ToSchema)]
struct IssueFieldOption {
    id: String,
    name: String,
    /// What can be chosen under it.
    children: Vec<IssueFieldChild>,
}

/// Something to choose under an option.
#[derive(Serialize, ToSchema)]
struct IssueFieldChild {
    id: String,
    name: String,
}

impl From<FormField> for IssueField {
    fn from(field: FormField) -> IssueField {
        IssueField {
            id: field.id,
            name: field.name,
            kind: match field.kind {
                FieldKind::Text => IssueFieldKind::Text,
                FieldKind::Url => IssueFieldKind::Url,
                FieldKind::Number => IssueFieldKind::Number,
                FieldKind::Date => IssueFieldKind::Date,
                FieldKind::Moment => IssueFieldKind::Moment,
                FieldKind::Choice => IssueFieldKind::Choice,
                FieldKind::Choices => IssueFieldKind::Choices,
                FieldKind::Cascade => IssueFieldKind::Cascade,
                FieldKind::Labels => IssueFieldKind::Labels,
                // Those that cannot be filled are in no form.
                FieldKind::Line | FieldKind::Unsupported(_) => IssueFieldKind::Line,
            },
            options: field.options.into_iter().map(Into::into).collect(),
            needed: field.needed,
            asked: field.asked,
            value: field.value,
            refused: field.refused.map(str::to_owned),
        }
    }
}

impl From<fields::FieldOption> for IssueFieldOption {
    fn from(option: fields::FieldOption) -> IssueFieldOption {
        IssueFieldOption {
            id: option.id,
            name: option.name,
            children: option
                .children
                .into_iter()
                .map(|(id, name)| IssueFieldChild { id, name })
                .collect(),
        }
    }
}

/// A value: one text or number, or several texts where a field takes several.
#[derive(Deserialize, ToSchema)]
#[serde(untagged)]
pub(super) enum FieldTexts {
    /// One.
    One(String),
    /// A number.
    Number(f64),
    /// Several.
    Many(Vec<String>),
}

/// Values by field id.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FieldInput {
    /// By field id. A field that is not named is left empty.
    pub(super) fields: BTreeMap<String, FieldTexts>,
}

/// As the app reads them.
pub(super) fn texts(fields: BTreeMap<String, FieldTexts>) -> Texts {
    fields
        .into_iter()
        .map(|(id, texts)| {
            let texts = match texts {
                FieldTexts::One(text) => vec![text],
                FieldTexts::Number(number) => vec![number.to_string()],
                FieldTexts::Many(texts) => texts,
            };
            (id, texts)
        })
        .collect()
}

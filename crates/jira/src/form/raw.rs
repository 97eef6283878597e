//! Fields as `createmeta`, `editmeta` and the screens of steps write them.

use serde::Deserialize;

use super::{CreateField, FieldKind, FieldOption, Unsupported};
use crate::read::{Loose, null_as_default};

/// A field as `createmeta` and `editmeta` write it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RawField {
    #[serde(default, deserialize_with = "null_as_default")]
    field_id: String,
    #[serde(default, deserialize_with = "null_as_default")]
    key: String,
    #[serde(default, deserialize_with = "null_as_default")]
    name: String,
    #[serde(default, deserialize_with = "null_as_default")]
    required: bool,
    #[serde(default, deserialize_with = "null_as_default")]
    has_default_value: bool,
    #[serde(default, deserialize_with = "null_as_default")]
    schema: RawSchema,
    #[serde(default, deserialize_with = "null_as_default")]
    allowed_values: Vec<RawAllowed>,
}

/// `{"type": "array", "items": "option", "custom": "..:multiselect"}`
#[derive(Deserialize, Default)]
pub(crate) struct RawSchema {
    #[serde(rename = "type", default, deserialize_with = "null_as_default")]
    kind: String,
    #[serde(default, deserialize_with = "null_as_default")]
    items: String,
    #[serde(default, deserialize_with = "null_as_default")]
    system: String,
    #[serde(default, deserialize_with = "null_as_default")]
    custom: String,
}

#[derive(Deserialize)]
struct RawAllowed {
    #[serde(default)]
    id: Option<Loose>,
    #[serde(default, deserialize_with = "null_as_default")]
    name: String,
    #[serde(default, deserialize_with = "null_as_default")]
    value: String,
    #[serde(default, deserialize_with = "null_as_default")]
    disabled: bool,
    #[serde(default, deserialize_with = "null_as_default")]
    archived: bool,
    #[serde(default, deserialize_with = "null_as_default")]
    children: Vec<RawAllowed>,
}

impl RawField {
    /// A field of a step, which is listed under its id.
    pub(crate) fn into_named(self, id: String) -> CreateField {
        RawField {
            field_id: id,
            ..self
        }
        .into_field()
    }

    pub(crate) fn into_field(self) -> CreateField {
        let mut kind = self.schema.kind();
        let offers = matches!(
            kind,
            FieldKind::Choice | FieldKind::Choices | FieldKind::Cascade
        );
        let options: Vec<FieldOption> = if offers {
            self.allowed_values
                .into_iter()
                .filter_map(RawAllowed::into_option)
                .collect()
        } else {
            Vec::new()
        };
        if offers && options.is_empty() {
            kind = FieldKind::Unsupported(Unsupported::Empty);
        }
        CreateField {
            id: if self.field_id.is_empty() {
                self.key
            } else {
                self.field_id
            },
            name: self.name,
            required: self.required,
            has_default: self.has_default_value,
            kind,
            options,
        }
    }
}

impl RawAllowed {
    fn into_option(self) -> Option<FieldOption> {
        let (id, name, children) = self.into_parts()?;
        let children = children.into_iter().filter_map(RawAllowed::into_parts);
        Some(FieldOption {
            id,
            name,
            children: children.map(|(id, name, _)| (id, name)).collect(),
        })
    }

    /// Id, name and what is under it; nothing of what cannot be chosen any more.
    fn into_parts(self) -> Option<(String, String, Vec<RawAllowed>)> {
        if self.disabled || self.archived {
            return None;
        }
        let id = self.id?.into_text();
        let is_plain = (1..=40).contains(&id.len())
            && id
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
        let name = if self.name.is_empty() {
            self.value
        } else {
            self.name
        };
        is_plain.then_some((id, name, self.children))
    }
}

impl RawSchema {
    /// What a field of this schema takes.
    pub(crate) fn kind(&self) -> FieldKind {
        // `com.atlassian.jira.plugin.system.customfieldtypes:textarea`
        let plugin = self.custom.rsplit(':').next().unwrap_or_default();
        let is_custom = !self.custom.is_empty();
        let no = FieldKind::Unsupported;
        match (self.kind.as_str(), self.items.as_str()) {
            (_, _) if plugin == "atlassian-team" => no(Unsupported::Team),
            ("string", _) => match plugin {
                "textarea" => FieldKind::Text,
                "url" => FieldKind::Url,
                "textfield" | "gh-epic-label" => FieldKind::Line,
                _ if is_custom => no(Unsupported::Unknown),
                _ if self.system == "environment" || self.system == "description" => {
                    FieldKind::Text
                }
                _ if self.system.is_empty() => no(Unsupported::Unknown),
                _ => FieldKind::Line,
            },
            ("number", _) => FieldKind::Number,
            ("date", _) => FieldKind::Date,
            ("datetime", _) => FieldKind::Moment,
            (
                "option" | "priority" | "resolution" | "version" | "component" | "project"
                | "securitylevel",
                _,
            ) => FieldKind::Choice,
            ("array", "option" | "version" | "component") => FieldKind::Choices,
            ("option-with-child", _) => FieldKind::Cascade,
            ("array", "string") if plugin == "labels" || self.system == "labels" => {
                FieldKind::Labels
            }
            ("user", _) | ("array", "user") => no(Unsupported::Person),
            ("group", _) | ("array", "group") => no(Unsupported::Group),
            ("team", _) | ("array", "team") => no(Unsupported::Team),
            ("array", "attachment") => no(Unsupported::Attachment),
            ("issuelink", _) | ("array", "issuelinks") => no(Unsupported::Issue),
            _ => no(Unsupported::Unknown),
        }
    }

    /// Whether it is a number that somebody set up in Jira.
    pub(crate) fn is_custom_number(&self) -> bool {
        self.kind == "number" && !self.custom.is_empty()
    }
}

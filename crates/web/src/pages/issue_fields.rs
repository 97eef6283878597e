//! Fields of issues that are to be made, as parts of forms: each by what it takes, named as Jira names it.

use upvow_app::sync::fields::{FieldKind, FormField, Texts};

use super::{errors::Errors, fields::Fields};

/// What the name of an input begins with; the rest is the field's id.
const PREFIX: &str = "field-";

/// A field as a form shows it.
pub(super) struct Shown {
    pub(super) field: FormField,
    /// What was typed, or what it is filled with.
    pub(super) value: Vec<String>,
    /// What is wrong with it.
    pub(super) wrong: Vec<String>,
}

impl Shown {
    /// The fields of a form, with what was typed and refused.
    pub(super) fn all(
        fields: Vec<FormField>,
        typed: Option<&Fields>,
        errors: &Errors,
    ) -> Vec<Shown> {
        fields
            .into_iter()
            .map(|field| {
                let value = match typed {
                    Some(typed) => typed
                        .all(&format!("{PREFIX}{}", field.id))
                        .map(str::to_owned)
                        .collect(),
                    None => field.value.clone(),
                };
                // The app names the field in front of what is wrong with it.
                let name = format!("{}: ", field.name);
                let said = errors.others(&[]).into_iter();
                let mut wrong: Vec<String> = said
                    .filter_map(|text| text.get(..name.len()).zip(text.get(name.len()..)))
                    .filter(|(start, _)| start.to_lowercase() == name.to_lowercase())
                    .map(|(_, rest)| rest.to_owned())
                    .collect();
                if wrong.is_empty() && typed.is_none() {
                    wrong.extend(field.refused.map(str::to_owned));
                }
                Shown {
                    field,
                    value,
                    wrong,
                }
            })
            .collect()
    }

    /// Refusals that stand beside none of these fields.
    pub(super) fn loose<'a>(
        fields: impl IntoIterator<Item = &'a Shown>,
        errors: &Errors,
    ) -> Vec<&str> {
        let wrong: Vec<_> = fields.into_iter().flat_map(|shown| &shown.wrong).collect();
        let mut texts = errors.others(&[]);
        texts.retain(|text| !wrong.iter().any(|wrong| text.ends_with(wrong.as_str())));
        texts
    }

    pub(super) fn name(&self) -> String {
        format!("{PREFIX}{}", self.field.id)
    }

    pub(super) fn text(&self) -> &str {
        self.value.first().map_or("", String::as_str)
    }

    pub(super) fn is_chosen(&self, id: &str) -> bool {
        self.value.iter().any(|value| value == id)
    }

    pub(super) fn is_under(&self, parent: &str, child: &str) -> bool {
        self.is_chosen(&self.under(parent, child))
    }

    /// The value of an option under another.
    pub(super) fn under(&self, parent: &str, child: &str) -> String {
        format!("{parent}/{child}")
    }

    /// Which part of the template shows it.
    pub(super) fn look(&self) -> &'static str {
        match self.field.kind {
            FieldKind::Text => "text",
            FieldKind::Choice => "choice",
            FieldKind::Choices => "choices",
            FieldKind::Cascade => "cascade",
            _ => "input",
        }
    }

    /// The type of its input.
    pub(super) fn input(&self) -> &'static str {
        match self.field.kind {
            FieldKind::Number => "number",
            FieldKind::Date => "date",
            FieldKind::Moment => "datetime-local",
            FieldKind::Url => "url",
            _ => "text",
        }
    }

    pub(super) fn hint(&self) -> &'static str {
        match self.field.kind {
            FieldKind::Labels => "Words without spaces; a space or comma begins the next.",
            FieldKind::Moment => "In UTC.",
            FieldKind::Text => "Markdown.",
            FieldKind::Url => "Begins with https:// or http://.",
            _ => "",
        }
    }
}

/// What a form gives for fields, by their ids.
pub(super) fn texts(fields: &Fields) -> Texts {
    let mut texts = Texts::new();
    for (name, value) in fields.iter() {
        if let Some(id) = name.strip_prefix(PREFIX) {
            texts
                .entry(id.to_owned())
                .or_default()
                .push(value.to_owned());
        }
    }
    texts
}

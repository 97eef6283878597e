//! The forms of Jira, for a new issue and for a step: which fields they have, what each takes, and values read at the edge.
//!
//! A value that was read is right in itself: a number is one, an option is one of those that Jira offers. Whether Jira
//! still offers it when the issue is made is Jira's to say.

mod given;
mod raw;
#[cfg(test)]
mod tests;

pub(crate) use given::json_number;
pub use given::{Given, Wrong, fields_of};
pub(crate) use raw::{RawField, RawSchema};

use crate::adf::LONGEST;
use given::{MOST, address, at_most, labels, line, moment, number};

/// A field of the form for a new issue, or of the screen of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateField {
    /// `summary`, `customfield_10011`.
    pub id: String,
    /// Its name in the language of the grant's person.
    pub name: String,
    /// Whether an issue cannot be created, or the step not be taken, without it.
    pub required: bool,
    /// Whether Jira fills it when it is left out.
    pub has_default: bool,
    /// What it takes.
    pub kind: FieldKind,
    /// What can be chosen. Empty unless the kind is one of the choices: the values of other fields can be people.
    pub options: Vec<FieldOption>,
}

/// Something to choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldOption {
    /// Its id.
    pub id: String,
    /// Its name in the language of the grant's person.
    pub name: String,
    /// What can be chosen under it: id and name. Only in a [`FieldKind::Cascade`].
    pub children: Vec<(String, String)>,
}

/// What a field takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// One line.
    Line,
    /// Paragraphs, written in Markdown.
    Text,
    /// A web address.
    Url,
    /// A number.
    Number,
    /// A day.
    Date,
    /// A day and a time.
    Moment,
    /// One of the options: select, radio buttons, priority, version, project.
    Choice,
    /// Some of the options: checkboxes, components, versions.
    Choices,
    /// One option, and perhaps one under it.
    Cascade,
    /// Words without spaces.
    Labels,
    /// We cannot fill it.
    Unsupported(Unsupported),
}

/// Why a field cannot be filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unsupported {
    /// It names people, and of those in Jira we keep nothing.
    Person,
    /// It names a group of people.
    Group,
    /// It names a team.
    Team,
    /// It takes files.
    Attachment,
    /// It takes another issue.
    Issue,
    /// There is nothing to choose in it.
    Empty,
    /// A kind that we do not know: it belongs to a plug-in, or is new.
    Unknown,
}

impl CreateField {
    /// Whether an issue that is made of a post brings this field by itself, or Jira fills it with who makes the issue: every
    /// issue has it.
    pub fn is_brought(&self) -> bool {
        matches!(
            self.id.as_str(),
            "project" | "issuetype" | "summary" | "description" | "reporter"
        )
    }

    /// Whether somebody has to give a value for it.
    pub fn is_needed(&self) -> bool {
        self.required && !self.has_default && !self.is_brought()
    }

    /// Why it cannot be filled, if it cannot.
    pub fn unsupported(&self) -> Option<Unsupported> {
        match self.kind {
            FieldKind::Unsupported(why) => Some(why),
            _ => None,
        }
    }

    /// Reads what a form or a program gave, one text for each chosen or written thing. Nothing but blanks is no value.
    pub fn read(&self, texts: &[&str]) -> Result<Option<Given>, Wrong> {
        let texts: Vec<&str> = texts
            .iter()
            .map(|text| text.trim())
            .filter(|text| !text.is_empty())
            .collect();
        let Some(first) = texts.first() else {
            return Ok(None);
        };
        Ok(Some(match self.kind {
            FieldKind::Line => Given::Line(line(first)?),
            FieldKind::Text => Given::Text(at_most(first, LONGEST)?.to_owned()),
            FieldKind::Url => Given::Line(address(first)?),
            FieldKind::Number => Given::Number(number(first)?),
            FieldKind::Date => Given::Date(
                first
                    .parse::<jiff::civil::Date>()
                    .map_err(|_| Wrong::NotADate)?
                    .to_string(),
            ),
            FieldKind::Moment => Given::Moment(moment(first)?),
            FieldKind::Choice => Given::Choice(self.option(first)?.id.clone()),
            FieldKind::Choices => Given::Choices(self.chosen(&texts)?),
            FieldKind::Cascade => self.cascade(first)?,
            FieldKind::Labels => Given::Labels(labels(&texts)?),
            FieldKind::Unsupported(_) => return Err(Wrong::NotSupported),
        }))
    }

    fn option(&self, id: &str) -> Result<&FieldOption, Wrong> {
        self.options
            .iter()
            .find(|option| option.id == id)
            .ok_or(Wrong::NotAnOption)
    }

    fn chosen(&self, texts: &[&str]) -> Result<Vec<String>, Wrong> {
        let mut ids: Vec<String> = Vec::new();
        for text in texts {
            let id = &self.option(text)?.id;
            if !ids.contains(id) {
                ids.push(id.clone());
            }
        }
        if ids.len() > MOST {
            return Err(Wrong::TooMany(MOST));
        }
        Ok(ids)
    }

    /// `10` or `10/11`.
    fn cascade(&self, text: &str) -> Result<Given, Wrong> {
        let (parent, child) = match text.split_once('/') {
            Some((parent, child)) => (parent, Some(child)),
            None => (text, None),
        };
        let parent = self.option(parent)?;
        let child = match child {
            None => None,
            Some(child) => Some(
                parent
                    .children
                    .iter()
                    .find(|(id, _)| id == child)
                    .map(|(id, _)| id.clone())
                    .ok_or(Wrong::NotAnOption)?,
            ),
        };
        Ok(Given::Cascade(parent.id.clone(), child))
    }
}

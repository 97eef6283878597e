//! The forms of Jira, for a new issue and for a step: which fields they have, what each takes, and values read at the edge.
//!
//! A value that was read is right in itself: a number is one, an option is one of those that Jira offers. Whether Jira
//! still offers it when the issue is made is Jira's to say.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Number, Value, json};
use url::Url;

use crate::Adf;
use crate::adf::{LONGEST, clean_line};
use crate::read::{Loose, null_as_default};

/// The longest line that Jira takes in a field of one line, in UTF-16 units.
const LONGEST_LINE: usize = 255;
/// Jira's own bound for number fields.
const LARGEST: f64 = 1e14;
/// More labels or options than this is not what a form is for.
const MOST: usize = 100;

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

/// A value for a field. Kept only as long as the issue is not made, so it says itself how Jira wants it.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Given {
    /// One line.
    Line(String),
    /// Markdown.
    Text(String),
    /// A number.
    Number(f64),
    /// `2026-11-23`
    Date(String),
    /// Milliseconds.
    Moment(i64),
    /// The id of an option.
    Choice(String),
    /// Ids of options.
    Choices(Vec<String>),
    /// The id of an option, and of one under it.
    Cascade(String, Option<String>),
    /// Words.
    Labels(Vec<String>),
}

/// Says nothing of the value: a person wrote it.
impl std::fmt::Debug for Given {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Given(..)")
    }
}

/// Why a value is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    /// More than this many characters.
    TooLong(usize),
    /// More than this many.
    TooMany(usize),
    /// Not a number, or beyond what Jira holds.
    NotANumber,
    /// Not a day.
    NotADate,
    /// Not a day and time.
    NotAMoment,
    /// Not an address that begins with http or https.
    NotAnAddress,
    /// Not one of the options.
    NotAnOption,
    /// A field that we cannot fill.
    NotSupported,
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

impl Given {
    /// As Jira wants it.
    pub fn as_value(&self) -> Value {
        match self {
            Given::Line(text) | Given::Date(text) => text.as_str().into(),
            Given::Text(markdown) => Adf::from_markdown(markdown, None).as_value().clone(),
            Given::Number(number) => json_number(*number),
            Given::Moment(ms) => {
                // Jira's offset has no colon, which RFC 3339 would want.
                let text = upvow_domain::Time(*ms).rfc3339();
                text.replace('Z', "+0000").into()
            }
            Given::Choices(ids) => ids.iter().map(|id| json!({ "id": id })).collect(),
            Given::Choice(id) | Given::Cascade(id, None) => json!({ "id": id }),
            Given::Cascade(id, Some(child)) => json!({"id": id, "child": {"id": child}}),
            Given::Labels(labels) => labels.iter().map(String::as_str).collect(),
        }
    }

    /// As [`CreateField::read`] reads it, for a form that is filled in already.
    pub fn texts(&self) -> Vec<String> {
        match self {
            Given::Line(text) | Given::Text(text) | Given::Date(text) | Given::Choice(text) => {
                vec![text.clone()]
            }
            Given::Number(number) => vec![json_number(*number).to_string()],
            Given::Moment(ms) => {
                let text = upvow_domain::Time(*ms).rfc3339();
                // To the minute, as a browser's own field has it.
                vec![text.chars().take(16).collect()]
            }
            Given::Choices(ids) => ids.clone(),
            Given::Labels(words) => vec![words.join(" ")],
            Given::Cascade(id, None) => vec![id.clone()],
            Given::Cascade(id, Some(child)) => vec![format!("{id}/{child}")],
        }
    }
}

/// A whole number without its `.0`, as a person would write it.
pub(crate) fn json_number(number: f64) -> Value {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() < EXACT {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "it is whole and below 2^53"
        )]
        return (number as i64).into();
    }
    Number::from_f64(number).map_or(Value::Null, Value::Number)
}

fn at_most(text: &str, most: usize) -> Result<&str, Wrong> {
    if text.encode_utf16().count() > most {
        return Err(Wrong::TooLong(most));
    }
    Ok(text)
}

fn line(text: &str) -> Result<String, Wrong> {
    let text = clean_line(text);
    at_most(text.trim(), LONGEST_LINE).map(str::to_owned)
}

fn address(text: &str) -> Result<String, Wrong> {
    let url = Url::parse(text).map_err(|_| Wrong::NotAnAddress)?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Wrong::NotAnAddress);
    }
    at_most(url.as_str(), LONGEST_LINE).map(str::to_owned)
}

fn number(text: &str) -> Result<f64, Wrong> {
    let number: f64 = text.parse().map_err(|_| Wrong::NotANumber)?;
    if number.is_finite() && number.abs() <= LARGEST {
        Ok(number)
    } else {
        Err(Wrong::NotANumber)
    }
}

/// A moment with its offset, or one as a browser's own field gives it, which is then in UTC.
fn moment(text: &str) -> Result<i64, Wrong> {
    if let Ok(moment) = text.parse::<jiff::Timestamp>() {
        return Ok(moment.as_millisecond());
    }
    text.parse::<jiff::civil::DateTime>()
        .and_then(|written| jiff::tz::TimeZone::UTC.to_timestamp(written))
        .map(jiff::Timestamp::as_millisecond)
        .map_err(|_| Wrong::NotAMoment)
}

fn labels(texts: &[&str]) -> Result<Vec<String>, Wrong> {
    let mut labels: Vec<String> = Vec::new();
    for word in texts
        .iter()
        .flat_map(|text| text.split(|c: char| c.is_whitespace() || c == ','))
    {
        let word = line(word)?;
        if !word.is_empty() && !labels.contains(&word) {
            labels.push(word);
        }
    }
    if labels.len() > MOST {
        return Err(Wrong::TooMany(MOST));
    }
    Ok(labels)
}

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

/// Values by field id as Jira wants them.
pub fn fields_of<'a>(
    values: impl IntoIterator<Item = (&'a String, &'a Given)>,
) -> Map<String, Value> {
    values
        .into_iter()
        .map(|(id, given)| (id.clone(), given.as_value()))
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn field(schema: &Value, allowed: &Value) -> CreateField {
        let raw = json!({"fieldId": "customfield_1", "name": "Field", "required": true,
                         "schema": schema, "allowedValues": allowed});
        serde_json::from_value::<RawField>(raw)
            .expect("a field")
            .into_field()
    }

    fn custom(kind: &str, items: &str, plugin: &str) -> Value {
        json!({"type": kind, "items": items, "custom": format!("com.atlassian.jira.plugin.system.customfieldtypes:{plugin}")})
    }

    fn plain(kind: &str, plugin: &str) -> CreateField {
        field(&custom(kind, "", plugin), &Value::Null)
    }

    fn sent(field: &CreateField, texts: &[&str]) -> Result<Value, Wrong> {
        let given = field.read(texts)?.expect("a value");
        let again: Vec<String> = given.texts();
        let again: Vec<&str> = again.iter().map(String::as_str).collect();
        assert_eq!(
            field.read(&again).expect("a shown value is a good one"),
            Some(given.clone()),
            "a form that is filled in gives the same again"
        );
        let kept = serde_json::to_string(&given).expect("JSON");
        assert_eq!(
            serde_json::from_str::<Given>(&kept).expect("JSON"),
            given,
            "keeping changes nothing"
        );
        Ok(given.as_value())
    }

    #[test]
    fn every_kind_is_sent_as_jira_wants_it() {
        let options = json!([{"id": "10", "value": "North", "children": [{"id": 11, "value": "Oslo"}]},
                             {"id": "12", "value": "South"}, {"id": "13", "value": "Old", "disabled": true}]);
        let choice =
            |kind: &str, items: &str, plugin: &str| field(&custom(kind, items, plugin), &options);
        for (field, texts, wanted) in [
            (
                plain("string", "textfield"),
                &["  a\u{0}b\tc "][..],
                json!("ab c"),
            ),
            (
                plain("string", "url"),
                &["https://a.example/x"],
                json!("https://a.example/x"),
            ),
            (plain("number", "float"), &["3.5"], json!(3.5)),
            (plain("number", "float"), &["-12"], json!(-12)),
            (
                plain("date", "datepicker"),
                &["2026-02-28"],
                json!("2026-02-28"),
            ),
            (
                plain("datetime", "datetime"),
                &["2026-11-23T15:04"],
                json!("2026-11-23T15:04:00.000+0000"),
            ),
            (
                plain("datetime", "datetime"),
                &["2026-11-23T15:04:00+02:00"],
                json!("2026-11-23T13:04:00.000+0000"),
            ),
            (choice("option", "", "select"), &["10"], json!({"id": "10"})),
            (
                choice("array", "option", "multicheckboxes"),
                &["10", "12", "10"],
                json!([{"id": "10"}, {"id": "12"}]),
            ),
            (
                choice("option-with-child", "", "cascadingselect"),
                &["10/11"],
                json!({"id": "10", "child": {"id": "11"}}),
            ),
            (
                choice("option-with-child", "", "cascadingselect"),
                &["12"],
                json!({"id": "12"}),
            ),
            (
                plain_labels(),
                &["ui, dark ui", "x"],
                json!(["ui", "dark", "x"]),
            ),
            (
                field(&json!({"type": "priority", "system": "priority"}), &options),
                &["12"],
                json!({"id": "12"}),
            ),
            (
                field(
                    &json!({"type": "array", "items": "component", "system": "components"}),
                    &options,
                ),
                &["12"],
                json!([{"id": "12"}]),
            ),
            (
                field(&custom("project", "", "project"), &options),
                &["10"],
                json!({"id": "10"}),
            ),
        ] {
            assert_eq!(sent(&field, texts), Ok(wanted), "{field:?} {texts:?}");
        }
        let text = sent(&plain("string", "textarea"), &["**a**\n\nb"]).expect("a text");
        assert_eq!(text["type"], "doc");
        assert_eq!(text["content"][1]["content"][0]["text"], "b");
    }

    fn plain_labels() -> CreateField {
        field(
            &json!({"type": "array", "items": "string", "system": "labels"}),
            &Value::Null,
        )
    }

    #[test]
    fn what_does_not_fit_is_refused_before_jira_sees_it() {
        let options =
            json!([{"id": "10", "value": "North"}, {"id": "13", "value": "Old", "archived": true}]);
        let select = field(&custom("option", "", "select"), &options);
        let cascade = field(
            &custom("option-with-child", "", "cascadingselect"),
            &options,
        );
        for (field, text, wrong) in [
            (
                plain("string", "textfield"),
                "x".repeat(256),
                Wrong::TooLong(255),
            ),
            (
                plain("string", "textarea"),
                "x".repeat(32_768),
                Wrong::TooLong(32_767),
            ),
            (
                plain("string", "url"),
                "javascript:alert(1)".into(),
                Wrong::NotAnAddress,
            ),
            (
                plain("string", "url"),
                "no address".into(),
                Wrong::NotAnAddress,
            ),
            (plain("number", "float"), "many".into(), Wrong::NotANumber),
            (plain("number", "float"), "NaN".into(), Wrong::NotANumber),
            (plain("number", "float"), "1e15".into(), Wrong::NotANumber),
            (
                plain("date", "datepicker"),
                "2026-02-30".into(),
                Wrong::NotADate,
            ),
            (
                plain("datetime", "datetime"),
                "tomorrow".into(),
                Wrong::NotAMoment,
            ),
            (select.clone(), "11".into(), Wrong::NotAnOption),
            (select, "13".into(), Wrong::NotAnOption),
            (cascade, "10/99".into(), Wrong::NotAnOption),
            (
                plain("user", "userpicker"),
                "712020:x".into(),
                Wrong::NotSupported,
            ),
        ] {
            assert_eq!(field.read(&[&text]), Err(wrong), "{field:?}");
        }
        assert_eq!(plain("number", "float").read(&[" ", ""]), Ok(None));
    }

    #[test]
    fn a_field_that_names_people_is_not_filled_and_not_read() {
        let people = json!([{"id": "712020:abc", "name": "Zoe Zebra"}]);
        for (schema, why) in [
            (custom("user", "", "userpicker"), Unsupported::Person),
            (custom("array", "user", "people"), Unsupported::Person),
            (custom("group", "", "grouppicker"), Unsupported::Group),
            (custom("team", "", "atlassian-team"), Unsupported::Team),
            (
                json!({"type": "array", "items": "attachment", "system": "attachment"}),
                Unsupported::Attachment,
            ),
            (
                json!({"type": "issuelink", "system": "parent"}),
                Unsupported::Issue,
            ),
            (
                json!({"type": "any", "custom": "com.example.plugin:thing"}),
                Unsupported::Unknown,
            ),
            (
                json!({"type": "string", "custom": "com.example.plugin:text"}),
                Unsupported::Unknown,
            ),
            (custom("option", "", "select"), Unsupported::Empty),
        ] {
            let none = json!([]);
            let allowed = if why == Unsupported::Empty {
                &none
            } else {
                &people
            };
            let field = field(&schema, allowed);
            assert_eq!(field.unsupported(), Some(why), "{schema}");
            assert!(field.options.is_empty() && !format!("{field:?}").contains("Zebra"));
        }
    }

    proptest! {
        #[test]
        fn whatever_is_typed_is_refused_or_reads_the_same_again(text in any::<String>()) {
            for (kind, plugin) in [("string", "textfield"), ("string", "url"), ("number", "float"),
                                   ("date", "datepicker"), ("datetime", "datetime")] {
                let field = plain(kind, plugin);
                if let Ok(Some(given)) = field.read(&[&text]) {
                    let again = given.texts();
                    prop_assert_eq!(field.read(&[again[0].as_str()]).expect("good").map(|g| g.texts()), Some(again.clone()));
                    prop_assert!(!given.as_value().is_null());
                }
            }
        }
    }
}

//! The text, sentence by sentence, with the operator's values in it.

use std::sync::LazyLock;

use aws_lc_rs::digest;
use upvow_domain::hex;

use crate::{App, privacy::retention::Kind};

/// The text as it is in the repository.
pub const TEXT: &str = include_str!("../../../../../promises/addendum.md");

/// A part of the addendum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Its number.
    pub number: String,
    /// Its title.
    pub title: String,
    /// Its sentences.
    pub sentences: Vec<Sentence>,
}

/// One promise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentence {
    /// `5.2`.
    pub id: String,
    /// Its words.
    pub text: String,
}

impl Sentence {
    /// The beginning of its SHA-256, by which the ledger knows it.
    pub fn hash(&self) -> String {
        hex(&digest::digest(&digest::SHA256, self.text.as_bytes()).as_ref()[..6])
    }
}

static SECTIONS: LazyLock<Vec<Section>> = LazyLock::new(|| read(TEXT));

/// The addendum as it is written, its places still empty: what the ledger's hashes are of.
pub fn template() -> &'static [Section] {
    &SECTIONS
}

/// The addendum with this operator's values.
pub fn text(app: &App) -> Vec<Section> {
    let values = values(app);
    let mut sections = SECTIONS.clone();
    for sentence in sections.iter_mut().flat_map(|s| &mut s.sentences) {
        sentence.text = fill(&sentence.text, &values);
    }
    sections
}

/// What the sentence before the first section says.
pub fn opening(app: &App) -> String {
    let line = TEXT.lines().find(|line| line.starts_with("How "));
    fill(line.unwrap_or_default(), &values(app))
}

/// Sections begin with `## 5. Title`, sentences with `- {#5.2}`.
fn read(text: &str) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    for line in text.lines() {
        if let Some((number, title)) = line.strip_prefix("## ").and_then(|l| l.split_once(". ")) {
            sections.push(Section {
                number: number.to_owned(),
                title: title.to_owned(),
                sentences: Vec::new(),
            });
        } else if let Some((id, text)) = line.strip_prefix("- {#").and_then(|l| l.split_once("} "))
            && let Some(section) = sections.last_mut()
        {
            section.sentences.push(Sentence {
                id: id.to_owned(),
                text: text.trim().to_owned(),
            });
        }
    }
    sections
}

/// Every place of the text, and what stands there.
fn values(app: &App) -> Vec<(&'static str, String)> {
    let set = &app.settings;
    vec![
        ("operator", set.operator.clone()),
        ("home", set.address("")),
        ("contact", set.contact.clone()),
        ("epoch_turn_within", span(set.epoch_turn_within)),
        ("logs_for", span(set.retention.of(Kind::Logs))),
        ("tombstones_for", span(set.retention.of(Kind::Tombstones))),
        ("reporting_cycle", span(set.reporting_cycle)),
        (
            "requests_target",
            format!("to answer within {}", span(set.requests_target)),
        ),
        ("requests_ceiling", long_span(set.requests_ceiling)),
        ("notice_days", super::NOTICE_DAYS.to_string()),
    ]
}

fn fill(text: &str, values: &[(&'static str, String)]) -> String {
    values.iter().fold(text.to_owned(), |text, (name, value)| {
        text.replace(&["{{", name, "}}"].concat(), value)
    })
}

/// `60 minutes`, `7 days`: the largest unit that leaves no rest.
fn span(time: std::time::Duration) -> String {
    let minutes = time.as_secs() / 60;
    let (number, unit) = match minutes {
        0 => (time.as_secs(), "second"),
        _ if minutes.is_multiple_of(24 * 60) => (minutes / (24 * 60), "day"),
        _ if minutes > 60 && minutes.is_multiple_of(60) => (minutes / 60, "hour"),
        _ => (minutes, "minute"),
    };
    let many = if number == 1 { "" } else { "s" };
    format!("{number} {unit}{many}")
}

/// `48 hours`, as laws count such terms; days only where they are many.
fn long_span(time: std::time::Duration) -> String {
    let hours = time.as_secs() / 3600;
    if hours > 1 && hours <= 72 && time.as_secs().is_multiple_of(3600) {
        format!("{hours} hours")
    } else {
        span(time)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_text_is_read_whole() {
        let read = read(
            "# T\n\nHow it is.\n\n## 1. One\n\n- {#1.1} First: {{home}}.\n- {#1.2} Second.\n## 2. Two\n",
        );
        assert_eq!(read.len(), 2);
        assert_eq!(read[0].sentences[0].text, "First: {{home}}.");
        assert_eq!(read[0].sentences[1].id, "1.2");
        let filled = fill("At {{home}}, {{home}}.", &[("home", "X".to_owned())]);
        assert_eq!(filled, "At X, X.");
        let lines = TEXT.lines().filter(|line| line.contains("{#")).count();
        let sentences = template().iter().map(|s| s.sentences.len()).sum::<usize>();
        assert_eq!(sentences, lines, "no sentence is passed over");
    }

    #[test]
    fn spans_are_said_as_people_say_them() {
        for (minutes, words) in [
            (1, "1 minute"),
            (60, "60 minutes"),
            (120, "2 hours"),
            (7 * 24 * 60, "7 days"),
        ] {
            assert_eq!(span(Duration::from_secs(minutes * 60)), words);
        }
        assert_eq!(span(Duration::from_secs(20)), "20 seconds");
        assert_eq!(long_span(Duration::from_hours(48)), "48 hours");
        assert_eq!(long_span(Duration::from_hours(24 * 30)), "30 days");
    }
}

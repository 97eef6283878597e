//! The versions of the addendum.

use std::sync::LazyLock;

use upvow_domain::Time;

use super::{Day, NOTICE_DAYS};

/// The changes as they are in the repository.
pub const TEXT: &str = include_str!("../../../../../promises/changes.toml");

/// A version of the addendum.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// Counted from 1.
    pub number: i64,
    /// When it was made known.
    pub date: Day,
    /// From when on it counts.
    pub effective: Day,
    /// Whether it changes what people may rely on.
    pub material: bool,
    /// In a few words.
    pub title: String,
    /// In a sentence or two.
    pub what: String,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    change: Vec<Change>,
}

static CHANGES: LazyLock<Vec<Change>> =
    LazyLock::new(|| read(TEXT).expect("the changes are compiled in, and a test reads them"));

/// Every version, newest first.
pub fn all() -> &'static [Change] {
    &CHANGES
}

/// The version that counts at this moment: the newest whose day has come. The first one counts from the beginning.
pub fn in_force(now: Time) -> i64 {
    version_at(all(), now)
}

fn version_at(changes: &[Change], now: Time) -> i64 {
    changes
        .iter()
        .find(|change| change.effective.begins() <= now)
        .map_or(1, |change| change.number)
}

/// Reads a file of changes; says the first thing that is wrong with it.
pub fn read(text: &str) -> Result<Vec<Change>, String> {
    let changes = toml::from_str::<File>(text)
        .map_err(|error| error.message().to_owned())?
        .change;
    for (at, change) in changes.iter().rev().enumerate() {
        let number = change.number;
        if usize::try_from(number) != Ok(at + 1) {
            return Err(format!(
                "version {number} is out of order: newest first, down to 1"
            ));
        }
        if change.effective < change.date {
            return Err(format!("version {number} counts before it is known"));
        }
        // Nobody relied on anything before the first version.
        if change.material && number > 1 && change.effective < change.date.plus(NOTICE_DAYS) {
            return Err(format!(
                "version {number} is material and counts less than {NOTICE_DAYS} days after it is known"
            ));
        }
        if change.title.trim().is_empty() || change.what.trim().is_empty() {
            return Err(format!("version {number} does not say what changed"));
        }
    }
    let newest_first = changes.windows(2).all(|pair| pair[0].date >= pair[1].date);
    if !newest_first {
        return Err("the dates are out of order".to_owned());
    }
    if changes.is_empty() {
        return Err("there is no version".to_owned());
    }
    Ok(changes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(number: i64, date: &str, effective: &str, material: bool) -> String {
        format!(
            "[[change]]\nnumber = {number}\ndate = \"{date}\"\neffective = \"{effective}\"\nmaterial = {material}\ntitle = \"T\"\nwhat = \"W\"\n"
        )
    }

    /// Promise 14.1, 14.2.
    #[test]
    fn a_material_change_is_known_thirty_days_ahead() {
        read(TEXT).unwrap();
        let first = entry(1, "2026-11-23", "2026-11-23", false);
        let change = |date: &str, effective: &str, material: bool| {
            read(&(entry(2, date, effective, material) + &first))
        };
        assert!(change("2026-12-01", "2026-12-31", true).is_ok());
        assert!(change("2026-12-01", "2026-12-30", true).is_err(), "29 days");
        assert!(change("2026-12-01", "2026-12-01", false).is_ok());
        assert!(change("2026-12-01", "2026-11-30", false).is_err());
        assert!(change("2026-11-22", "2026-12-30", false).is_err(), "order");
        assert!(read(&entry(2, "2026-12-01", "2026-12-01", false)).is_err());
        assert!(read("").is_err());
    }

    /// Promise 14.1.
    #[test]
    fn a_version_counts_from_its_day_on() {
        let text = entry(2, "2026-12-01", "2026-12-31", true)
            + &entry(1, "2026-11-23", "2026-11-23", false);
        let changes = read(&text).unwrap();
        let at = |day: &str| version_at(&changes, Day::parse(day).unwrap().begins());
        assert_eq!((at("2026-12-30"), at("2026-12-31")), (1, 2));
        assert_eq!(at("2020-01-01"), 1);
    }
}

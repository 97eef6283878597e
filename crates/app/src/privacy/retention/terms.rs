//! The terms as they hold: defaults, and what the operator set.

use std::{collections::BTreeMap, time::Duration};

use super::Kind;

/// How long each kind is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Terms(BTreeMap<Kind, Duration>);

impl Terms {
    /// Reads `signals=7d, logs=48h`: what is not named keeps its default. Gives everything that is wrong with it at once.
    pub fn parse(text: &str) -> Result<Terms, Vec<String>> {
        let (mut terms, mut wrong) = (BTreeMap::new(), vec![]);
        let items = text.split(',').map(str::trim);
        for item in items.filter(|item| !item.is_empty()) {
            match one(item) {
                Ok((kind, _)) if terms.contains_key(&kind) => {
                    wrong.push(format!("`{}` is there twice", kind.name()));
                }
                Ok((kind, span)) => {
                    terms.insert(kind, span);
                }
                Err(problem) => wrong.push(problem),
            }
        }
        if wrong.is_empty() {
            Ok(Terms(terms))
        } else {
            Err(wrong)
        }
    }

    /// How long this kind is kept.
    pub fn of(&self, kind: Kind) -> Duration {
        self.0
            .get(&kind)
            .copied()
            .unwrap_or_else(|| kind.default_term())
    }

    /// The same terms with another one for this kind, within its limits.
    #[must_use]
    pub fn with(mut self, kind: Kind, span: Duration) -> Terms {
        self.0.insert(kind, span.clamp(kind.least(), kind.most()));
        self
    }

    /// Whether the operator set it.
    pub fn is_set(&self, kind: Kind) -> bool {
        self.0.contains_key(&kind)
    }
}

fn one(item: &str) -> Result<(Kind, Duration), String> {
    let (name, text) = item
        .split_once('=')
        .ok_or_else(|| format!("`{item}` is not a kind and a term, like signals=7d"))?;
    let (name, text) = (name.trim(), text.trim());
    let kind = Kind::named(name).ok_or_else(|| {
        let names: Vec<&str> = Kind::ALL.into_iter().map(Kind::name).collect();
        format!(
            "`{name}` is no kind of data; there are {}",
            names.join(", ")
        )
    })?;
    let span = span(text).ok_or_else(|| {
        format!("the term of `{name}` is to be a number of hours or days, like 48h or 30d")
    })?;
    if span < kind.least() || span > kind.most() {
        return Err(if kind.least() == kind.most() {
            format!(
                "`{name}` has a term that cannot be set: {}",
                in_words(kind.most())
            )
        } else {
            format!(
                "the term of `{name}` is to be from {} to {}",
                in_words(kind.least()),
                in_words(kind.most())
            )
        });
    }
    Ok((kind, span))
}

fn span(text: &str) -> Option<Duration> {
    let (number, hours) = match text.strip_suffix('d') {
        Some(number) => (number, 24),
        None => (text.strip_suffix('h')?, 1),
    };
    let number: u64 = number.trim().parse().ok()?;
    number
        .checked_mul(hours)
        .filter(|hours| *hours < 1_000_000)
        .map(Duration::from_hours)
}

/// A term for people: `7 days`, `1 hour`, `3 years`.
pub fn in_words(span: Duration) -> String {
    let hours = span.as_secs() / 3600;
    let (count, unit) = match hours {
        0 => return "at once".to_owned(),
        hours if hours % (365 * 24) == 0 => (hours / (365 * 24), "year"),
        hours if hours % 24 == 0 && hours > 24 => (hours / 24, "day"),
        hours => (hours, "hour"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_is_within_its_limits_and_every_name_is_one_kinds() {
        for kind in Kind::ALL {
            assert!(kind.least() <= kind.default_term() && kind.default_term() <= kind.most());
            assert_eq!(Kind::named(kind.name()), Some(kind));
        }
    }

    #[test]
    fn terms_are_read_and_whatever_is_wrong_is_said_at_once() {
        let terms = Terms::parse(" signals=3d , logs = 48h ").unwrap();
        assert_eq!(terms.of(Kind::Signals), Duration::from_hours(72));
        assert_eq!(terms.of(Kind::Logs), Duration::from_hours(48));
        assert_eq!(terms.of(Kind::Notices), Kind::Notices.default_term());

        let wrong =
            Terms::parse("signals=400d,nonsense=1d,logs=soon,tombstones=1d,runs=2d,runs=3d");
        let wrong = wrong.unwrap_err();
        for (told, what) in wrong.iter().zip([
            "`signals` is to be from 24 hours to 30 days",
            "`nonsense` is no kind",
            "`logs` is to be a number",
            "`tombstones` has a term that cannot be set: 400 days",
            "`runs` is there twice",
        ]) {
            assert!(told.contains(what), "{told}");
        }
        assert_eq!(wrong.len(), 5);
    }

    #[test]
    fn terms_are_told_in_words() {
        assert_eq!(in_words(Duration::from_hours(24 * 7)), "7 days");
        assert_eq!(in_words(Duration::from_hours(24)), "24 hours");
        assert_eq!(in_words(Duration::from_hours(1)), "1 hour");
        assert_eq!(in_words(Duration::from_hours(24 * 365 * 3)), "3 years");
        assert_eq!(in_words(Duration::ZERO), "at once");
    }
}

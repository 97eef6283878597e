//! Moments and numbers, as people say them.

use std::fmt;

use askama::filters::HtmlSafe;
use upvow_domain::Time;

/// A moment on a page: words for people, the exact time for programs and on hover.
pub(crate) struct When {
    exact: String,
    words: String,
}

impl When {
    /// `at`, as seen from `now`.
    pub(crate) fn new(at: Time, now: Time) -> When {
        When {
            exact: at.rfc3339(),
            words: words(at, now),
        }
    }
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Both parts are made of digits, letters, dashes, colons and spaces here.
        let Self { exact, words } = self;
        write!(
            f,
            r#"<time datetime="{exact}" title="{exact}">{words}</time>"#
        )
    }
}

impl HtmlSafe for When {}

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

fn words(at: Time, now: Time) -> String {
    let ahead = at.0.saturating_sub(now.0);
    let span = ahead.saturating_abs();
    if span < MINUTE {
        return "just now".to_owned();
    }
    let length = if span < HOUR {
        count(span / MINUTE, "minute")
    } else if span < DAY {
        count(span / HOUR, "hour")
    } else if span < 45 * DAY {
        count(span / DAY, "day")
    } else {
        let date = at.rfc3339();
        return format!("on {}", date.get(..10).unwrap_or(&date));
    };
    if ahead > 0 {
        format!("in {length}")
    } else {
        format!("{length} ago")
    }
}

/// `1 vote`, `2 votes`.
pub(crate) fn count(number: i64, one: &str) -> String {
    if number == 1 {
        format!("1 {one}")
    } else {
        format!("{number} {one}s")
    }
}

/// The letter in the circle that stands for a person.
pub(crate) fn initial(name: Option<&str>) -> String {
    name.and_then(|name| name.trim().chars().next())
        .map_or_else(|| "?".to_owned(), |letter| letter.to_uppercase().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_read_as_people_say_them() {
        let now = Time(1_900_000_000_000);
        let told = |millis: i64| words(Time(now.0 + millis), now);
        assert_eq!(told(-20_000), "just now");
        assert_eq!(told(-MINUTE), "1 minute ago");
        assert_eq!(told(-3 * HOUR), "3 hours ago");
        assert_eq!(told(21 * DAY + HOUR), "in 21 days");
        assert_eq!(told(-400 * DAY), "on 2029-02-10");
        assert_eq!(words(Time(i64::MIN), now), "on ");
    }

    #[test]
    fn a_name_of_any_script_has_an_initial() {
        assert_eq!(initial(Some(" ßara")), "SS");
        assert_eq!(initial(Some("ana")), "A");
        assert_eq!(initial(None), "?");
    }
}

//! Codes of requests, as people say them.

use upvow_app::privacy::requests::{Kind, Reason, Route, State};
use upvow_domain::Time;

use crate::pages::words::count;

/// What is asked for.
pub(super) const fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Export => "A copy",
        Kind::Deletion => "Deletion",
    }
}

/// How it came.
pub(super) const fn route(route: Route) -> &'static str {
    match route {
        Route::Admin => "An admin of this project",
        Route::Site => "An administrator of the Jira site",
        Route::Atlassian => "Atlassian: the account was closed",
        Route::Person => "The person, signed in at Atlassian",
        Route::Contact => "The contact form",
    }
}

/// Where it is: a word, and the look of its pill.
pub(super) const fn state(state: State) -> (&'static str, &'static str) {
    match state {
        State::Open => ("Waits for proof", "open"),
        State::Verified => ("Verified", "planned"),
        State::Working => ("Being carried out", "started"),
        State::Done => ("Done", "done"),
        State::Denied => ("Denied", "closed"),
    }
}

/// Why it was denied.
pub(super) const fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::NotVerified => "Nobody showed who they are",
        Reason::NotAuthorised => "Whoever asked may not ask for this",
        Reason::Excessive => "It repeats what was answered",
        Reason::NotAboutJira => "It is not about people in Jira",
        Reason::Withdrawn => "It was taken back",
        Reason::LawForbids => "A law obliges us to keep it",
    }
}

/// What became of it.
pub(super) fn result(code: &str) -> &'static str {
    match code {
        "erased" => "Erased, and the key that old copies were sealed with is destroyed.",
        "nothing_held" => "Nothing was held.",
        "copy_fetched" => "The copy was fetched.",
        "copy_not_fetched" => "Nobody fetched the copy in time; it can be asked for again.",
        "ended_here" => {
            "The tie ended here. The account also serves another customer, so its authorisation was kept; only the person can end that as well."
        }
        _ => "It is closed.",
    }
}

/// A line of a timeline.
pub(super) fn event(code: &str, detail: &str) -> String {
    match code {
        "received" => format!(
            "Received: {}",
            Route::named(detail).map_or(detail, |one| match one {
                Route::Admin => "an admin of this project asked",
                Route::Site => "an administrator of the Jira site asked",
                Route::Atlassian => "Atlassian reported a closed account",
                Route::Person => "the person asked",
                Route::Contact => "somebody used the contact form",
            })
        ),
        "verified" => "It is known who asks".to_owned(),
        "acknowledged" => "Receipt was confirmed by letter".to_owned(),
        "letter_not_sent" => "A letter could not be sent".to_owned(),
        "letter_sent" => format!("Letter: {}", detail.replace('_', " ")),
        "paused" => "The clock stands still: it is open who asks".to_owned(),
        "resumed" => "The clock goes on".to_owned(),
        "extended" => match detail {
            "complexity" => "Extended: it is complex".to_owned(),
            _ => "Extended: there are many requests".to_owned(),
        },
        "denied" => format!("Denied: {}", Reason::named(detail).map_or("", reason)),
        "erasure_begun" => format!("Erasure begun: {detail}"),
        "ties_ended" => format!("Ties ended: {detail}"),
        "copy_ready" => "A copy can be fetched for 15 minutes".to_owned(),
        "copy_fetched" => "The copy was fetched; no second one is there".to_owned(),
        "alarm" => {
            let (clock, percent) = detail.rsplit_once('_').unwrap_or((detail, ""));
            let whose = if clock == "law" {
                "the law’s time"
            } else {
                "our own time"
            };
            format!("Alarm: {percent} % of {whose} is over")
        }
        "done" => format!("Done. {}", result(detail)),
        other => other.replace('_', " "),
    }
}

/// `12 days left`, `3 hours left`, `2 days late`.
pub(super) fn left(due_at: Time, now: Time) -> String {
    const HOUR: i64 = 3_600_000;
    let left = due_at.0.saturating_sub(now.0);
    let (span, word) = (
        left.saturating_abs(),
        if left < 0 { "late" } else { "left" },
    );
    if span >= 48 * HOUR {
        format!("{} {word}", count(span / (24 * HOUR), "day"))
    } else {
        format!("{} {word}", count(span / HOUR, "hour"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_never_told_too_long() {
        let now = Time(1_900_000_000_000);
        let told = |hours: i64| left(Time(now.0 + hours * 3_600_000), now);
        assert_eq!(told(71), "2 days left");
        assert_eq!(told(47), "47 hours left");
        assert_eq!(told(0), "0 hours left");
        assert_eq!(told(-50), "2 days late");
    }
}

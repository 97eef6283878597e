//! Codes of the timeline and of problems, as people say them.

use upvow_app::{
    health::{Need, Token, activity::Attempt},
    jobs::Outcome,
};

/// What a kind of work is called.
pub(super) fn kind(name: &str) -> String {
    match name {
        "create_issue" => "Make the issue",
        "pull_issue" => "Read what Jira told of",
        "pull_link" => "Compare with Jira",
        "push_status" => "Move the issue after the post",
        "push_votes" => "Show the votes on the issue",
        "push_back_link" => "Show the post on the issue",
        "remove_back_link" => "Take the post off the issue",
        "register_webhook" => "Look after the webhook",
        "catch_up" => "Let an automation catch up",
        "try_issue" => "Make and remove a test issue",
        "reconcile" => "Compare all linked issues",
        "say_goodbye" => "Disconnect",
        other => {
            let words = other.replace('_', " ");
            let mut letters = words.chars();
            return letters.next().map_or_else(String::new, |first| {
                first.to_uppercase().chain(letters).collect()
            });
        }
    }
    .to_owned()
}

/// What an outcome is called, and its colour.
pub(super) fn outcome(outcome: &Outcome) -> (&'static str, &'static str) {
    match outcome {
        Outcome::Done => ("Done", "ok"),
        Outcome::Stuck => ("Not in step", "warn"),
        Outcome::Moot => ("Nothing to do", "plain"),
        Outcome::Waiting => ("Waits", "calm"),
        Outcome::Retried => ("Tried again later", "calm"),
        Outcome::Buried => ("Given up", "bad"),
    }
}

/// What has to change first; nothing if nothing has to.
pub(super) fn need(need: Need) -> Option<&'static str> {
    match need {
        Need::Nothing => None,
        Need::Jira => Some("Needs a change in Jira first"),
        Need::Reconnect => Some("Needs a new sign-in at Atlassian"),
        Need::Settings => Some("Needs a change in this connection’s settings first"),
        Need::Operator => Some("Needs the operator of this server"),
    }
}

/// How a token is.
pub(super) fn token(token: Token) -> &'static str {
    match token {
        Token::Fresh => "Fresh",
        Token::Due => "Renewed at its next use",
        Token::Dead => "Ended by Atlassian",
        Token::Missing => "None",
    }
}

/// How long something took.
pub(super) fn took(attempt: &Attempt) -> String {
    match attempt.took {
        millis if millis < 1_000 => format!("{millis} ms"),
        millis if millis < 60_000 => format!("{}.{} s", millis / 1_000, millis % 1_000 / 100),
        millis => format!("{} min", millis / 60_000),
    }
}

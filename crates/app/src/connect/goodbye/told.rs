//! The goodbye in words. No sentence says more than was seen.

use upvow_store::{connections::Connection, goodbye_steps};

use crate::{
    App,
    connect::goodbye::{Goodbye, Step},
};

const STEPS: [&str; 5] = [
    "stopped",
    "webhooks_deleted",
    "revoked",
    "erased",
    "key_destroyed",
];

/// Every step with its result so far.
pub(crate) fn goodbye(app: &App, found: &Connection, rows: &[goodbye_steps::Step]) -> Goodbye {
    let row = |name: &str| rows.iter().find(|row| row.step == name);
    let result = |name: &str| row(name).map_or("waiting", |row| row.result.as_str());
    let grant_shared = result("revoked") == "kept_shared";
    let is_final = result("key_destroyed") == "done";
    Goodbye {
        steps: STEPS
            .into_iter()
            .map(|name| Step {
                name: name.to_owned(),
                result: result(name).to_owned(),
                text: text(name, result(name)).to_owned(),
                at: row(name)
                    .filter(|row| row.result != "waiting")
                    .map(|row| row.at),
            })
            .collect(),
        finished: found.state == "invalidated" && (is_final || grant_shared),
        final_at: row("key_destroyed").filter(|_| is_final).map(|row| row.at),
        remove_at: (!grant_shared && result("revoked") != "confirmed").then(|| remove_at(app)),
        grant_shared,
    }
}

fn text(step: &str, result: &str) -> &'static str {
    match (step, result) {
        ("stopped", _) => {
            "Processing stopped. Nothing is read from or written to Jira by this connection any more."
        }
        ("webhooks_deleted", "done") => "The webhook was deleted in Jira.",
        ("webhooks_deleted", "kept_shared") => {
            "The webhook stays, because another connection of the same account uses it; this connection's projects are taken off it."
        }
        ("webhooks_deleted", "not_reached") => {
            "The webhook could not be deleted in Jira. What it brings is refused here, and Jira ends it within 30 days."
        }
        ("webhooks_deleted", _) => {
            "Jira cannot be reached to delete the webhook. What it brings is refused here; we keep trying for a day."
        }
        ("revoked", "confirmed") => {
            "Atlassian ended the authorisation: a later use of its token was refused."
        }
        ("revoked", "accepted_not_verified") => {
            "Atlassian took our request to end the authorisation; whether it did was not seen. Our token was replaced by one that nobody kept. To be sure, remove the app in your Atlassian account."
        }
        ("revoked", "kept_shared") => {
            "The authorisation stays, because another connection of the same account uses it."
        }
        ("revoked", "you_must_remove_it" | "nothing_to_revoke") => {
            "It was not seen that Atlassian ended the authorisation. Our tokens are erased, so we cannot use it; please remove the app in your Atlassian account."
        }
        ("revoked", _) => {
            "Waiting for Atlassian. The tokens can no longer be used for anything but ending the authorisation."
        }
        ("erased", "done") => "What was stored of the authorisation by this connection is deleted.",
        ("erased", _) => "Waiting for the steps before; a day at most.",
        ("key_destroyed", "done") => {
            "The key that could open older copies of the sealed store was destroyed. No copy can be read any more."
        }
        ("key_destroyed", "kept_shared") => {
            "The key stays, because the authorisation is still in use by another connection."
        }
        _ => "The key that could open older copies of the sealed store is about to be destroyed.",
    }
}

/// The page where a person removes apps: on Atlassian's identity host, or, with a simulated Atlassian, on its own.
pub(crate) fn remove_at(app: &App) -> String {
    const PAGE: &str = "manage-profile/apps";
    let host = app.jira.as_ref().map(|jira| &jira.hosts().auth_url);
    match host.filter(|url| url.host_str() != Some("auth.atlassian.com")) {
        Some(url) => format!("{}/{PAGE}", url.as_str().trim_end_matches('/')),
        None => format!("https://id.atlassian.com/{PAGE}"),
    }
}

//! What Prometheus reads: every figure is described, and no label names anybody.

use std::collections::BTreeSet;

use reqwest::Method;
use upvow_app::{
    health,
    jobs::Outcome,
    privacy::{reporting::ledger, retention::Kind},
};

use crate::harness::Town;

/// A line of the figures: its name and its labels.
struct Figure<'a> {
    name: &'a str,
    labels: Vec<(&'a str, &'a str)>,
}

fn figure(line: &str) -> Figure<'_> {
    let (head, _) = line.rsplit_once(' ').expect("a name and a number");
    let (name, labels) = head.split_once('{').unwrap_or((head, ""));
    let labels = labels.trim_end_matches('}').split(',');
    Figure {
        name,
        labels: labels
            .filter_map(|label| label.split_once('='))
            .map(|(name, value)| (name, value.trim_matches('"')))
            .collect(),
    }
}

/// The name under which a figure is described: a summary's parts have names of their own.
fn described(name: &str) -> &str {
    ["_sum", "_count", "_bucket"]
        .iter()
        .find_map(|end| name.strip_suffix(end))
        .unwrap_or(name)
}

/// Every value that a label may have; `None` for a label that nobody described.
fn allowed(figure: &str, label: &str) -> Option<BTreeSet<String>> {
    let set = |names: &[&str]| Some(names.iter().map(ToString::to_string).collect());
    match (figure, label) {
        ("upvow_jobs_total", "kind") => {
            let mut kinds = health::activity::kinds();
            kinds.push("unknown");
            set(&kinds)
        }
        ("upvow_jobs_total", "outcome") => {
            let mut names = Outcome::ALL.map(Outcome::name).to_vec();
            names.extend(["lost", "unsettled"]);
            set(&names)
        }
        ("upvow_retention_oldest_seconds" | "upvow_retention_term_seconds", "kind") => {
            set(&Kind::ALL.map(Kind::name))
        }
        ("upvow_problems_open", "cause") => set(&health::causes()),
        ("upvow_connections", "state") => set(&["active", "needs_reconnect"]),
        ("upvow_accounts", "state") => set(&["kept", "overdue", "held", "erasing"]),
        ("upvow_account_reports_total", "answer") => {
            let mut names = ledger::answers();
            names.extend(["foreign", "not_taken"]);
            set(&names)
        }
        ("upvow_token_refreshes_total", "outcome") => set(&["done", "failed", "lost", "dead"]),
        ("upvow_webhook_deliveries_total", "result") => set(&[
            "stored",
            "other_event",
            "no_issue",
            "unlinked_issue",
            "nobody_at_work",
            "not_stored",
            "database",
            "vault",
            "no_secret",
            "too_large",
            "too_many",
            "unknown_address",
            "foreign_webhook",
            "signature",
        ]),
        ("upvow_reconciles_total", "cause") => set(&[
            "connected",
            "reconnected",
            "webhook_gap",
            "site_back",
            "server_gap",
            "projects_chosen",
            "rules_saved",
            "nightly",
            "asked",
        ]),
        ("upvow_webhook_deliveries_total", "door") => set(&["dynamic", "by_hand"]),
        ("upvow_notice_letters_total", "outcome") => set(&["sent", "refused"]),
        ("upvow_jira_rate_limits_total", "reason") => set(&[
            "burst",
            "app_quota",
            "site_quota",
            "issue_writes",
            "unknown",
        ]),
        (_, "quantile") => set(&["0", "0.5", "0.9", "0.95", "0.99", "0.999", "1"]),
        ("http_requests_total" | "http_request_duration_seconds", "method") => set(&[
            "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "other",
        ]),
        _ => None,
    }
}

#[tokio::test]
async fn every_figure_is_described_and_no_label_names_anybody() {
    let town = Town::start().await;
    let connection = town.connect().await;
    let post = town.post("Dark mode, please").await;
    let new = town.new_issue(&connection).await;
    town.send(Method::POST, &format!("/posts/{post}/links"), new)
        .await;
    let links = format!("/posts/{post}/links");
    let read = town
        .until(&links, "an issue", |read| {
            read["items"][0]["state"] == "active" && read["items"][0]["synced_at"].is_string()
        })
        .await;
    let key = read["items"][0]["key"].as_str().unwrap().to_owned();
    town.simulator
        .jira()
        .move_issue(&key, "In Progress")
        .await
        .unwrap();
    let wanted = town.mapped(&connection, "In Progress").await;
    town.until(&format!("/posts/{post}"), "the post follows", |read| {
        read["status"]["id"] == wanted
    })
    .await;

    let text = reqwest::get(town.server.address("/metrics"))
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    let manual = include_str!("../../../../docs/OPERATIONS.md");
    let mut seen = BTreeSet::new();
    for line in text
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
    {
        let figure = figure(line);
        let name = described(figure.name);
        seen.insert(name.to_owned());
        assert!(
            manual.contains(&format!("`{name}`")),
            "{name} is in no manual"
        );
        for (label, value) in figure.labels {
            match (label, allowed(name, label)) {
                (_, Some(allowed)) => assert!(allowed.contains(value), "{line}"),
                // Templates, never addresses: what varies stands in braces.
                ("route", None) => assert!(
                    !value.contains("town") && !value.contains(&post) && value.len() < 100,
                    "{line}"
                ),
                ("status", None) => assert!(value.len() == 3 && value.parse::<u16>().is_ok()),
                _ => panic!("nobody said which values {label} may have: {line}"),
            }
        }
    }
    for name in [
        "upvow_webhook_deliveries_total",
        "upvow_jobs_total",
        "upvow_jobs_live",
        "upvow_jobs_oldest_seconds",
        "upvow_problems_open",
        "upvow_webhook_days_left",
        "upvow_connections_paused",
        "upvow_signal_applied_seconds",
    ] {
        assert!(seen.contains(name), "{name} is missing in {text}");
    }
}

#[test]
fn a_value_outside_of_its_list_is_found() {
    let line = r#"upvow_jobs_total{kind="zoe_zebra",outcome="done"} 1"#;
    let figure = figure(line);
    assert_eq!(figure.labels[0], ("kind", "zoe_zebra"));
    assert!(!allowed(figure.name, "kind").unwrap().contains("zoe_zebra"));
    assert!(allowed(figure.name, "outcome").unwrap().contains("done"));
    assert!(allowed(figure.name, "site").is_none());
}

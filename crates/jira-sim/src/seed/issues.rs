//! Work in progress.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::person;
use crate::adf;
use crate::state::{Category, Change, Comment, Issue, Item, Site};

const DAY: i64 = 24 * 3_600 * 1_000;

/// Type name, column, summary, reporter, assignee, age in days, priority, label.
type Row = (
    &'static str,
    usize,
    &'static str,
    usize,
    Option<usize>,
    i64,
    u64,
    &'static str,
);

pub(super) fn kestrel(site: &mut Site, now: i64) {
    let kite: &[Row] = &[
        (
            "Story",
            3,
            "Remember the last filter I used",
            1,
            Some(2),
            41,
            3,
            "filters",
        ),
        (
            "Bug",
            3,
            "Crash when the phone is turned while a photo uploads",
            5,
            Some(6),
            38,
            1,
            "stability",
        ),
        (
            "Story",
            2,
            "Share a route with people outside the team",
            4,
            Some(5),
            27,
            2,
            "sharing",
        ),
        (
            "Story",
            1,
            "Offline maps for whole regions",
            2,
            Some(8),
            24,
            2,
            "offline",
        ),
        (
            "Bug",
            1,
            "Times are shown an hour late after the clocks change",
            7,
            Some(2),
            19,
            2,
            "time",
        ),
        (
            "Task",
            1,
            "Replace the icon font with SVG",
            1,
            Some(7),
            16,
            4,
            "design",
        ),
        (
            "Story",
            0,
            "Dark mode follows the system",
            3,
            None,
            12,
            3,
            "design",
        ),
        (
            "Story",
            0,
            "Export all of my data as one file",
            8,
            Some(4),
            9,
            3,
            "export",
        ),
        (
            "Bug",
            0,
            "Search finds nothing with an umlaut in it",
            6,
            None,
            6,
            2,
            "search",
        ),
        (
            "Story",
            0,
            "Undo for deleted waypoints",
            2,
            None,
            3,
            4,
            "editing",
        ),
    ];
    add(site, 10_001, kite, now);
    let plat: &[Row] = &[
        (
            "Task",
            3,
            "Move build agents to the new network",
            3,
            Some(3),
            50,
            3,
            "infra",
        ),
        (
            "Bug",
            2,
            "Queue depth metric counts finished jobs",
            6,
            Some(8),
            21,
            3,
            "metrics",
        ),
        (
            "Task",
            1,
            "Rotate signing keys without a restart",
            3,
            Some(1),
            15,
            2,
            "security",
        ),
        (
            "Task",
            0,
            "Halve the cold start of the map service",
            0,
            None,
            10,
            2,
            "speed",
        ),
        (
            "Bug",
            0,
            "Nightly backup warns about a full disk that is not full",
            8,
            Some(6),
            4,
            4,
            "backup",
        ),
    ];
    add(site, 10_002, plat, now);
    let nest: &[Row] = &[
        (
            "Task",
            3,
            "Write down how we name branches",
            4,
            Some(9),
            33,
            4,
            "docs",
        ),
        (
            "Story",
            1,
            "Welcome page for new people",
            4,
            Some(7),
            14,
            3,
            "people",
        ),
        (
            "Bug",
            0,
            "The coffee list forgets decaf",
            9,
            Some(4),
            8,
            5,
            "kitchen",
        ),
        (
            "Task",
            0,
            "Try pairing on Thursdays",
            7,
            None,
            2,
            3,
            "people",
        ),
    ];
    add(site, 10_003, nest, now);
    describe(site, now);
}

pub(super) fn outfield(site: &mut Site, now: i64) {
    let fern: &[Row] = &[
        (
            "Story",
            1,
            "Field notes with voice",
            10,
            Some(11),
            18,
            3,
            "notes",
        ),
        (
            "Bug",
            0,
            "Samples lose their colour in print",
            11,
            Some(10),
            7,
            2,
            "print",
        ),
        (
            "Task",
            3,
            "Label the new freezers",
            10,
            Some(10),
            30,
            4,
            "lab",
        ),
    ];
    add(site, 20_001, fern, now);
    let mead: &[Row] = &[
        ("Task", 0, "Order seed trays", 11, None, 5, 3, "lab"),
        ("Task", 1, "Map the north plot", 10, Some(3), 11, 3, "maps"),
    ];
    add(site, 20_002, mead, now);
}

fn add(site: &mut Site, project: u64, rows: &[Row], now: i64) {
    for (kind, column, summary, reporter, assignee, days, priority, label) in rows {
        let id = site.next_id();
        let owner = site.project_mut(project);
        owner.last_number += 1;
        let key = format!("{}-{}", owner.key, owner.last_number);
        let (status, first) = (owner.statuses[*column], owner.statuses[0]);
        let kind = owner
            .types
            .clone()
            .into_iter()
            .find(|id| site.kind(*id).name == *kind)
            .expect("rows name types of their project");
        let done = site.status(status).category == Category::Done;
        let created_at = now - days * DAY - i64::try_from(id % 7).unwrap_or(0) * 3_600_000;
        let updated_at = now - days * DAY / 3;
        let mover = person(assignee.unwrap_or(*reporter));
        let mut history = Vec::new();
        if status != first {
            let items = vec![Item {
                field: "status".into(),
                field_id: "status".into(),
                from: Some(first.to_string()),
                from_text: Some(site.status(first).name.clone()),
                to: Some(status.to_string()),
                to_text: Some(site.status(status).name.clone()),
            }];
            history.push(Change {
                id: site.next_id(),
                author: mover,
                at: updated_at,
                items,
            });
        }
        let issue = Issue {
            id,
            key,
            project,
            kind,
            summary: (*summary).to_owned(),
            description: None,
            status,
            priority: *priority,
            resolution: done.then(|| site.resolutions[0].id),
            resolved_at: done.then_some(updated_at),
            labels: vec![(*label).to_owned()],
            assignee: assignee.map(person),
            reporter: person(*reporter),
            creator: person(*reporter),
            created_at,
            updated_at,
            custom: BTreeMap::new(),
            comments: Vec::new(),
            remote_links: Vec::new(),
            properties: BTreeMap::new(),
            history,
            security: None,
        };
        site.issues.insert(id, issue);
    }
}

/// A few issues have more to say: every kind of block, a mention, a person in a custom field, comments.
fn describe(site: &mut Site, now: i64) {
    let colleague = person(8);
    let text = |text: &str| json!({ "type": "text", "text": text });
    let marked = |text: &str, mark: &str| json!({ "type": "text", "text": text, "marks": [{ "type": mark }] });
    let paragraph = |content: Vec<Value>| json!({ "type": "paragraph", "content": content });
    let item =
        |words: &str| json!({ "type": "listItem", "content": [paragraph(vec![text(words)])] });
    let document = json!({ "version": 1, "type": "doc", "content": [
        paragraph(vec![text("People out on the hills have "), marked("no signal", "strong"), text(" for hours. They want the map anyway.")]),
        { "type": "heading", "attrs": { "level": 3 }, "content": [text("What it takes")] },
        { "type": "bulletList", "content": [item("Pick a region on the map"), item("See how large it is before downloading"), item("Be told when it is out of date")] },
        { "type": "panel", "attrs": { "panelType": "info" }, "content": [paragraph(vec![text("The tiles are licensed for this since spring.")])] },
        paragraph(vec![
            json!({ "type": "mention", "attrs": { "id": colleague.account_id, "text": format!("@{}", colleague.display_name), "accessLevel": "" } }),
            text(" has the numbers: "),
            marked("SELECT avg(size) FROM region", "code"),
        ]),
    ] });
    let offline = "Offline maps for whole regions";
    let comments = [
        (
            2,
            "The download should stop by itself on a metered connection.",
            9,
        ),
        (
            8,
            "Measured three regions: 180 MB each.\n\nFine on a laptop, large on a phone.",
            5,
        ),
    ];
    let comments: Vec<Comment> = comments
        .into_iter()
        .map(|(author, words, days)| Comment {
            id: site.next_id(),
            author: person(author),
            body: adf::from_text(words),
            at: now - days * DAY,
        })
        .collect();
    for issue in site.issues.values_mut() {
        if issue.summary == offline {
            issue.description = Some(document.clone());
            issue.comments.clone_from(&comments);
            issue.updated_at = now - 5 * DAY;
            issue
                .custom
                .insert("customfield_10016".to_owned(), json!(8));
            issue.custom.insert(
                "customfield_10040".to_owned(),
                json!({ "id": "10102", "value": "High" }),
            );
        } else if issue.key == "KITE-9" {
            issue.description = Some(adf::from_text(
                "Type \"Müller\" into the search field: no result.\nType \"M\": there it is.\n\nHappens on both phones.",
            ));
        } else if issue.key == "PLAT-2" {
            issue.custom.insert(
                "customfield_10042".to_owned(),
                json!({ "accountId": colleague.account_id }),
            );
        }
    }
}

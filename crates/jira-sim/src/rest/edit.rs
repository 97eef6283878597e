//! `PUT issue/{}`, and the changes a person makes on a page: they are the same changes.

use serde_json::{Map, Value, json};

use super::input::{self, Values};
use super::render::{To, Wanted};
use super::{Answer, Call, Outcome};
use crate::adf;
use crate::people::Who;
use crate::state::{Change, Item, World};
use crate::webhook::{self, Happening};

pub(crate) fn edit(world: &mut World, call: &Call) -> Outcome {
    let id = input::issue_for_write(world, call, "EDIT_ISSUES")?;
    let site = &world.sites[call.site];
    let no_fields = Map::new();
    let mut fields = call.body["fields"]
        .as_object()
        .unwrap_or(&no_fields)
        .clone();
    // Jira ignores these on edit: moving and transitioning have their own ways.
    for ignored in ["project", "status", "resolution"] {
        fields.remove(ignored);
    }
    let mut errors = Map::new();
    if let Some(update) = call.body["update"].as_object() {
        for (name, operations) in update {
            if fields.contains_key(name) {
                return Err(Answer::field_error(
                    name,
                    &format!("Field '{name}' cannot be both in fields and in update."),
                ));
            }
            let known = site.issues[&id].labels.clone();
            match updated(name, operations, known) {
                Ok(value) => _ = fields.insert(name.clone(), value),
                Err(message) => _ = errors.insert(name.clone(), json!(message)),
            }
        }
    }
    let kind = match fields.get("issuetype") {
        None => None,
        Some(value) => {
            let project = site.project(site.issues[&id].project);
            let kind = input::kind(site, project, value)
                .ok_or_else(|| Answer::field_error("issuetype", "Specify a valid issue type"))?;
            Some(kind.id)
        }
    };
    let values = input::values(site, call, &fields, &mut errors)?;
    if !errors.is_empty() {
        return Err(Answer::field_errors(&errors));
    }
    for property in call.body["properties"].as_array().into_iter().flatten() {
        if let (Some(key), Some(issue)) = (
            property["key"].as_str(),
            world.sites[call.site].issues.get_mut(&id),
        ) {
            issue
                .properties
                .insert(key.to_owned(), property["value"].clone());
        }
    }
    apply_edit(world, call.site, id, call.who, values, kind);
    if call.query("returnIssue") == Some("true") {
        let to = To {
            world,
            site: call.site,
            version: call.version,
        };
        let issue = &world.sites[call.site].issues[&id];
        return Ok(Answer::ok(to.issue(
            issue,
            Some(&Wanted::new(&[], "*all")),
            &[],
        )));
    }
    Ok(Answer::no_content())
}

/// The value a field has after `update` operations; only what a client plausibly sends.
fn updated(name: &str, operations: &Value, mut labels: Vec<String>) -> Result<Value, String> {
    let mut value = None;
    for operation in operations.as_array().into_iter().flatten() {
        if let Some(set) = operation.get("set") {
            value = Some(set.clone());
        } else if name == "labels" {
            if let Some(label) = operation["add"].as_str() {
                labels.push(label.to_owned());
            } else if let Some(label) = operation["remove"].as_str() {
                labels.retain(|known| known != label);
            }
            value = Some(json!(labels));
        } else {
            return Err(format!("Field '{name}' does not support this operation."));
        }
    }
    value.ok_or_else(|| "Field operation is missing.".to_owned())
}

/// Writes the values, notes the history, tells the webhooks.
pub(crate) fn apply_edit(
    world: &mut World,
    site: usize,
    id: u64,
    who: Who,
    values: Values,
    kind: Option<u64>,
) {
    let now = world.now();
    let owner = &mut world.sites[site];
    let mut items = Vec::new();
    let kind_names = kind.map(|new| {
        let old = owner.issues[&id].kind;
        (old, owner.kind(old).name, new, owner.kind(new).name)
    });
    let priorities = values.priority.map(|new| {
        let old = owner.issues[&id].priority;
        (old, owner.priority(old).name, new, owner.priority(new).name)
    });
    let issue = owner
        .issues
        .get_mut(&id)
        .expect("the caller found the issue");
    let mut note = |field,
                    field_id,
                    from: Option<String>,
                    from_text: Option<String>,
                    to: Option<String>,
                    to_text: Option<String>| {
        if from != to || from_text != to_text {
            items.push(Item {
                field,
                field_id,
                from,
                from_text,
                to,
                to_text,
            });
        }
    };
    if let Some(summary) = values.summary {
        note(
            "summary",
            "summary",
            None,
            Some(issue.summary.clone()),
            None,
            Some(summary.clone()),
        );
        issue.summary = summary;
    }
    if let Some(description) = values.description {
        let text = |document: &Option<Value>| document.as_ref().map(adf::to_text);
        note(
            "description",
            "description",
            None,
            text(&issue.description),
            None,
            text(&description),
        );
        issue.description = description;
    }
    if let Some(labels) = values.labels {
        note(
            "labels",
            "labels",
            None,
            Some(issue.labels.join(" ")),
            None,
            Some(labels.join(" ")),
        );
        issue.labels = labels;
    }
    if let Some((old, old_name, new, new_name)) = priorities {
        note(
            "priority",
            "priority",
            Some(old.to_string()),
            Some(old_name.to_owned()),
            Some(new.to_string()),
            Some(new_name.to_owned()),
        );
        issue.priority = new;
    }
    if let Some((old, old_name, new, new_name)) = kind_names {
        note(
            "issuetype",
            "issuetype",
            Some(old.to_string()),
            Some(old_name.to_owned()),
            Some(new.to_string()),
            Some(new_name.to_owned()),
        );
        issue.kind = new;
    }
    if let Some(assignee) = values.assignee {
        let id = |who: Option<Who>| who.map(|who| who.account_id.to_owned());
        let name = |who: Option<Who>| who.map(|who| who.display_name.to_owned());
        note(
            "assignee",
            "assignee",
            id(issue.assignee),
            name(issue.assignee),
            id(assignee),
            name(assignee),
        );
        issue.assignee = assignee;
    }
    if let Some(reporter) = values.reporter {
        issue.reporter = reporter;
    }
    for (name, value) in values.custom {
        issue.custom.insert(name, value);
    }
    if items.is_empty() {
        return;
    }
    record(world, site, id, who, now, items, "issue_updated");
}

/// The issue goes to another project: new key, new type, new status, one changelog entry for all of it.
pub(crate) fn move_issue(
    world: &mut World,
    site: usize,
    id: u64,
    who: Who,
    project: u64,
) -> Result<String, String> {
    let now = world.now();
    let owner = &mut world.sites[site];
    let before = owner.issues.get(&id).ok_or("no such issue")?.clone();
    if before.project == project {
        return Err("the issue is in that project already".to_owned());
    }
    let (old_status, old_kind) = (owner.status(before.status), owner.kind(before.kind));
    let target = owner.project(project);
    let status = target
        .statuses
        .iter()
        .find(|status| **status == before.status)
        .or_else(|| {
            target
                .statuses
                .iter()
                .find(|status| owner.status(**status).category == old_status.category)
        })
        .copied()
        .unwrap_or(target.statuses[0]);
    let kind = target
        .types
        .iter()
        .find(|kind| owner.kind(**kind).name == old_kind.name)
        .or_else(|| target.types.first())
        .copied()
        .ok_or("the project has no issue types")?;
    let item = |field, field_id, from: (String, String), to: (String, String)| Item {
        field,
        field_id,
        from: Some(from.0),
        from_text: Some(from.1),
        to: Some(to.0),
        to_text: Some(to.1),
    };
    let old_project = owner.project(before.project);
    let number = target.last_number + 1;
    let key = format!("{}-{number}", target.key);
    let mut items = vec![
        item(
            "project",
            "project",
            (old_project.id.to_string(), old_project.name.to_owned()),
            (project.to_string(), target.name.to_owned()),
        ),
        Item {
            field: "Key",
            field_id: "issuekey",
            from: None,
            from_text: Some(before.key.clone()),
            to: None,
            to_text: Some(key.clone()),
        },
    ];
    if status != before.status {
        items.push(item(
            "status",
            "status",
            (before.status.to_string(), old_status.name.clone()),
            (status.to_string(), owner.status(status).name.clone()),
        ));
    }
    if kind != before.kind {
        items.push(item(
            "issuetype",
            "issuetype",
            (before.kind.to_string(), old_kind.name.to_owned()),
            (kind.to_string(), owner.kind(kind).name.to_owned()),
        ));
    }
    owner.project_mut(project).last_number = number;
    owner.old_keys.insert(before.key, id);
    let issue = owner.issues.get_mut(&id).expect("it was just found");
    (issue.project, issue.kind, issue.status) = (project, kind, status);
    issue.key.clone_from(&key);
    record(world, site, id, who, now, items, "issue_moved");
    Ok(key)
}

/// A history entry, and the deliveries that tell of it.
pub(crate) fn record(
    world: &mut World,
    site: usize,
    id: u64,
    who: Who,
    now: i64,
    items: Vec<Item>,
    type_name: &'static str,
) {
    let change = world.sites[site].next_id();
    if let Some(issue) = world.sites[site].issues.get_mut(&id) {
        issue.updated_at = now.max(issue.updated_at);
        issue.history.push(Change {
            id: change,
            author: who,
            at: now,
            items: items.clone(),
        });
    }
    world.touch(site);
    webhook::fire(
        world,
        site,
        id,
        who,
        &Happening::Updated {
            change,
            items,
            type_name,
        },
    );
}

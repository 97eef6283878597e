//! `PUT issue/{}`, and the changes a person makes on a page: they are the same changes.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use super::fields::Reading;
use super::input::{self, Screen, Values};
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
            let issue = &site.issues[&id];
            let known = match name.as_str() {
                "labels" => json!(issue.labels),
                _ => issue.custom.get(name).cloned().unwrap_or_default(),
            };
            let is_list = name == "labels"
                || input::on_screen(site, site.kind(issue.kind), Screen::Edit, name)
                    .is_some_and(|(kind, _)| kind.is_list());
            match updated(is_list, operations, known) {
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
    let issue = &site.issues[&id];
    let its_kind = site.kind(kind.unwrap_or(issue.kind));
    let on = Reading {
        site,
        project: site.project(issue.project),
        call,
        level: its_kind.level,
    };
    let values = input::values(on, its_kind, Screen::Edit, &fields, &mut errors)?;
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
pub(crate) fn updated(is_list: bool, operations: &Value, known: Value) -> Result<Value, String> {
    let mut list = match known {
        Value::Array(list) => list,
        _ => Vec::new(),
    };
    let mut value = None;
    for operation in operations.as_array().into_iter().flatten() {
        if let Some(set) = operation.get("set").or_else(|| operation.get("edit")) {
            value = Some(set.clone());
            list = set.as_array().cloned().unwrap_or_default();
        } else if is_list {
            if let Some(one) = operation.get("add") {
                list.push(one.clone());
            } else if let Some(one) = operation.get("remove") {
                list.retain(|known| !same(known, one));
            }
            value = Some(json!(list));
        } else {
            return Err("The field does not support this operation.".to_owned());
        }
    }
    value.ok_or_else(|| "Field operation is missing.".to_owned())
}

/// Does a client mean this one of a list?
fn same(known: &Value, meant: &Value) -> bool {
    known == meant
        || ["id", "name", "value", "accountId", "groupId"]
            .iter()
            .any(|member| !known[member].is_null() && known[member] == meant[member])
}

/// A value as the history tells it.
fn told(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Array(list) => Some(list.iter().filter_map(told).collect::<Vec<_>>().join(",")),
        Value::Object(members) => match members.get("type") {
            Some(_) => Some(adf::to_text(value)),
            None => ["value", "name", "accountId", "id"]
                .iter()
                .find_map(|member| members.get(*member))
                .and_then(told),
        },
        other => Some(other.to_string()),
    }
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
    let customs: Vec<(String, &'static str, Value)> = values
        .custom
        .into_iter()
        .map(|(id, value)| {
            let name = owner.field_name(&id);
            (id, name, value)
        })
        .collect();
    let issue = owner
        .issues
        .get_mut(&id)
        .expect("the caller found the issue");
    let mut note = |field: Cow<'static, str>,
                    field_id: Cow<'static, str>,
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
            "summary".into(),
            "summary".into(),
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
            "description".into(),
            "description".into(),
            None,
            text(&issue.description),
            None,
            text(&description),
        );
        issue.description = description;
    }
    if let Some(labels) = values.labels {
        note(
            "labels".into(),
            "labels".into(),
            None,
            Some(issue.labels.join(" ")),
            None,
            Some(labels.join(" ")),
        );
        issue.labels = labels;
    }
    if let Some((old, old_name, new, new_name)) = priorities {
        note(
            "priority".into(),
            "priority".into(),
            Some(old.to_string()),
            Some(old_name.to_owned()),
            Some(new.to_string()),
            Some(new_name.to_owned()),
        );
        issue.priority = new;
    }
    if let Some((old, old_name, new, new_name)) = kind_names {
        note(
            "issuetype".into(),
            "issuetype".into(),
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
            "assignee".into(),
            "assignee".into(),
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
    for (id, label, value) in customs {
        let text = told(&value);
        let before = issue.keep(id.clone(), value);
        note(label.into(), id.into(), None, told(&before), None, text);
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
    let item = |field: &'static str, from: (String, String), to: (String, String)| Item {
        field: field.into(),
        field_id: field.into(),
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
            (old_project.id.to_string(), old_project.name.to_owned()),
            (project.to_string(), target.name.to_owned()),
        ),
        Item {
            field: "Key".into(),
            field_id: "issuekey".into(),
            from: None,
            from_text: Some(before.key.clone()),
            to: None,
            to_text: Some(key.clone()),
        },
    ];
    if status != before.status {
        items.push(item(
            "status",
            (before.status.to_string(), old_status.name.clone()),
            (status.to_string(), owner.status(status).name.clone()),
        ));
    }
    if kind != before.kind {
        items.push(item(
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

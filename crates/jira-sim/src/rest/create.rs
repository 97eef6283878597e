//! `POST issue`.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::edit::updated;
use super::fields::Reading;
use super::input::{self, Screen, named};
use super::{Answer, Call, Outcome};
use crate::state::{Issue, World};
use crate::webhook::{self, Happening};

pub(crate) fn create(world: &mut World, call: &Call) -> Outcome {
    let site = &world.sites[call.site];
    let no_fields = Map::new();
    let fields = call.body["fields"].as_object().unwrap_or(&no_fields);
    let mut errors = Map::new();
    if let Some(update) = call.body["update"].as_object()
        && let Some(both) = update.keys().find(|name| fields.contains_key(*name))
    {
        return Err(Answer::field_error(
            both,
            &format!("Field '{both}' cannot be both in fields and in update."),
        ));
    }
    let Some(project) = input::project(
        site,
        call.who,
        &fields.get("project").cloned().unwrap_or_default(),
    ) else {
        let message = if fields.contains_key("project") {
            "valid project is required"
        } else {
            "Specify a valid project ID or key"
        };
        return Err(Answer::field_error("project", message));
    };
    if project.archived || !site.may(call.who, project.id, "CREATE_ISSUES") {
        return Err(Answer::field_error(
            "project",
            "You cannot create issues in this project.",
        ));
    }
    let Some(kind) = input::kind(
        site,
        project,
        &fields.get("issuetype").cloned().unwrap_or_default(),
    ) else {
        return Err(Answer::field_error(
            "issuetype",
            "Specify a valid issue type",
        ));
    };
    let on = Reading {
        site,
        project,
        call,
        level: kind.level,
    };
    let mut fields = fields.clone();
    if let Some(update) = call.body["update"].as_object() {
        for (name, operations) in update {
            match updated(true, operations, Value::Null) {
                Ok(value) => _ = fields.insert(name.clone(), value),
                Err(message) => _ = errors.insert(name.clone(), json!(message)),
            }
        }
    }
    let mut values = input::values(on, kind, Screen::Create, &fields, &mut errors)?;
    if !fields.contains_key("summary") {
        errors.insert(
            "summary".to_owned(),
            json!("You must specify a summary of the issue."),
        );
    }
    for custom in &site.custom {
        let Some(required) = custom.on_create(kind.id) else {
            continue;
        };
        let id = custom.id();
        match (fields.get(&id), &custom.default) {
            (None, Some(default)) => values.custom.push((id, default.clone())),
            (None | Some(Value::Null), _) if required => {
                errors.insert(id, json!(format!("{} is required.", custom.name)));
            }
            _ => {}
        }
    }
    if !errors.is_empty() {
        return Err(Answer::field_errors(&errors));
    }
    let properties = properties(&call.body)?;
    let initial = project.statuses[0];
    let status = match named(&call.body["transition"], "id") {
        None => initial,
        Some(id) => project
            .transitions
            .iter()
            .find(|transition| {
                transition.id.to_string() == id
                    && transition
                        .from
                        .as_ref()
                        .is_none_or(|from| from.contains(&initial))
            })
            .map(|transition| transition.to)
            .ok_or_else(|| {
                Answer::error(
                    400,
                    &format!("Transition id '{id}' is not valid for this issue."),
                )
            })?,
    };

    let (project, kind) = (project.id, kind.id);
    let now = world.now();
    let site = &mut world.sites[call.site];
    let id = site.next_id();
    let owner = site.project_mut(project);
    owner.last_number += 1;
    let key = format!("{}-{}", owner.key, owner.last_number);
    let mut issue = Issue {
        id,
        key: key.clone(),
        project,
        kind,
        summary: values.summary.unwrap_or_default(),
        description: values.description.flatten(),
        status,
        priority: values.priority.unwrap_or(3),
        resolution: None,
        resolved_at: None,
        labels: values.labels.unwrap_or_default(),
        assignee: values.assignee.flatten(),
        reporter: values.reporter.unwrap_or(call.who),
        creator: call.who,
        created_at: now,
        updated_at: now,
        custom: BTreeMap::new(),
        comments: Vec::new(),
        remote_links: Vec::new(),
        properties,
        history: Vec::new(),
        security: None,
    };
    for (name, kept) in values.custom {
        issue.keep(name, kept);
    }
    site.issues.insert(id, issue);
    world.touch(call.site);
    webhook::fire(world, call.site, id, call.who, &Happening::Created);
    let mut answer = json!({ "id": id.to_string(), "key": key, "self": world.rest_url(call.site, call.version, &format!("issue/{id}")) });
    if !call.body["transition"].is_null() {
        answer["transition"] =
            json!({ "status": 200, "errorCollection": { "errorMessages": [], "errors": {} } });
    }
    Ok(Answer::new(201, answer))
}

fn properties(body: &Value) -> Result<BTreeMap<String, Value>, Answer> {
    let mut properties = BTreeMap::new();
    for property in body["properties"].as_array().into_iter().flatten() {
        let key = property["key"]
            .as_str()
            .filter(|key| !key.is_empty() && key.len() <= 255);
        let key = key.ok_or_else(|| {
            Answer::error(
                400,
                "The property key must be between 1 and 255 characters.",
            )
        })?;
        properties.insert(key.to_owned(), property["value"].clone());
    }
    Ok(properties)
}

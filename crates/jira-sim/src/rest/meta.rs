//! Fields, statuses, types, and what a create asks for.

use serde_json::{Map, Value, json};

use super::render::To;
use super::screen::{create_fields, edit_fields};
use super::{Answer, Call, Outcome, input, project};
use crate::state::{Category, MORE_FIELDS, Project, SYSTEM_FIELDS, World};

pub(crate) fn fields(world: &mut World, call: &Call) -> Outcome {
    let site = &world.sites[call.site];
    let mut values: Vec<Value> = SYSTEM_FIELDS
        .iter()
        .map(|(id, name, clauses, kind, items)| {
            let mut schema = json!({ "type": kind, "system": id });
            if let Some(items) = items {
                schema["items"] = json!(items);
            }
            json!({
                "id": id, "key": id, "name": name, "custom": false, "orderable": true, "navigable": true, "searchable": true,
                "clauseNames": clauses, "schema": schema,
            })
        })
        .collect();
    // The security level stands in both tables.
    for (id, name, kind) in MORE_FIELDS.iter().filter(|(id, ..)| *id != "security") {
        let mut schema = kind.schema();
        schema["system"] = json!(id);
        values.push(json!({
            "id": id, "key": id, "name": name, "custom": false, "orderable": true, "navigable": true, "searchable": false,
            "clauseNames": [], "schema": schema,
        }));
    }
    for custom in &site.custom {
        values.push(json!({
            "id": custom.id(), "key": custom.id(), "name": custom.name, "custom": true, "orderable": true,
            "navigable": true, "searchable": true, "clauseNames": [format!("cf[{}]", custom.number), custom.name], "schema": custom.schema(),
        }));
    }
    Ok(Answer::ok(json!(values)))
}

/// All statuses of projects the person may see. Names repeat: every team-managed project has its own.
pub(crate) fn statuses(world: &mut World, call: &Call) -> Outcome {
    let to = To {
        world,
        site: call.site,
        version: call.version,
    };
    let site = &world.sites[call.site];
    let visible = |scope: Option<u64>| {
        scope.is_none_or(|project| site.may(call.who, project, "BROWSE_PROJECTS"))
    };
    Ok(Answer::ok(
        site.statuses
            .iter()
            .filter(|status| visible(status.scope))
            .map(|status| to.status(status))
            .collect(),
    ))
}

pub(crate) fn status_categories(world: &mut World, call: &Call) -> Outcome {
    let to = To {
        world,
        site: call.site,
        version: call.version,
    };
    let none = json!({
        "self": world.rest_url(call.site, call.version, "statuscategory/1"),
        "id": 1, "key": "undefined", "colorName": "medium-gray", "name": world.speaking.say("No Category"),
    });
    Ok(Answer::ok(
        std::iter::once(none)
            .chain(Category::ALL.iter().map(|category| to.category(*category)))
            .collect(),
    ))
}

pub(crate) fn priorities(world: &mut World, call: &Call) -> Outcome {
    let to = To {
        world,
        site: call.site,
        version: call.version,
    };
    let value = |priority: &crate::state::Priority| {
        let mut value = to.priority(priority);
        value["statusColor"] = json!(priority.color);
        value["description"] = json!("");
        value
    };
    Ok(Answer::ok(
        world.sites[call.site]
            .priorities
            .iter()
            .map(value)
            .collect(),
    ))
}

pub(crate) fn resolutions(world: &mut World, call: &Call) -> Outcome {
    let to = To {
        world,
        site: call.site,
        version: call.version,
    };
    Ok(Answer::ok(
        world.sites[call.site]
            .resolutions
            .iter()
            .map(|resolution| to.resolution(resolution))
            .collect(),
    ))
}

pub(crate) fn issue_types(world: &mut World, call: &Call) -> Outcome {
    let to = To {
        world,
        site: call.site,
        version: call.version,
    };
    Ok(Answer::ok(
        world.sites[call.site]
            .types
            .iter()
            .map(|kind| to.kind(kind))
            .collect(),
    ))
}

pub(crate) fn project_issue_types(world: &mut World, call: &Call) -> Outcome {
    let id = call
        .query("projectId")
        .ok_or_else(|| Answer::error(400, "The projectId query parameter is required."))?;
    let site = &world.sites[call.site];
    let project = site
        .find_project(id)
        .filter(|project| site.may(call.who, project.id, "BROWSE_PROJECTS"));
    let project = project
        .ok_or_else(|| Answer::error(404, &format!("No project could be found with id '{id}'.")))?;
    let to = To {
        world,
        site: call.site,
        version: call.version,
    };
    Ok(Answer::ok(
        project
            .types
            .iter()
            .map(|kind| to.kind(site.kind(*kind)))
            .collect(),
    ))
}

/// The old aggregate, which real clients still ask for.
pub(crate) fn create_meta_all(world: &mut World, call: &Call) -> Outcome {
    let site = &world.sites[call.site];
    let to = To {
        world,
        site: call.site,
        version: call.version,
    };
    let (ids, keys) = (
        call.query_list("projectIds"),
        call.query_list("projectKeys"),
    );
    let with_fields = call.expands("projects.issuetypes.fields");
    let projects: Vec<Value> = project::visible(world, call)
        .filter(|project| (ids.is_empty() && keys.is_empty()) || ids.contains(&project.id.to_string()) || keys.contains(&project.key))
        .map(|project| {
            let full = to.project(project);
            let kinds: Vec<Value> = project
                .types
                .iter()
                .map(|kind| {
                    let mut value = to.kind(site.kind(*kind));
                    if with_fields {
                        let fields: Map<String, Value> = create_fields(&to, site, project, site.kind(*kind))
                            .into_iter()
                            .map(by_id)
                            .collect();
                        value["fields"] = Value::Object(fields);
                    }
                    value
                })
                .collect();
            json!({ "self": full["self"], "id": full["id"], "key": full["key"], "name": full["name"], "avatarUrls": full["avatarUrls"], "issuetypes": kinds })
        })
        .collect();
    Ok(Answer::ok(
        json!({ "expand": "projects", "projects": projects }),
    ))
}

pub(crate) fn create_meta_types(world: &mut World, call: &Call) -> Outcome {
    let project = creatable(world, call)?;
    let site = &world.sites[call.site];
    let to = To {
        world,
        site: call.site,
        version: call.version,
    };
    let values: Vec<Value> = project
        .types
        .iter()
        .map(|kind| to.kind(site.kind(*kind)))
        .collect();
    listed(call, "issueTypes", &values)
}

pub(crate) fn create_meta_fields(world: &mut World, call: &Call) -> Outcome {
    let project = creatable(world, call)?;
    let site = &world.sites[call.site];
    let to = To {
        world,
        site: call.site,
        version: call.version,
    };
    let kind = project
        .types
        .iter()
        .map(|kind| site.kind(*kind))
        .find(|kind| kind.id.to_string() == call.args[1]);
    let kind =
        kind.ok_or_else(|| Answer::error(400, "The issue type is not valid for this project."))?;
    listed(call, "fields", &create_fields(&to, site, project, kind))
}

fn creatable<'a>(world: &'a World, call: &Call) -> Result<&'a Project, Answer> {
    let project = project::find(world, call).map_err(|_| {
        Answer::error(
            400,
            "The project is not valid or you may not create issues in it.",
        )
    })?;
    if project.archived || !world.sites[call.site].may(call.who, project.id, "CREATE_ISSUES") {
        return Err(Answer::error(
            400,
            "The project is not valid or you may not create issues in it.",
        ));
    }
    Ok(project)
}

fn listed(call: &Call, name: &str, values: &[Value]) -> Outcome {
    let (start, max) = (
        call.number("startAt", 0)?,
        call.number("maxResults", 50)?.clamp(1, 200),
    );
    let slice: Vec<&Value> = values.iter().skip(start).take(max).collect();
    Ok(Answer::ok(
        json!({ "maxResults": max, "startAt": start, "total": values.len(), name: slice }),
    ))
}

/// What an edit may set, by field.
pub(crate) fn edit_meta(world: &mut World, call: &Call) -> Outcome {
    let id = input::issue(world, call)?;
    let to = To {
        world,
        site: call.site,
        version: call.version,
    };
    let site = &world.sites[call.site];
    let issue = &site.issues[&id];
    let fields: Map<String, Value> = edit_fields(
        &to,
        site,
        site.project(issue.project),
        site.kind(issue.kind),
    )
    .into_iter()
    .map(by_id)
    .collect();
    Ok(Answer::ok(json!({ "fields": fields })))
}

/// Some answers name a field outside of it.
fn by_id(mut field: Value) -> (String, Value) {
    let members = field.as_object_mut().expect("a field is an object");
    let id = members.remove("fieldId").unwrap_or_default();
    (id.as_str().unwrap_or_default().to_owned(), field)
}

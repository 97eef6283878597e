//! Projects.

use serde_json::{Value, json};

use super::render::To;
use super::{Answer, Call, Outcome, page};
use crate::state::{Project, World};

/// Every project the person may see, as one list.
pub(crate) fn list(world: &mut World, call: &Call) -> Outcome {
    let to = To {
        world,
        site: call.site,
        version: call.version,
    };
    let values: Vec<Value> = visible(world, call)
        .filter(|project| !project.archived)
        .map(|project| to.project(project))
        .collect();
    let count = values.len();
    Ok(Answer::ok(json!(values)).counting(count))
}

pub(crate) fn search(world: &mut World, call: &Call) -> Outcome {
    let site = &world.sites[call.site];
    let right = match call.query("action").unwrap_or("view") {
        "view" | "browse" => "BROWSE_PROJECTS",
        "create" => "CREATE_ISSUES",
        "edit" => "ADMINISTER_PROJECTS",
        other => {
            return Err(Answer::error(
                400,
                &format!("The action '{other}' is not supported."),
            ));
        }
    };
    let archived = call
        .query_list("status")
        .iter()
        .any(|status| status == "archived");
    let query = call.query("query").unwrap_or_default().to_lowercase();
    let (ids, keys) = (call.query_list("id"), call.query_list("keys"));
    let to = To {
        world,
        site: call.site,
        version: call.version,
    };
    let expands = |name| call.expands(name);
    let values: Vec<Value> = visible(world, call)
        .filter(|project| project.archived == archived && site.may(call.who, project.id, right))
        .filter(|project| query.is_empty() || project.name.to_lowercase().contains(&query) || project.key.to_lowercase().contains(&query))
        .filter(|project| ids.is_empty() || ids.contains(&project.id.to_string()))
        .filter(|project| keys.is_empty() || keys.contains(&project.key))
        .map(|project| {
            let mut value = to.project(project);
            if expands("description") {
                value["description"] = json!(project.description);
            }
            if expands("lead") {
                value["lead"] = to.actor(project.lead);
            }
            if expands("issueTypes") {
                value["issueTypes"] = project.types.iter().map(|kind| to.kind(site.kind(*kind))).collect();
            }
            if expands("insight") {
                value["insight"] = json!({ "totalIssueCount": site.issues.values().filter(|issue| issue.project == project.id).count() });
            }
            value
        })
        .collect();
    let own = world.rest_url(call.site, call.version, "project/search");
    let (start, max) = (
        call.number("startAt", 0)?,
        call.number("maxResults", 50)?.clamp(1, 100),
    );
    Ok(Answer::ok(page(&values, start, max, &own)).counting(values.len()))
}

pub(crate) fn get(world: &mut World, call: &Call) -> Outcome {
    let project = find(world, call)?;
    let site = &world.sites[call.site];
    let to = To {
        world,
        site: call.site,
        version: call.version,
    };
    let mut value = to.project(project);
    value["description"] = json!(project.description);
    value["lead"] = to.actor(project.lead);
    value["components"] = components_of(&to, project);
    value["versions"] = versions_of(&to, project);
    value["issueTypes"] = project
        .types
        .iter()
        .map(|kind| to.kind(site.kind(*kind)))
        .collect();
    value["assigneeType"] = json!("UNASSIGNED");
    value["roles"] = json!({});
    value["properties"] = json!({});
    Ok(Answer::ok(value))
}

/// The statuses of each issue type, in the order of the board.
pub(crate) fn statuses(world: &mut World, call: &Call) -> Outcome {
    let project = find(world, call)?;
    let site = &world.sites[call.site];
    let to = To {
        world,
        site: call.site,
        version: call.version,
    };
    let statuses: Vec<Value> = project
        .statuses
        .iter()
        .map(|status| to.status(site.status(*status)))
        .collect();
    let values: Vec<Value> = project
        .types
        .iter()
        .map(|id| {
            let kind = site.kind(*id);
            let own = world.rest_url(call.site, call.version, &format!("issuetype/{id}"));
            json!({ "self": own, "id": id.to_string(), "name": kind.name, "subtask": kind.subtask, "statuses": statuses })
        })
        .collect();
    Ok(Answer::ok(json!(values)))
}

pub(crate) fn versions(world: &mut World, call: &Call) -> Outcome {
    listed(world, call, versions_of)
}

pub(crate) fn components(world: &mut World, call: &Call) -> Outcome {
    listed(world, call, components_of)
}

fn listed(world: &World, call: &Call, list: fn(&To<'_>, &Project) -> Value) -> Outcome {
    let project = find(world, call)?;
    let to = To {
        world,
        site: call.site,
        version: call.version,
    };
    Ok(Answer::ok(list(&to, project)))
}

fn versions_of(to: &To<'_>, project: &Project) -> Value {
    let known = project.versions.iter();
    known.map(|known| to.version(project, known)).collect()
}

fn components_of(to: &To<'_>, project: &Project) -> Value {
    let known = project.components.iter();
    known.map(|known| to.component(project, known)).collect()
}

/// The project of the path, if the person may see it.
pub(crate) fn find<'a>(world: &'a World, call: &Call) -> Result<&'a Project, Answer> {
    let id_or_key = call.args.first().map_or("", String::as_str);
    let site = &world.sites[call.site];
    // Unlike issue keys, project keys are compared case by case here.
    let found = site
        .find_project(id_or_key)
        .filter(|project| project.key == id_or_key || project.id.to_string() == id_or_key);
    found
        .filter(|project| site.may(call.who, project.id, "BROWSE_PROJECTS"))
        .ok_or_else(|| {
            Answer::error(
                404,
                &format!("No project could be found with key '{id_or_key}'."),
            )
        })
}

/// What the person may see.
pub(crate) fn visible<'a>(world: &'a World, call: &Call) -> impl Iterator<Item = &'a Project> {
    let site = &world.sites[call.site];
    let who = call.who;
    site.projects
        .iter()
        .filter(move |project| site.may(who, project.id, "BROWSE_PROJECTS"))
}

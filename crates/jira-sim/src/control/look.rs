//! What scripts and tests can see of the world.

use serde_json::{Value, json};

use super::act::find_issue;
use crate::state::{Issue, World};

/// One of the views under `/_sim/`.
pub(crate) fn look(world: &World, view: &str, argument: &str) -> Option<Value> {
    Some(match view {
        "issues" => json!(issues(world, argument)),
        "issue" => issue(world, argument)?,
        "endpoints" => crate::rest::served().collect(),
        "requests" => json!(world.requests),
        "deliveries" => json!(deliveries(world)),
        "webhooks" => json!(webhooks(world)),
        "admin_webhooks" => json!(admin_webhooks(world)),
        "tokens" => world.grants.facts(),
        "faults" => {
            json!({ "orders": world.faults.orders, "struck": world.faults.struck, "rate_limited": world.limits.refused })
        }
        "reports" => json!(world.reports),
        "people" => crate::people::people(),
        "clock" => json!({ "now_ms": world.now() }),
        "sites" => sites(world),
        _ => return None,
    })
}

pub(crate) fn issues(world: &World, project: &str) -> Vec<Value> {
    let found = world
        .sites
        .iter()
        .enumerate()
        .find_map(|(at, site)| site.find_project(project).map(|project| (at, project.id)));
    let Some((site, project)) = found else {
        return Vec::new();
    };
    world.sites[site]
        .issues
        .values()
        .filter(|issue| issue.project == project)
        .map(|issue| issue_json(world, site, issue))
        .collect()
}

pub(crate) fn issue(world: &World, id_or_key: &str) -> Option<Value> {
    let (site, id) = find_issue(world, id_or_key).ok()?;
    Some(issue_json(world, site, &world.sites[site].issues[&id]))
}

pub(crate) fn issue_json(world: &World, site: usize, issue: &Issue) -> Value {
    let site = &world.sites[site];
    let status = site.status(issue.status);
    let resolution = issue
        .resolution
        .and_then(|id| site.resolutions.iter().find(|known| known.id == id))
        .map(|known| known.name);
    json!({
        "id": issue.id.to_string(),
        "key": issue.key,
        "project": site.project(issue.project).key,
        "summary": issue.summary,
        "description": issue.description.as_ref().map(crate::adf::to_text),
        "status": status.name,
        "status_id": status.id.to_string(),
        "category": status.category.key(),
        "type": site.kind(issue.kind).name,
        "resolution": resolution,
        "labels": issue.labels,
        "assignee": issue.assignee.map(|who| who.account_id),
        "updated_at": issue.updated_at,
        "comments": issue.comments.len(),
        "remote_links": issue.remote_links.iter().map(|link| json!({ "id": link.id, "globalId": link.global_id, "object": link.sent["object"] })).collect::<Vec<_>>(),
        "properties": issue.properties,
        "history": issue.history.iter().map(|change| json!({ "author": change.author.account_id, "items": change.items.iter().map(crate::state::Item::to_json).collect::<Vec<_>>() })).collect::<Vec<_>>(),
    })
}

pub(crate) fn deliveries(world: &World) -> Vec<Value> {
    world
        .webhooks
        .deliveries
        .list()
        .iter()
        .map(|delivery| {
            let mut value = delivery.to_json();
            value["site"] = json!(world.sites[delivery.site].slug);
            value
        })
        .collect()
}

pub(crate) fn webhooks(world: &World) -> Vec<Value> {
    world
        .webhooks
        .all()
        .iter()
        .map(|hook| {
            let mut value = hook.to_json(world.webhooks.dates_as_text);
            value["site"] = json!(world.sites[hook.site].slug);
            value["owner"] = json!(hook.owner.account_id);
            value
        })
        .collect()
}

/// Those that administrators made. Their secrets are nobody's to read again, as at Atlassian.
pub(crate) fn admin_webhooks(world: &World) -> Vec<Value> {
    world
        .webhooks
        .admin()
        .iter()
        .map(|hook| {
            let mut value = hook.to_json();
            value["site"] = json!(world.sites[hook.site].slug);
            value
        })
        .collect()
}

fn sites(world: &World) -> Value {
    let project = |site: usize, project: &crate::state::Project| {
        json!({
            "id": project.id.to_string(),
            "key": project.key,
            "name": project.name,
            "board": format!("{}/projects/{}/board", world.site_url(site), project.key),
        })
    };
    let sites: Vec<Value> = world
        .sites
        .iter()
        .enumerate()
        .map(|(at, site)| {
            let projects: Vec<Value> = site.projects.iter().map(|known| project(at, known)).collect();
            json!({ "cloud_id": site.cloud_id, "slug": site.slug, "name": site.name, "url": world.site_url(at), "projects": projects })
        })
        .collect();
    json!(sites)
}

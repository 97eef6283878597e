//! What an administrator does to statuses, keys and addresses. None of it is an event an app could subscribe to.

use super::act::{find_project, find_site, status_of};
use crate::people::EVERYBODY;
use crate::rest;
use crate::state::{Category, Change, Item, World};

/// The status leaves the project's workflow. Its issues are put into another one first, as Jira insists.
pub(super) fn delete_status(
    world: &mut World,
    project: &str,
    status: &str,
    instead: &str,
    told: bool,
) -> Result<(), String> {
    let (site, project) = find_project(world, project)?;
    let gone = status_of(world, site, project, status)?;
    let instead = status_of(world, site, project, instead)?;
    if gone == instead {
        return Err("the issues need another status".to_owned());
    }
    let now = world.now();
    let owner = &mut world.sites[site];
    let name = |id: u64| Some(owner.status(id).name.clone());
    let item = Item {
        field: "status".into(),
        field_id: "status".into(),
        from: Some(gone.to_string()),
        from_text: name(gone),
        to: Some(instead.to_string()),
        to_text: name(instead),
    };
    let stranded: Vec<u64> = owner
        .issues
        .values()
        .filter(|issue| issue.project == project && issue.status == gone)
        .map(|issue| issue.id)
        .collect();
    let workflow = owner.project_mut(project);
    workflow.statuses.retain(|id| *id != gone);
    workflow.transitions.retain(|way| way.to != gone);
    for way in &mut workflow.transitions {
        if let Some(from) = &mut way.from {
            from.retain(|id| *id != gone);
        }
    }
    let still_used = owner
        .projects
        .iter()
        .any(|project| project.statuses.contains(&gone));
    for id in &stranded {
        let change = owner.next_id();
        if let Some(issue) = owner.issues.get_mut(id) {
            issue.status = instead;
            if !told {
                issue.updated_at = now.max(issue.updated_at);
                issue.history.push(Change {
                    id: change,
                    author: &EVERYBODY[0],
                    at: now,
                    items: vec![item.clone()],
                });
            }
        }
    }
    if !still_used {
        owner.statuses.retain(|status| status.id != gone);
    }
    for id in stranded.into_iter().filter(|_| told) {
        let items = vec![item.clone()];
        rest::record(world, site, id, &EVERYBODY[0], now, items, "issue_updated");
    }
    world.touch(site);
    Ok(())
}

pub(super) fn recategorise(
    world: &mut World,
    project: &str,
    status: &str,
    category: &str,
) -> Result<(), String> {
    let (site, project) = find_project(world, project)?;
    let id = status_of(world, site, project, status)?;
    let category = Category::ALL
        .into_iter()
        .find(|known| known.key() == category)
        .ok_or("the category is new, indeterminate or done")?;
    for status in &mut world.sites[site].statuses {
        if status.id == id {
            status.category = category;
        }
    }
    world.touch(site);
    Ok(())
}

/// Every issue gets the new key; the old ones lead on.
pub(super) fn project_key(world: &mut World, project: &str, key: &str) -> Result<(), String> {
    let starts_well = key.starts_with(|first: char| first.is_ascii_uppercase());
    if !starts_well
        || !key
            .chars()
            .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
    {
        return Err("a key is capital letters and digits".to_owned());
    }
    if find_project(world, key).is_ok() {
        return Err(format!("the key {key} is taken"));
    }
    let (site, id) = find_project(world, project)?;
    let owner = &mut world.sites[site];
    let project = owner.project_mut(id);
    let old = std::mem::replace(&mut project.key, key.to_owned());
    project.old_keys.push(old.clone());
    for issue in owner
        .issues
        .values_mut()
        .filter(|issue| issue.project == id)
    {
        if let Some(number) = issue.key.strip_prefix(&format!("{old}-")) {
            let new = format!("{key}-{number}");
            owner
                .old_keys
                .insert(std::mem::replace(&mut issue.key, new), issue.id);
        }
    }
    world.touch(site);
    Ok(())
}

pub(super) fn site(world: &mut World, site: &str, slug: &str) -> Result<(), String> {
    let well = !slug.is_empty()
        && slug
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if !well {
        return Err("an address is small letters, digits and hyphens".to_owned());
    }
    if world.site_by_slug(slug).is_some() {
        return Err(format!("the address {slug} is taken"));
    }
    let at = find_site(world, site)?;
    let owner = &mut world.sites[at];
    let old = std::mem::replace(&mut owner.slug, slug.to_owned());
    owner.old_slugs.push(old);
    world.touch(at);
    Ok(())
}

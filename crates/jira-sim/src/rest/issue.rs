//! Reading and deleting issues.

use serde_json::{Value, json};

use super::render::{To, Wanted};
use super::{Answer, Call, Outcome, input, page, transition};
use crate::people::Who;
use crate::state::World;
use crate::webhook::{self, Happening};

/// The most issues one bulk request may name.
const BULK_MAX: usize = 100;

pub(crate) fn get(world: &mut World, call: &Call) -> Outcome {
    let id = input::issue(world, call)?;
    let to = To {
        world,
        site: call.site,
        version: call.version,
    };
    let issue = &world.sites[call.site].issues[&id];
    let wanted = Wanted::new(&call.query_list("fields"), "*all");
    let mut value = to.issue(issue, Some(&wanted), &call.query_list("properties"));
    if call.expands("names") {
        value["names"] = to.field_names();
    }
    if call.expands("transitions") {
        value["transitions"] = transition::rendered(world, call, id, false);
    }
    if call.expands("changelog") {
        let histories: Vec<Value> = issue
            .history
            .iter()
            .rev()
            .map(|change| to.change(change))
            .collect();
        value["changelog"] = json!({ "startAt": 0, "maxResults": histories.len(), "total": histories.len(), "histories": histories });
    }
    Ok(Answer::ok(value).counting(1))
}

pub(crate) fn bulk_fetch(world: &mut World, call: &Call) -> Outcome {
    let Some(names) = call.body["issueIdsOrKeys"]
        .as_array()
        .filter(|names| !names.is_empty())
    else {
        return Err(Answer::error(400, "issueIdsOrKeys must not be empty."));
    };
    if names.len() > BULK_MAX {
        return Err(Answer::error(
            400,
            "The number of issues must not be more than 100.",
        ));
    }
    let site = &world.sites[call.site];
    let to = To {
        world,
        site: call.site,
        version: call.version,
    };
    let wanted = Wanted::new(&strings(&call.body["fields"]), "*navigable");
    let properties = strings(&call.body["properties"]);
    let mut found = std::collections::BTreeMap::new();
    let mut errors = Vec::new();
    for name in names {
        let name = name
            .as_str()
            .map_or_else(|| name.to_string(), ToOwned::to_owned);
        match site.find_issue(&name).filter(|issue| site.may_see(call.who, issue)) {
            Some(issue) => _ = found.insert(issue.id, to.issue(issue, Some(&wanted), &properties)),
            None => errors.push(json!({ "id": name, "errorMessage": "Issue does not exist or you do not have permission to see it." })),
        }
    }
    let count = found.len();
    let issues: Vec<Value> = found.into_values().collect();
    Ok(Answer::ok(json!({ "issues": issues, "issueErrors": errors })).counting(count))
}

pub(crate) fn changelog(world: &mut World, call: &Call) -> Outcome {
    let id = input::issue(world, call)?;
    let to = To {
        world,
        site: call.site,
        version: call.version,
    };
    let values: Vec<Value> = world.sites[call.site].issues[&id]
        .history
        .iter()
        .map(|change| to.change(change))
        .collect();
    let own = world.rest_url(
        call.site,
        call.version,
        &format!("issue/{}/changelog", call.args[0]),
    );
    Ok(Answer::ok(page(
        &values,
        call.number("startAt", 0)?,
        call.number("maxResults", 100)?.clamp(1, 100),
        &own,
    )))
}

pub(crate) fn bulk_changelog(world: &mut World, call: &Call) -> Outcome {
    let names = strings(&call.body["issueIdsOrKeys"]);
    if names.is_empty() {
        return Err(Answer::error(400, "issueIdsOrKeys must not be empty."));
    }
    let site = &world.sites[call.site];
    let to = To {
        world,
        site: call.site,
        version: call.version,
    };
    let logs: Vec<Value> = names
        .iter()
        .filter_map(|name| site.find_issue(name).filter(|issue| site.may_see(call.who, issue)))
        .map(|issue| json!({ "issueId": issue.id.to_string(), "changeHistories": issue.history.iter().map(|change| to.change(change)).collect::<Vec<_>>() }))
        .collect();
    Ok(Answer::ok(json!({ "issueChangeLogs": logs })))
}

pub(crate) fn delete(world: &mut World, call: &Call) -> Outcome {
    let id = input::issue_for_write(world, call, "DELETE_ISSUES")?;
    remove(world, call.site, id, call.who);
    Ok(Answer::no_content())
}

/// The issue goes; webhooks hear of it and, as an aftermath, of its comments.
pub(crate) fn remove(world: &mut World, site: usize, id: u64, who: Who) {
    let comments: Vec<u64> = world.sites[site].issues[&id]
        .comments
        .iter()
        .map(|comment| comment.id)
        .collect();
    webhook::fire(world, site, id, who, &Happening::Deleted);
    for comment in comments {
        webhook::fire(world, site, id, who, &Happening::CommentDeleted(comment));
    }
    world.sites[site].issues.remove(&id);
    world.touch(site);
}

/// Strings and numbers of a JSON array, as strings.
pub(crate) fn strings(value: &Value) -> Vec<String> {
    let text = |value: &Value| {
        value
            .as_str()
            .map_or_else(|| value.to_string(), ToOwned::to_owned)
    };
    match value {
        Value::String(list) => list
            .split(',')
            .map(|part| part.trim().to_owned())
            .filter(|part| !part.is_empty())
            .collect(),
        Value::Array(list) => list.iter().map(text).collect(),
        _ => Vec::new(),
    }
}

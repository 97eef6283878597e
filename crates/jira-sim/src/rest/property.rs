//! Issue properties: small JSON an app keeps on an issue.

use serde_json::json;

use super::{Answer, Call, Outcome, input};
use crate::state::World;
use crate::webhook::{self, Happening};

/// The longest value, as text.
const MAX_LENGTH: usize = 32_768;

pub(crate) fn list(world: &mut World, call: &Call) -> Outcome {
    let id = input::issue(world, call)?;
    let address = |key: &str| {
        world.rest_url(
            call.site,
            call.version,
            &format!("issue/{id}/properties/{key}"),
        )
    };
    let keys: Vec<_> = world.sites[call.site].issues[&id]
        .properties
        .keys()
        .map(|key| json!({ "self": address(key), "key": key }))
        .collect();
    Ok(Answer::ok(json!({ "keys": keys })))
}

pub(crate) fn get(world: &mut World, call: &Call) -> Outcome {
    let id = input::issue(world, call)?;
    let key = &call.args[1];
    let found = world.sites[call.site].issues[&id].properties.get(key);
    let value =
        found.ok_or_else(|| Answer::error(404, &format!("The property {key} does not exist.")))?;
    Ok(Answer::ok(json!({ "key": key, "value": value })))
}

pub(crate) fn put(world: &mut World, call: &Call) -> Outcome {
    let id = input::issue_for_write(world, call, "EDIT_ISSUES")?;
    let key = call.args[1].clone();
    if key.is_empty() || key.len() > 255 {
        return Err(Answer::error(
            400,
            "The property key must be between 1 and 255 characters.",
        ));
    }
    if !call.has_content_type {
        return Err(Answer::error(415, "Unsupported Media Type"));
    }
    if call.body.to_string().len() > MAX_LENGTH {
        return Err(Answer::error(
            400,
            "The property value must not be longer than 32768 characters.",
        ));
    }
    let issue = world.sites[call.site]
        .issues
        .get_mut(&id)
        .expect("the path was resolved");
    let is_new = issue
        .properties
        .insert(key.clone(), call.body.clone())
        .is_none();
    webhook::fire(world, call.site, id, call.who, &Happening::PropertySet(key));
    let message = if is_new {
        "Issue property created"
    } else {
        "Issue property updated"
    };
    Ok(Answer::new(
        if is_new { 201 } else { 200 },
        json!({ "message": message }),
    ))
}

pub(crate) fn delete(world: &mut World, call: &Call) -> Outcome {
    let id = input::issue_for_write(world, call, "EDIT_ISSUES")?;
    let key = call.args[1].clone();
    let issue = world.sites[call.site]
        .issues
        .get_mut(&id)
        .expect("the path was resolved");
    if issue.properties.remove(&key).is_none() {
        return Err(Answer::error(
            404,
            &format!("The property {key} does not exist."),
        ));
    }
    webhook::fire(
        world,
        call.site,
        id,
        call.who,
        &Happening::PropertyDeleted(key),
    );
    Ok(Answer::no_content())
}

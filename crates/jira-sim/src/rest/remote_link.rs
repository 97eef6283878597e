//! Remote links: the "web links" panel of an issue.

use serde_json::{Value, json};

use super::{Answer, Call, Outcome, input};
use crate::state::{RemoteLink, World};

pub(crate) fn get(world: &mut World, call: &Call) -> Outcome {
    let id = input::issue(world, call)?;
    let links = &world.sites[call.site].issues[&id].remote_links;
    match call.query("globalId") {
        None => Ok(Answer::ok(
            links
                .iter()
                .map(|link| rendered(world, call, id, link))
                .collect(),
        )),
        Some(global_id) => {
            let link = links
                .iter()
                .find(|link| link.global_id.as_deref() == Some(global_id))
                .ok_or_else(no_link)?;
            Ok(Answer::ok(rendered(world, call, id, link)))
        }
    }
}

pub(crate) fn get_one(world: &mut World, call: &Call) -> Outcome {
    let id = input::issue(world, call)?;
    numeric(call)?;
    let links = &world.sites[call.site].issues[&id].remote_links;
    let link = links
        .iter()
        .find(|link| link.id.to_string() == call.args[1])
        .ok_or_else(no_link)?;
    Ok(Answer::ok(rendered(world, call, id, link)))
}

/// Creates, or replaces as a whole the link with the same `globalId`.
pub(crate) fn put(world: &mut World, call: &Call) -> Outcome {
    let id = input::issue_for_write(world, call, "LINK_ISSUES")?;
    let link = read(&call.body)?;
    let site = &mut world.sites[call.site];
    let (new_id, most) = (site.next_id(), site.most_links);
    let links = &mut site
        .issues
        .get_mut(&id)
        .expect("the path was resolved")
        .remote_links;
    let full = links.len() >= most;
    let known = links
        .iter_mut()
        .find(|known| known.global_id.is_some() && known.global_id == link.global_id);
    let (status, number) = match known {
        Some(known) => {
            known.sent = link.sent;
            (200, known.id)
        }
        None if full => {
            return Err(Answer::error(
                413,
                "The per-issue limit for remote links has been breached.",
            ));
        }
        None => {
            links.push(RemoteLink { id: new_id, ..link });
            (201, new_id)
        }
    };
    world.touch(call.site);
    let own = world.rest_url(
        call.site,
        call.version,
        &format!("issue/{}/remotelink/{number}", call.args[0]),
    );
    Ok(Answer::new(status, json!({ "id": number, "self": own })))
}

pub(crate) fn put_one(world: &mut World, call: &Call) -> Outcome {
    let id = input::issue_for_write(world, call, "LINK_ISSUES")?;
    numeric(call)?;
    let link = read(&call.body)?;
    let links = &mut world.sites[call.site]
        .issues
        .get_mut(&id)
        .expect("the path was resolved")
        .remote_links;
    let known = links
        .iter_mut()
        .find(|known| known.id.to_string() == call.args[1])
        .ok_or_else(no_link)?;
    *known = RemoteLink {
        id: known.id,
        ..link
    };
    world.touch(call.site);
    Ok(Answer::no_content())
}

pub(crate) fn delete_by_global_id(world: &mut World, call: &Call) -> Outcome {
    // Jira wants a content type even here, where there is no body.
    if !call.has_content_type {
        return Err(Answer::error(415, "Unsupported Media Type"));
    }
    let global_id = call
        .query("globalId")
        .ok_or_else(|| Answer::error(400, "Param 'globalId' should be provided."))?;
    remove(world, call, |link| {
        link.global_id.as_deref() == Some(global_id)
    })
}

pub(crate) fn delete_one(world: &mut World, call: &Call) -> Outcome {
    if !call.has_content_type {
        return Err(Answer::error(415, "Unsupported Media Type"));
    }
    input::issue(world, call)?;
    numeric(call)?;
    remove(world, call, |link| link.id.to_string() == call.args[1])
}

fn remove(world: &mut World, call: &Call, meant: impl Fn(&RemoteLink) -> bool) -> Outcome {
    let id = input::issue_for_write(world, call, "LINK_ISSUES")?;
    let links = &mut world.sites[call.site]
        .issues
        .get_mut(&id)
        .expect("the path was resolved")
        .remote_links;
    let at = links.iter().position(meant).ok_or_else(no_link)?;
    links.remove(at);
    world.touch(call.site);
    Ok(Answer::no_content())
}

fn read(body: &Value) -> Result<RemoteLink, Answer> {
    let object = &body["object"];
    if !object.is_object() {
        return Err(Answer::field_error("object", "'object' is required."));
    }
    for name in ["url", "title"] {
        if object[name].as_str().is_none_or(str::is_empty) {
            return Err(Answer::field_error(name, &format!("'{name}' is required.")));
        }
    }
    let address = object["url"].as_str().unwrap_or_default();
    if url::Url::parse(address).is_err() {
        return Err(Answer::field_error(
            "url",
            "The specified 'url' is not a valid url.",
        ));
    }
    let global_id = body["globalId"].as_str().map(ToOwned::to_owned);
    if global_id.as_ref().is_some_and(|id| id.len() > 255) {
        return Err(Answer::field_error(
            "globalId",
            "The globalId must not be longer than 255 characters.",
        ));
    }
    let mut sent = json!({ "object": object });
    for name in ["application", "relationship"] {
        if !body[name].is_null() {
            sent[name] = body[name].clone();
        }
    }
    Ok(RemoteLink {
        id: 0,
        global_id,
        sent,
    })
}

fn rendered(world: &World, call: &Call, issue: u64, link: &RemoteLink) -> Value {
    let mut value = link.sent.clone();
    value["id"] = json!(link.id);
    value["self"] = json!(world.rest_url(
        call.site,
        call.version,
        &format!("issue/{issue}/remotelink/{}", link.id)
    ));
    if let Some(global_id) = &link.global_id {
        value["globalId"] = json!(global_id);
    }
    if value["application"].is_null() {
        value["application"] = json!({});
    }
    // A link without these says so with empty objects.
    if value["object"]["icon"].is_null() {
        value["object"]["icon"] = json!({});
    }
    if value["object"]["status"].is_null() {
        value["object"]["status"] = json!({ "icon": {} });
    }
    value
}

/// The link of the path must at least be a number.
fn numeric(call: &Call) -> Result<(), Answer> {
    call.args[1]
        .parse::<u64>()
        .map(drop)
        .map_err(|_| Answer::error(400, "The link id must be a number."))
}

fn no_link() -> Answer {
    Answer::error(404, "The remote link does not exist.")
}

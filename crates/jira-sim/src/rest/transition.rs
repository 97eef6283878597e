//! Transitions: which there are, and what carrying one out asks for.

use serde_json::{Map, Value, json};

use super::input::{self, named};
use super::render::To;
use super::{Answer, Call, Outcome, edit};
use crate::people::Who;
use crate::state::{Category, Comment, Item, Site, Style, Transition, World};
use crate::webhook::{self, Happening};

/// A transition as it stands for one issue and one person.
pub(crate) struct Available {
    pub(crate) transition: Transition,
    /// `false`: its condition is not met.
    pub(crate) open: bool,
}

/// Transitions from the issue's status. None for whoever may not transition issues.
pub(crate) fn available(site: &Site, id: u64, who: Who) -> Vec<Available> {
    let issue = &site.issues[&id];
    if !site.may(who, issue.project, "TRANSITION_ISSUES") || site.project(issue.project).archived {
        return Vec::new();
    }
    site.project(issue.project)
        .transitions
        .iter()
        .filter(|transition| {
            transition
                .from
                .as_ref()
                .is_none_or(|from| from.contains(&issue.status))
        })
        .map(|transition| Available {
            transition: transition.clone(),
            open: transition.only.as_ref().is_none_or(|only| {
                only.iter()
                    .any(|allowed| allowed.account_id == who.account_id)
            }),
        })
        .collect()
}

pub(crate) fn list(world: &mut World, call: &Call) -> Outcome {
    let id = input::issue(world, call)?;
    let transitions = rendered(world, call, id, call.expands("transitions.fields"));
    Ok(Answer::ok(
        json!({ "expand": "transitions", "transitions": transitions }),
    ))
}

/// The transitions in JSON.
pub(crate) fn rendered(world: &World, call: &Call, id: u64, with_fields: bool) -> Value {
    let to = To {
        world,
        site: call.site,
        version: call.version,
    };
    let site = &world.sites[call.site];
    let with_closed = call.query("includeUnavailableTransitions") == Some("true");
    let only = call.query("transitionId");
    let status = site.issues[&id].status;
    let list: Vec<Value> = available(site, id, call.who)
        .iter()
        .filter(|found| found.open || with_closed)
        .filter(|found| only.is_none_or(|only| found.transition.id.to_string() == only))
        .map(|found| {
            let transition = &found.transition;
            let mut value = json!({
                "id": transition.id.to_string(),
                "name": transition.name,
                "to": to.status(site.status(transition.to)),
                "hasScreen": !transition.screen.is_empty(),
                "isGlobal": transition.from.is_none(),
                "isInitial": false,
                "isAvailable": found.open,
                "isConditional": transition.only.is_some(),
                "isLooped": transition.to == status,
                "looped": transition.to == status,
            });
            if with_fields {
                value["fields"] = screen(&to, site, transition);
            }
            value
        })
        .collect();
    json!(list)
}

/// The fields of a transition's screen.
fn screen(to: &To<'_>, site: &Site, transition: &Transition) -> Value {
    let mut fields = Map::new();
    for (field, required) in &transition.screen {
        let value = match *field {
            "resolution" => json!({
                "required": required,
                "schema": { "type": "resolution", "system": "resolution" },
                "name": "Resolution",
                "key": "resolution",
                "operations": ["set"],
                "allowedValues": site.resolutions.iter().map(|resolution| to.resolution(resolution)).collect::<Vec<_>>(),
                "hasDefaultValue": false,
            }),
            _ => json!({
                "required": required,
                "schema": { "type": "comments-page", "system": "comment" },
                "name": "Comment",
                "key": "comment",
                "operations": ["add"],
                "hasDefaultValue": false,
            }),
        };
        fields.insert((*field).to_owned(), value);
    }
    Value::Object(fields)
}

pub(crate) fn transition(world: &mut World, call: &Call) -> Outcome {
    let id = input::issue(world, call)?;
    let now = world.now();
    world.limits.write(now, call.site, id)?;
    let Some(wanted) = named(&call.body["transition"], "id") else {
        return Err(Answer::error(400, "Missing 'transition' identifier"));
    };
    if wanted.parse::<u64>().is_err() {
        return Err(Answer::error(
            400,
            "'transition' identifier must be an integer",
        ));
    }
    let site = &world.sites[call.site];
    let found = available(site, id, call.who)
        .into_iter()
        .find(|found| found.transition.id.to_string() == wanted);
    let Some(found) = found.filter(|found| found.open) else {
        return Err(Answer::error(
            400,
            &format!("Transition id '{wanted}' is not valid for this issue."),
        ));
    };
    let transition = found.transition;
    let no_fields = Map::new();
    let fields = call.body["fields"].as_object().unwrap_or(&no_fields);
    let update = call.body["update"].as_object().unwrap_or(&no_fields);
    let mut errors = Map::new();
    // A comment may come with every transition; any other field must be on the screen.
    for name in fields
        .keys()
        .chain(update.keys())
        .filter(|name| *name != "comment")
    {
        if transition.screen.iter().all(|(known, _)| known != name) {
            errors.insert(
                name.clone(),
                json!(format!(
                    "Field '{name}' cannot be set. It is not on the appropriate screen, or unknown."
                )),
            );
        }
    }
    let mut resolution = None;
    if errors.is_empty()
        && transition
            .screen
            .iter()
            .any(|(field, _)| *field == "resolution")
    {
        let set = fields.get("resolution").or_else(|| {
            update
                .get("resolution")
                .and_then(|operations| operations[0].get("set"))
        });
        match set {
            None | Some(Value::Null) => {
                if transition.screen.contains(&("resolution", true)) {
                    errors.insert("resolution".to_owned(), json!("Resolution is required."));
                }
            }
            Some(value) => match find_resolution(site, value) {
                Some(found) => resolution = Some(found),
                None => {
                    _ = errors.insert(
                        "resolution".to_owned(),
                        json!("Specify a valid 'id' or 'name' for Resolution"),
                    );
                }
            },
        }
    }
    if !errors.is_empty() {
        return Err(Answer::field_errors(&errors));
    }
    let mut comments = Vec::new();
    for comment in update
        .get("comment")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let body = input::rich_text(call, &comment["add"]["body"])
            .map_err(|error| error.answer("comment"))?;
        comments.extend(body);
    }
    carry_out(world, call.site, id, call.who, &transition, resolution);
    for body in comments {
        let comment = world.sites[call.site].next_id();
        if let Some(issue) = world.sites[call.site].issues.get_mut(&id) {
            issue.comments.push(Comment {
                id: comment,
                author: call.who,
                body,
                at: now,
            });
        }
        webhook::fire(
            world,
            call.site,
            id,
            call.who,
            &Happening::CommentCreated(comment),
        );
    }
    Ok(Answer::no_content())
}

fn find_resolution(site: &Site, value: &Value) -> Option<u64> {
    site.resolutions
        .iter()
        .find(|known| {
            named(value, "id").is_some_and(|id| id == known.id.to_string())
                || value["name"].as_str() == Some(known.name)
        })
        .map(|known| known.id)
}

/// The issue gets its new status. Team-managed projects set and clear the resolution by themselves.
pub(crate) fn carry_out(
    world: &mut World,
    site: usize,
    id: u64,
    who: Who,
    transition: &Transition,
    resolution: Option<u64>,
) {
    let now = world.now();
    let owner = &mut world.sites[site];
    let before = &owner.issues[&id];
    let (from, to) = (owner.status(before.status), owner.status(transition.to));
    let done = to.category == Category::Done;
    let automatic =
        owner.project(before.project).style == Style::NextGen || transition.screen.is_empty();
    let resolution = match (done, resolution, before.resolution) {
        (true, None, Some(old)) => Some(old),
        (true, None, None) if automatic => owner.resolutions.first().map(|known| known.id),
        (true, given, _) => given,
        (false, ..) => None,
    };
    let mut items = Vec::new();
    if from.id != to.id {
        items.push(Item {
            field: "status".into(),
            field_id: "status".into(),
            from: Some(from.id.to_string()),
            from_text: Some(from.name.clone()),
            to: Some(to.id.to_string()),
            to_text: Some(to.name.clone()),
        });
    }
    if resolution != before.resolution {
        let name = |id: Option<u64>| {
            owner
                .resolutions
                .iter()
                .find(|known| Some(known.id) == id)
                .map(|known| known.name.to_owned())
        };
        items.push(Item {
            field: "resolution".into(),
            field_id: "resolution".into(),
            from: before.resolution.map(|id| id.to_string()),
            from_text: name(before.resolution),
            to: resolution.map(|id| id.to_string()),
            to_text: name(resolution),
        });
    }
    let issue = owner
        .issues
        .get_mut(&id)
        .expect("the caller found the issue");
    issue.status = transition.to;
    issue.resolved_at = resolution.map(|_| issue.resolved_at.unwrap_or(now));
    issue.resolution = resolution;
    edit::record(world, site, id, who, now, items, "issue_generic");
}

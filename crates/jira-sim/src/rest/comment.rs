//! Comments.

use serde_json::{Value, json};

use super::render::To;
use super::{Answer, Call, Outcome, input};
use crate::state::{Comment, World};
use crate::webhook::{self, Happening};

pub(crate) fn list(world: &mut World, call: &Call) -> Outcome {
    let id = input::issue(world, call)?;
    let to = To {
        world,
        site: call.site,
        version: call.version,
    };
    let issue = &world.sites[call.site].issues[&id];
    let (start, max) = (
        call.number("startAt", 0)?,
        call.number("maxResults", 100)?.clamp(1, 5_000),
    );
    let comments: Vec<Value> = issue
        .comments
        .iter()
        .skip(start)
        .take(max)
        .map(|comment| to.comment(issue, comment))
        .collect();
    Ok(Answer::ok(
        json!({ "startAt": start, "maxResults": max, "total": issue.comments.len(), "comments": comments }),
    ))
}

pub(crate) fn add(world: &mut World, call: &Call) -> Outcome {
    let id = input::issue_for_write(world, call, "ADD_COMMENTS")?;
    let body =
        input::rich_text(call, &call.body["body"]).map_err(|error| error.answer("comment"))?;
    let body =
        body.ok_or_else(|| Answer::field_error("comment", "Comment body can not be empty!"))?;
    let site = &world.sites[call.site];
    if site.issues[&id].comments.len() >= site.most_comments {
        return Err(Answer::error(
            413,
            "The per-issue limit for comments has been breached.",
        ));
    }
    let at = world.now();
    let comment = Comment {
        id: world.sites[call.site].next_id(),
        author: call.who,
        body,
        at,
    };
    let number = comment.id;
    if let Some(issue) = world.sites[call.site].issues.get_mut(&id) {
        issue.comments.push(comment.clone());
        issue.updated_at = at;
    }
    world.touch(call.site);
    webhook::fire(
        world,
        call.site,
        id,
        call.who,
        &Happening::CommentCreated(number),
    );
    let to = To {
        world,
        site: call.site,
        version: call.version,
    };
    Ok(Answer::new(
        201,
        to.comment(&world.sites[call.site].issues[&id], &comment),
    ))
}

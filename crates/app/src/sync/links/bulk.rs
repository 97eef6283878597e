//! Many posts at once: linked to one issue, or each to an issue of its own.

use upvow_domain::{Caller, ConnectionId, Invalid, PostId, Role, Scope};
use upvow_store::{automations as stored_automations, board_targets, links, posts as stored_posts};

use super::{
    Link, NewIssue, at_work, create_issue,
    make::{read_issue, tie},
    tell,
};
use crate::{App, AppError, Result, access::need, submit_key};

/// So many posts at once.
pub const MOST_AT_ONCE: usize = 50;

/// What became of one of many posts.
#[derive(Debug, Clone)]
pub struct Line {
    /// The post.
    pub post: PostId,
    /// Its title, if it is there.
    pub title: String,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of it.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// It is linked now, or its issue is being made.
    Done(Link),
    /// It was linked before; nothing was done.
    WasThere(Link),
    /// It was not, and why.
    Failed(String),
}

/// Links many posts to one issue. Again is no change. Needs a moderator.
pub async fn link_many(
    app: &App,
    caller: &Caller,
    posts: &[PostId],
    connection: ConnectionId,
    key_or_url: &str,
) -> Result<Vec<Line>> {
    need(caller, Role::Moderator, Scope::LinksWrite)?;
    let posts = bounded(posts)?;
    let reach = {
        let mut tx = app.db.read().await?;
        at_work(&mut tx, caller, connection).await?
    };
    let issue = read_issue(app, &reach, key_or_url).await?;
    let mut lines = Vec::with_capacity(posts.len());
    for post in posts {
        let Some(title) = title(app, caller, post).await? else {
            lines.push(gone(post));
            continue;
        };
        let outcome = match tie(app, caller, &reach, post, &issue).await {
            Ok((link, true)) => Outcome::Done(link),
            Ok((link, false)) => Outcome::WasThere(link),
            Err(error) => failed(error)?,
        };
        lines.push(Line {
            post,
            title,
            outcome,
        });
    }
    Ok(lines)
}

/// Makes an issue of each of many posts, where its board's issues are made. A post that is linked already is left
/// alone; the same key again makes nothing anew. Needs a moderator.
pub async fn create_many(
    app: &App,
    caller: &Caller,
    posts: &[PostId],
    key: &str,
) -> Result<Vec<Line>> {
    need(caller, Role::Moderator, Scope::LinksWrite)?;
    let posts = bounded(posts)?;
    let key = submit_key::checked(Some(key))?
        .ok_or_else(|| Invalid::new("submit_key", "send a key, so that nothing is made twice"))?;
    let mut lines = Vec::with_capacity(posts.len());
    for post in posts {
        let Some(title) = title(app, caller, post).await? else {
            lines.push(gone(post));
            continue;
        };
        let outcome = create_one(app, caller, post, &key).await;
        lines.push(Line {
            post,
            title,
            outcome: outcome.or_else(failed)?,
        });
    }
    Ok(lines)
}

async fn create_one(app: &App, caller: &Caller, post: PostId, key: &str) -> Result<Outcome> {
    let target = {
        let mut tx = app.db.read().await?;
        let made = links::of_submit_key(&mut tx, caller.project, post, key).await?;
        if let Some(made) = made {
            return Ok(Outcome::Done(tell(&mut tx, made).await?));
        }
        if stored_automations::is_linked(&mut tx, caller.project, post).await? {
            let there = links::list(&mut tx, caller.project, post).await?;
            let live = there.into_iter().find(|link| link.state != "ended");
            let live = live.ok_or(AppError::NotFound)?;
            return Ok(Outcome::WasThere(tell(&mut tx, live).await?));
        }
        let board = links::board_of(&mut tx, caller.project, post).await?;
        let board = board.ok_or(AppError::NotFound)?;
        board_targets::of(&mut tx, caller.project, board).await?
    };
    let Some(target) = target else {
        return Ok(Outcome::Failed(
            "nobody has said where issues of its board are made".to_owned(),
        ));
    };
    let new = NewIssue {
        connection: target.connection_id,
        jira_project: target.jira_project_id,
        issue_type: target.issue_type_id,
        fields: None,
        submit_key: Some(key.to_owned()),
    };
    create_issue(app, caller, post, &new)
        .await
        .map(Outcome::Done)
}

/// Each post once, and not too many.
fn bounded(posts: &[PostId]) -> Result<Vec<PostId>> {
    let mut once: Vec<PostId> = Vec::with_capacity(posts.len());
    for post in posts {
        if !once.contains(post) {
            once.push(*post);
        }
        if once.len() > MOST_AT_ONCE {
            break;
        }
    }
    if once.is_empty() || once.len() > MOST_AT_ONCE {
        let message = format!("choose 1 to {MOST_AT_ONCE} posts");
        return Err(Invalid::new("post", message).into());
    }
    Ok(once)
}

async fn title(app: &App, caller: &Caller, post: PostId) -> Result<Option<String>> {
    let mut tx = app.db.read().await?;
    let post = stored_posts::find(&mut tx, caller.project, post, None).await?;
    Ok(post.map(|post| post.row.title))
}

fn gone(post: PostId) -> Line {
    Line {
        post,
        title: String::new(),
        outcome: Outcome::Failed("there is no such post".to_owned()),
    }
}

/// A refusal of one post is told beside it; what would befall all of them ends it.
fn failed(error: AppError) -> Result<Outcome> {
    match error {
        AppError::Invalid(_) | AppError::Conflict { .. } | AppError::Jira(_) => {
            Ok(Outcome::Failed(error.to_string()))
        }
        AppError::NotFound => Ok(Outcome::Failed("there is no such post".to_owned())),
        other => Err(other),
    }
}

//! Jira to board: a job reads the issue again and moves the post. What a signal said is never applied as it stands.

use std::time::Duration;

use upvow_db::Tx;
use upvow_domain::{
    Caller, HookId, LinkId, StatusId,
    combination::Verdict,
    jira::{Category, IssueId},
};
use upvow_jira::{Issue, JiraError};
use upvow_store::{
    connections, links,
    links::{Labels, Link},
    posts as stored_posts, rules, signals, voices,
};

use crate::{
    App, Result,
    connect::{
        grants::CallError,
        reach::{For, Reach},
    },
    jobs::{Claim, Trouble, Turn},
    live::{Change, What},
    posts::{self, Cause},
    sync::choir::Score,
};

/// A post that Jira moved more often than this...
const MOST_FLIPS: i64 = 6;
/// ...within this time is left alone until somebody looks.
const FLIP_WINDOW: Duration = Duration::from_mins(10);

/// The job after a signal: reads the issue once, for all links of all connections that hear by the door.
pub(crate) async fn run_issue(app: &App, claim: &Claim) -> Turn {
    let never = Trouble::Never {
        code: "job_subject",
    };
    let Some((hook, issue)) = claim.job.subject.split_once('/') else {
        return Err(never);
    };
    let (Some(hook), Ok(issue)) = (HookId::from_stored(hook), IssueId::parse(issue)) else {
        return Err(never);
    };
    let (reach, deleted) = {
        let mut tx = app.db.read().await?;
        if links::of_hook_issue(&mut tx, hook, &issue)
            .await?
            .is_empty()
        {
            return Err(Trouble::Moot);
        }
        let users = connections::of_hook(&mut tx, hook).await?;
        let user = users.into_iter().find_map(Reach::from_row);
        let deleted = signals::says_deleted(&mut tx, hook, &issue).await?;
        (user.ok_or(Trouble::Moot)?, deleted)
    };
    let read = read(app, &reach, &issue).await?;

    let mut tx = app.db.write().await?;
    reach.still(&mut tx).await?;
    let mut changes = Vec::new();
    // Read again: links and connections may have come or gone meanwhile. Always in the order of the posts: two issues
    // of the same posts wait for each other and never around each other.
    let mut tied = links::of_hook_issue(&mut tx, hook, &issue).await?;
    tied.sort_by_key(|link| link.post_id);
    for link in tied {
        changes.extend(take(&mut tx, app, &link, read.as_ref(), deleted).await?);
    }
    claim.finish(app, tx, &changes).await
}

/// The job after a link was made, refreshed or revived: reads its issue.
pub(crate) async fn run_link(app: &App, claim: &Claim) -> Turn {
    let id: LinkId = claim.subject()?;
    let project = claim.job.project_id;
    let (link, reach) = {
        let mut tx = app.db.read().await?;
        let link = links::get(&mut tx, project, id)
            .await?
            .ok_or(Trouble::Moot)?;
        let reach = Reach::of(&mut tx, project, link.connection_id, For::Work).await?;
        (link, reach)
    };
    let issue = link.issue_id.clone().ok_or(Trouble::Moot)?;
    let read = read(app, &reach, &issue).await?;

    let mut tx = app.db.write().await?;
    reach.still(&mut tx).await?;
    let link = links::get(&mut tx, project, id)
        .await?
        .ok_or(Trouble::Moot)?;
    let changes = take(&mut tx, app, &link, read.as_ref(), false).await?;
    claim.finish(app, tx, &changes).await
}

/// The issue as it is now; `None` if it cannot be seen.
async fn read(app: &App, reach: &Reach, issue: &IssueId) -> Result<Option<Issue>, CallError> {
    let by_id = &issue.clone().into();
    match reach
        .call(app, |at| async move { at.site().issue(by_id).await })
        .await
    {
        Ok(issue) => Ok(Some(issue)),
        Err(CallError::Jira(JiraError::NotFound | JiraError::Forbidden)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Writes what was read to a link, and moves its post if the rules say so.
pub(crate) async fn take(
    tx: &mut Tx,
    app: &App,
    link: &Link,
    read: Option<&Issue>,
    deleted: bool,
) -> Result<Vec<Change>> {
    let now = app.now();
    let (project, id) = (link.project_id, link.id);
    // Two issues of a post may move at once: what they say together is asked by one after the other.
    stored_posts::lock(tx, project, link.post_id).await?;
    let Some(issue) = read else {
        if deleted {
            links::set_state(tx, project, id, "gone", now).await?;
            links::set_problem(tx, project, id, None, now).await?;
        } else {
            // Deleted, moved out of sight, or a right was taken away: Jira does not say which.
            links::set_problem(tx, project, id, Some(("not_visible", "")), now).await?;
        }
        return Ok(vec![change(tx, link).await?]);
    };
    if link
        .issue_updated_at
        .is_some_and(|stored| stored > issue.updated)
    {
        return Ok(vec![]);
    }
    let before = verdict(tx, link).await?;
    write(tx, app, link, issue).await?;
    let mut changes = vec![change(tx, link).await?];

    // The first look: an issue that was there before shows what it is. One that we made begins where its workflow
    // begins, which says nothing about the post; if it is further already, somebody was fast.
    let moved = match &link.jira_status_id {
        Some(stored) => *stored != issue.status_id,
        None => link.create_tried_at.is_none() || issue.status_category != Category::New,
    };
    let clears = link
        .problem
        .as_deref()
        .is_some_and(|problem| match problem {
            "flip_flop" | "may_not_link" | "may_not_edit" => false,
            // That it can be read does not move it: only a step does, ours or somebody else's.
            "no_transition"
            | "transition_needs_fields"
            | "transition_without_effect"
            | "transition_refused"
            | "may_not_move" => moved,
            _ => true,
        });
    if clears {
        links::set_problem(tx, project, id, None, now).await?;
    }
    if moved {
        // Whoever moved last leads: what the board asked for before is over.
        voices::clear_order(tx, project, id).await?;
        let after = verdict(tx, link).await?;
        if let Some(status) = decided(link, &before, &after) {
            changes.extend(follow(tx, app, link, status).await?);
        }
    }
    Ok(changes)
}

/// What the linked issues of the post say together.
async fn verdict(tx: &mut Tx, link: &Link) -> Result<Verdict> {
    let score = Score::read(tx, link.project_id).await?;
    let all = voices::of_post(tx, link.project_id, link.post_id).await?;
    Ok(score.verdict(&all))
}

/// Where the post goes after this issue moved. One that decides nothing, before or after, does not bring back what
/// others said before somebody moved the post.
fn decided(link: &Link, before: &Verdict, after: &Verdict) -> Option<StatusId> {
    let leads = after.leader == Some(link.id) || before.to != after.to;
    after.to.filter(|_| leads).map(|place| place.status)
}

/// Writes the labels of an issue to its link.
pub(crate) async fn write(tx: &mut Tx, app: &App, link: &Link, issue: &Issue) -> Result<()> {
    let labels = Labels {
        key: &issue.key,
        jira_project: &issue.project_id,
        issue_type: &issue.issue_type_id,
        status: &issue.status_id,
        category: issue.status_category.key(),
        restricted: issue.restricted,
        updated: issue.updated,
    };
    links::set_labels(tx, link.project_id, link.id, &labels, app.now()).await?;
    refresh_label(tx, link, issue).await
}

/// A status that was renamed, or means something else now, is called so in the map from the next issue on that is read.
/// The rule itself goes by the status's id and stays.
async fn refresh_label(tx: &mut Tx, link: &Link, issue: &Issue) -> Result<()> {
    let rows =
        rules::of_jira_project(tx, link.project_id, link.connection_id, &issue.project_id).await?;
    let category = issue.status_category.key();
    let stale = rows.into_iter().find(|row| {
        row.jira_status_id == issue.status_id
            && (row.jira_status_name != issue.status_name || row.category != category)
    });
    if let Some(row) = stale.filter(|_| !issue.status_name.is_empty()) {
        let label = (issue.status_name.as_str(), category);
        rules::set_label(tx, link.connection_id, row.id, label, None).await?;
    }
    Ok(())
}

/// Moves the post, unless it flips.
async fn follow(tx: &mut Tx, app: &App, link: &Link, status: StatusId) -> Result<Option<Change>> {
    let (project, post) = (link.project_id, link.post_id);
    if link.problem.as_deref() == Some("flip_flop") {
        return Ok(None);
    }
    let since = app.now().minus(FLIP_WINDOW);
    if links::moved_by_jira(tx, project, post, since).await? >= MOST_FLIPS {
        let problem = Some(("flip_flop", ""));
        links::set_problem(tx, project, link.id, problem, app.now()).await?;
        return Ok(None);
    }
    posts::apply_status(
        tx,
        app,
        &Caller::program(project),
        post,
        status,
        Cause::Jira,
    )
    .await
}

/// A link changed: for the pages that show it.
pub(crate) async fn change(tx: &mut Tx, link: &Link) -> Result<Change> {
    Ok(Change {
        project: link.project_id,
        what: What::Links,
        board: links::board_of(tx, link.project_id, link.post_id).await?,
        post: Some(link.post_id),
        connection: None,
    })
}

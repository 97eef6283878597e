//! The job that makes an issue of a post, exactly once. Jira knows no idempotency key, so the issue carries the link's
//! id as a property, and whoever cannot know what became of an attempt looks for it before the next.

use std::time::Duration;

use serde_json::{Value, json};
use upvow_domain::{LinkId, jira::JiraProjectId};
use upvow_jira::{Adf, Created, JiraError, NewIssue, form};
use upvow_store::{
    links,
    links::{Followed, Link, Shown},
    post_changes::{self, NewChange},
};

use crate::{
    App,
    connect::{
        grants::CallError,
        reach::{For, Reach},
    },
    jobs::{Claim, Trouble, Turn},
    posts::Cause,
    sync::{fields, follow, pull, show},
};

/// The issue property that says which link an issue was made for.
pub(crate) const PROPERTY: &str = "upvow.link";
/// Jira's index lags: an issue that was made is found after this at the latest.
const INDEX_LAG: Duration = Duration::from_mins(1);
/// The pauses between two looks meanwhile.
const LOOK_SOON: Duration = Duration::from_secs(2);
/// The longest of them.
const LOOK_SELDOM: Duration = Duration::from_secs(15);
/// Clocks differ, and Jira counts in minutes.
const LOOK_BACK: Duration = Duration::from_mins(10);

/// The job.
pub(crate) async fn run(app: &App, claim: &Claim) -> Turn {
    let id: LinkId = claim.subject()?;
    let project = claim.job.project_id;
    let (link, shown, reach) = {
        let mut tx = app.db.read().await?;
        let link = links::get(&mut tx, project, id)
            .await?
            .ok_or(Trouble::Moot)?;
        let shown = links::shown(&mut tx, project, link.post_id).await?;
        let reach = Reach::of(&mut tx, project, link.connection_id, For::Work).await?;
        (link, shown.ok_or(Trouble::Moot)?, reach)
    };
    if link.state != "creating" {
        return Err(Trouble::Moot);
    }
    let jira_project = link.jira_project_id.clone().ok_or(Trouble::Moot)?;

    // An attempt was begun, and its answer did not get here: the issue may exist.
    if let Some(tried_at) = link.create_tried_at {
        if let Some(created) = look_up(app, &reach, &link, &jira_project).await? {
            return adopt(app, claim, &reach, &link, &created).await;
        }
        let sure_at = tried_at.plus(INDEX_LAG);
        if app.now() < sure_at {
            // Most often it is found long before: look again soon, then more and more seldom.
            let pause = (app.now().since(tried_at) / 2).clamp(LOOK_SOON, LOOK_SELDOM);
            return Err(Trouble::At {
                code: "looking_for_issue",
                at: app.now().plus(pause).min(sure_at),
            });
        }
    }

    let new = issue_of(app, &link, &shown, jira_project).ok_or(Trouble::Moot)?;
    if !note_attempt(app, &reach, id).await? {
        return Err(Trouble::Moot);
    }
    let new = &new;
    match reach
        .call(app, |at| async move { at.site().create_issue(new).await })
        .await
    {
        Ok(created) => adopt(app, claim, &reach, &link, &created).await,
        Err(CallError::Jira(error)) if error.outcome_unknown() => Err(error.into()),
        Err(CallError::Jira(JiraError::Refused { fields, .. })) => {
            refused(app, claim, &link, "create_refused", &fields.join(", ")).await
        }
        Err(CallError::Jira(JiraError::Forbidden | JiraError::NotFound)) => {
            refused(app, claim, &link, "may_not_create", "").await
        }
        Err(error) => {
            // Nothing was made, so the next attempt need not look.
            forget_attempt(app, &link).await?;
            Err(error.into())
        }
    }
}

fn issue_of(app: &App, link: &Link, shown: &Shown, project: JiraProjectId) -> Option<NewIssue> {
    let url = show::post_url(app, link.post_id, shown);
    Some(NewIssue {
        project,
        issue_type: link.issue_type_id.clone()?,
        summary: shown.title.clone(),
        description: Adf::from_markdown(&shown.body, Some(("See the post and its votes", &url))),
        labels: vec![],
        extra_fields: form::fields_of(&fields::values_of(link.given.as_deref())),
        correlation: Some((PROPERTY.to_owned(), marker(link.id))),
    })
}

/// What the property holds: an id of ours and nothing else, for whoever sees the issue can read it.
fn marker(id: LinkId) -> Value {
    json!({ "link": id.stored() })
}

async fn look_up(
    app: &App,
    reach: &Reach,
    link: &Link,
    project: &JiraProjectId,
) -> Result<Option<Created>, CallError> {
    let within = app.now().since(link.created_at) + LOOK_BACK;
    let marker = &marker(link.id);
    reach
        .call(app, |at| async move {
            at.site()
                .find_issue_by_property(project, PROPERTY, marker, within, &[])
                .await
        })
        .await
}

/// Notes, before anything is sent, that an issue may exist from now on. False if the link no longer waits for one.
async fn note_attempt(app: &App, reach: &Reach, id: LinkId) -> Result<bool, Trouble> {
    let now = app.now();
    let mut tx = app.db.write().await?;
    reach.still(&mut tx).await?;
    let noted = links::set_create_tried(&mut tx, reach.project, id, Some(now), now).await?;
    tx.commit().await?;
    Ok(noted)
}

/// Notes that no issue came of it, also if the connection is not at work any more.
async fn forget_attempt(app: &App, link: &Link) -> Result<(), Trouble> {
    let mut tx = app.db.write().await?;
    links::set_create_tried(&mut tx, link.project_id, link.id, None, app.now()).await?;
    Ok(tx.commit().await?)
}

/// The issue exists: from here on the link is in step.
async fn adopt(app: &App, claim: &Claim, reach: &Reach, link: &Link, created: &Created) -> Turn {
    // The create itself set the property; this makes sure of it, and matters only if Jira left it out.
    let (issue, marker) = (&created.id, &marker(link.id));
    let written = reach
        .call(app, |at| async move {
            at.site().set_property(issue, PROPERTY, marker).await
        })
        .await;
    if let Err(CallError::Ended) = written {
        return Err(Trouble::Moot);
    }

    let mut tx = app.db.write().await?;
    reach.still(&mut tx).await?;
    let (project, now) = (link.project_id, app.now());
    let names = (&created.id, &created.key);
    if !links::set_created(&mut tx, project, link.id, names, now).await? {
        return Err(Trouble::Moot);
    }
    let followed = Followed {
        id: link.id,
        connection_id: link.connection_id,
        cloud_id: reach.cloud.clone(),
        issue_id: created.id.clone(),
        pushed_at: None,
    };
    let told = NewChange {
        id: app.fresh_id(),
        post: link.post_id,
        what: "linked",
        from: None,
        to: Some(created.key.as_str()),
        person: link.created_by,
        cause: Cause::Program.name(),
    };
    post_changes::insert(&mut tx, project, &told, now).await?;
    // What Jira said of the issue before we knew it was dropped, so it is read once; and the issue begins where its
    // workflow begins, while the post may be further.
    follow::all(&mut tx, app, project, &followed).await?;
    let change = pull::change(&mut tx, link).await?;
    claim.finish(app, tx, &[change]).await
}

/// Jira refused: it is not asked again until somebody has changed something and says so.
async fn refused(app: &App, claim: &Claim, link: &Link, code: &str, detail: &str) -> Turn {
    let mut tx = app.db.write().await?;
    let (project, now) = (link.project_id, app.now());
    links::set_create_tried(&mut tx, project, link.id, None, now).await?;
    links::set_problem(&mut tx, project, link.id, Some((code, detail)), now).await?;
    links::set_state(&mut tx, project, link.id, "failed", now).await?;
    let change = pull::change(&mut tx, link).await?;
    claim.bury(app, tx, code, &[change]).await
}

//! What Jira shows of a post: jobs keep the remote link on the issue true, and take it away.

use std::time::Duration;

use aws_lc_rs::digest;
use serde_json::Value;
use upvow_db::Tx;
use upvow_domain::{PostId, ProjectId, Time, board::StatusKind, hex, jira::IssueId};
use upvow_jira::{JiraError, RemoteLink};
use upvow_store::{
    links,
    links::{Followed, Shown},
};

use crate::{
    App, Result,
    connect::{
        grants::CallError,
        reach::{For, Reach},
    },
    jobs::{self, Claim, Kind, Order, Trouble, Turn},
    sync::{push::begin, votes},
};

/// How long a change of title or votes waits for more of its kind.
const GATHER: Duration = Duration::from_secs(2);
/// How long the next write waits after one. Jira takes 100 writes to one issue in 30 seconds; a popular post costs one
/// of its link and one of its votes in that time, whatever happens.
const EACH: Duration = Duration::from_secs(30);

/// When a change is to be shown that others may follow.
pub(crate) fn due(now: Time, last: Option<Time>) -> Time {
    let soon = now.plus(GATHER);
    last.map_or(soon, |last| last.plus(EACH).max(soon))
}

/// The job: the remote link on the issue shows the post as it is.
pub(crate) async fn run_back_link(app: &App, claim: &Claim) -> Turn {
    let begun = begin(app, claim).await?;
    let shown = back_link(app, begun.link.post_id, &begun.shown);
    let digest = digest_of(&shown);
    if begun.link.pushed_digest.as_deref() == Some(digest.as_str()) {
        return Err(Trouble::Moot);
    }
    let (id, link) = (&begun.issue, &shown);
    let put = begun
        .reach
        .call(app, |at| async move {
            at.site().put_remote_link(id, link).await
        })
        .await;
    let problem = match put {
        Ok(()) => None,
        // Without the right to link, everything else still works.
        Err(CallError::Jira(JiraError::Forbidden)) => Some("may_not_link"),
        Err(CallError::Jira(JiraError::NotFound)) => Some("not_visible"),
        Err(error) => return Err(error.into()),
    };

    let mut tx = app.db.write().await?;
    begun.reach.still(&mut tx).await?;
    let (project, id, now) = (begun.link.project_id, begun.link.id, app.now());
    match problem {
        None => {
            links::set_pushed(&mut tx, project, id, &digest, now).await?;
            links::clear_problem(&mut tx, project, id, "may_not_link", now).await?;
        }
        Some(code) => links::set_problem(&mut tx, project, id, Some((code, "")), now).await?,
    }
    claim.finish(app, tx, &[]).await
}

/// The job: the remote link is gone from the issue. The link itself is gone already, so the subject says all:
/// `connection/issue/post`.
pub(crate) async fn run_remove(app: &App, claim: &Claim) -> Turn {
    let never = || Trouble::Never {
        code: "job_subject",
    };
    let parts: Vec<&str> = claim.job.subject.split('/').collect();
    let [connection, issue, post] = parts[..] else {
        return Err(never());
    };
    let (Some(connection), Ok(issue), Some(post)) = (
        upvow_domain::ConnectionId::from_stored(connection),
        IssueId::parse(issue),
        PostId::from_stored(post),
    ) else {
        return Err(never());
    };
    let project = claim.job.project_id;
    let reach = {
        let mut tx = app.db.read().await?;
        // Tied again meanwhile: then the remote link is to stay.
        if links::of_issue(&mut tx, project, post, connection, &issue)
            .await?
            .is_some()
        {
            return Err(Trouble::Moot);
        }
        Reach::of(&mut tx, project, connection, For::Work).await?
    };
    let (issue, global_id) = (&issue, &global_id(app, post));
    match reach
        .call(app, |at| async move {
            at.site().delete_remote_link(issue, global_id).await
        })
        .await
    {
        Ok(()) | Err(CallError::Jira(JiraError::NotFound | JiraError::Forbidden)) => {}
        Err(error) => return Err(error.into()),
    }
    claim.finish(app, app.db.write().await?, &[]).await
}

/// Orders that the issue shows nothing of the post any more: no remote link, and its votes are not in the sum.
pub(crate) async fn order_removal(
    tx: &mut Tx,
    app: &App,
    project: ProjectId,
    link: &Followed,
    post: PostId,
) -> Result<()> {
    let (connection, issue) = (link.connection_id, &link.issue_id);
    let order = Order {
        kind: Kind::RemoveBackLink,
        subject: format!("{}/{issue}/{}", connection.stored(), post.stored()),
        lane: jobs::issue_lane(&link.cloud_id, issue),
        project,
        connection: Some(connection),
        run_at: app.now(),
    };
    jobs::enqueue(tx, app, &order).await?;
    votes::order(tx, app, project, connection, &link.cloud_id, issue).await
}

/// A remote link's identity: the same one again replaces it.
fn global_id(app: &App, post: PostId) -> String {
    let home = app.settings.address("");
    format!("upvow={home}&post={}", post.stored())
}

fn back_link(app: &App, post: PostId, shown: &Shown) -> RemoteLink {
    let kind = StatusKind::named(&shown.status_kind);
    let votes = match shown.votes {
        1 => "1 vote".to_owned(),
        votes => format!("{votes} votes"),
    };
    RemoteLink {
        global_id: global_id(app, post),
        url: post_url(app, post, shown),
        title: shown.title.clone(),
        summary: Some(format!("{votes} · {}", shown.status_name)),
        icon_url: None,
        status_title: Some(shown.status_name.clone()),
        status_icon_url: None,
        resolved: kind.is_some_and(StatusKind::is_resolved),
        application_name: "Upvow".to_owned(),
    }
}

/// The post's page.
pub(crate) fn post_url(app: &App, post: PostId, shown: &Shown) -> String {
    app.settings
        .address(&format!("/p/{}/posts/{post}", shown.project_slug))
}

/// What a remote link shows, in a few characters: the same is not sent twice.
fn digest_of(link: &RemoteLink) -> String {
    let mut context = digest::Context::new(&digest::SHA256);
    let parts = [
        Some(link.url.as_str()),
        Some(link.title.as_str()),
        link.summary.as_deref(),
        link.status_title.as_deref(),
    ];
    for part in parts.into_iter().flatten() {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part.as_bytes());
    }
    context.update(&[u8::from(link.resolved)]);
    hex(&context.finish().as_ref()[..16])
}

/// The same for a property.
pub(crate) fn digest_of_value(value: &Value) -> String {
    hex(&digest::digest(&digest::SHA256, value.to_string().as_bytes()).as_ref()[..16])
}

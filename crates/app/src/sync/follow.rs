//! What has to happen in Jira after something happened on the board: jobs, enqueued in the transaction that did it.

use std::time::Duration;

use upvow_db::Tx;
use upvow_domain::{LinkId, PostId, ProjectId, StatusId, Time, combination::Combination};
use upvow_store::{
    links::{self, Followed},
    voices,
};

use crate::{
    App, Result,
    jobs::{self, Kind},
    posts::Cause,
    sync::{choir, show, votes},
};

/// The post has another status: its issues are to follow as the rules say, and its remote links to show it. Where the
/// issues decide together, a move that came from them is no order to the others: each one's own status counts.
pub(crate) async fn status_changed(
    tx: &mut Tx,
    app: &App,
    project: ProjectId,
    post: PostId,
    status: StatusId,
    cause: Cause,
) -> Result<()> {
    let together = choir::combination_of(tx, project).await? != Combination::Primary;
    let is_order = cause != Cause::Jira || !together;
    voices::set_order(tx, project, post, is_order.then_some(status)).await?;
    let there = match cause {
        Cause::Jira => in_step(tx, project, post, status).await?,
        _ => vec![],
    };
    for link in links::followed(tx, project, post).await? {
        if is_order && !there.contains(&link.id) {
            about(tx, app, project, &link, Kind::PushStatus, app.now()).await?;
        }
        about(tx, app, project, &link, Kind::PushBackLink, app.now()).await?;
    }
    Ok(())
}

/// The links whose issues, as last read, stand where the post goes: they are what moved it. An order to them could only
/// undo what somebody did in Jira since.
async fn in_step(
    tx: &mut Tx,
    project: ProjectId,
    post: PostId,
    status: StatusId,
) -> Result<Vec<LinkId>> {
    let all = voices::of_post(tx, project, post).await?;
    let there = all.into_iter().filter(|one| one.status_id == Some(status));
    Ok(there.map(|one| one.link_id).collect())
}

/// The post's title or votes changed: its remote links are to show it, at a bounded number of writes.
pub(crate) async fn shown_changed(
    tx: &mut Tx,
    app: &App,
    project: ProjectId,
    post: PostId,
) -> Result<()> {
    for link in links::followed(tx, project, post).await? {
        let at = show::due(app.now(), link.pushed_at);
        about(tx, app, project, &link, Kind::PushBackLink, at).await?;
        tell_votes(tx, app, project, &link).await?;
    }
    Ok(())
}

async fn tell_votes(tx: &mut Tx, app: &App, project: ProjectId, link: &Followed) -> Result<()> {
    let (connection, issue) = (link.connection_id, &link.issue_id);
    votes::order(tx, app, project, connection, &link.cloud_id, issue).await
}

/// Brings a link and its issue together.
pub(crate) async fn all(tx: &mut Tx, app: &App, project: ProjectId, link: &Followed) -> Result<()> {
    read(tx, app, project, link).await?;
    move_issue(tx, app, project, link).await?;
    show(tx, app, project, link).await
}

/// Reads the issue again. What happened in Jira counts before what is to happen there; the issue's lane keeps the order
/// that the times of these three give.
pub(crate) async fn read(
    tx: &mut Tx,
    app: &App,
    project: ProjectId,
    link: &Followed,
) -> Result<()> {
    about(tx, app, project, link, Kind::PullLink, before(app, 2)).await
}

/// Moves the issue after its post, if it is behind.
pub(crate) async fn move_issue(
    tx: &mut Tx,
    app: &App,
    project: ProjectId,
    link: &Followed,
) -> Result<()> {
    about(tx, app, project, link, Kind::PushStatus, before(app, 1)).await
}

/// Has the issue show its post, if it shows anything else.
pub(crate) async fn show(
    tx: &mut Tx,
    app: &App,
    project: ProjectId,
    link: &Followed,
) -> Result<()> {
    about(tx, app, project, link, Kind::PushBackLink, app.now()).await?;
    votes::compare(tx, app, project, link).await
}

fn before(app: &App, millis: u64) -> Time {
    app.now().minus(Duration::from_millis(millis))
}

/// Enqueues a job about a link in the lane of its issue.
async fn about(
    tx: &mut Tx,
    app: &App,
    project: ProjectId,
    link: &Followed,
    kind: Kind,
    run_at: Time,
) -> Result<()> {
    let order = jobs::Order {
        kind,
        subject: link.id.stored(),
        lane: jobs::issue_lane(&link.cloud_id, &link.issue_id),
        project,
        connection: Some(link.connection_id),
        run_at,
    };
    jobs::enqueue(tx, app, &order).await
}

//! What has to happen in Jira after something happened on the board: jobs, enqueued in the transaction that did it.

use std::time::Duration;

use upvow_db::Tx;
use upvow_domain::{PostId, ProjectId, Time};
use upvow_store::links::{self, Followed};

use crate::{
    App, Result,
    jobs::{self, Kind},
};

/// How long a change of title or votes waits for more of its kind, so that a popular post costs one write to its
/// issue in this time and not one per vote.
const GATHER: Duration = Duration::from_secs(2);

/// The post has another status: its issues are to follow as the rules say, and its remote links to show it.
pub(crate) async fn status_changed(
    tx: &mut Tx,
    app: &App,
    project: ProjectId,
    post: PostId,
) -> Result<()> {
    for link in links::followed(tx, project, post).await? {
        about(tx, app, project, &link, Kind::PushStatus, app.now()).await?;
        about(tx, app, project, &link, Kind::PushBackLink, app.now()).await?;
    }
    Ok(())
}

/// The post's title or votes changed: its remote links are to show it, at a bounded number of writes.
pub(crate) async fn shown_changed(
    tx: &mut Tx,
    app: &App,
    project: ProjectId,
    post: PostId,
) -> Result<()> {
    for link in links::followed(tx, project, post).await? {
        about(
            tx,
            app,
            project,
            &link,
            Kind::PushBackLink,
            app.now().plus(GATHER),
        )
        .await?;
    }
    Ok(())
}

/// Brings a link and its issue together. What happened in Jira counts before what is to happen there; the issue's lane
/// keeps the order that the times give.
pub(crate) async fn all(tx: &mut Tx, app: &App, project: ProjectId, link: &Followed) -> Result<()> {
    let orders = [Kind::PullLink, Kind::PushStatus, Kind::PushBackLink];
    for (kind, before) in orders.into_iter().zip([2, 1, 0]) {
        let at = app.now().minus(Duration::from_millis(before));
        about(tx, app, project, link, kind, at).await?;
    }
    Ok(())
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

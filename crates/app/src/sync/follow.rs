//! What has to happen in Jira after something happened on the board: jobs, enqueued in the transaction that did it.

use std::time::Duration;

use upvow_db::Tx;
use upvow_domain::{PostId, ProjectId};
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
        about(tx, app, project, &link, Kind::PushStatus, Duration::ZERO).await?;
        about(tx, app, project, &link, Kind::PushBackLink, Duration::ZERO).await?;
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
        about(tx, app, project, &link, Kind::PushBackLink, GATHER).await?;
    }
    Ok(())
}

/// Enqueues a job about a link in the lane of its issue.
pub(crate) async fn about(
    tx: &mut Tx,
    app: &App,
    project: ProjectId,
    link: &Followed,
    kind: Kind,
    after: Duration,
) -> Result<()> {
    let order = jobs::Order {
        kind,
        subject: link.id.stored(),
        lane: jobs::issue_lane(&link.cloud_id, &link.issue_id),
        project,
        connection: Some(link.connection_id),
        run_at: app.now().plus(after),
    };
    jobs::enqueue(tx, app, &order).await
}

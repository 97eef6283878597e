//! What has to happen in Jira after something happened on the board: jobs, enqueued in the transaction that did it.

use upvow_db::Tx;
use upvow_domain::{PostId, ProjectId};

use crate::{App, Result};

/// The post has another status: its issues are to follow as the rules say, and its remote links to show it.
pub(crate) async fn status_changed(
    tx: &mut Tx,
    app: &App,
    project: ProjectId,
    post: PostId,
) -> Result<()> {
    todo!()
}

/// The post's title or votes changed: its remote links are to show it, at a bounded number of writes.
pub(crate) async fn shown_changed(
    tx: &mut Tx,
    app: &App,
    project: ProjectId,
    post: PostId,
) -> Result<()> {
    todo!()
}

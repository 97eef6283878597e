//! The job that deals with the posts that were where an automation wants them when it was switched on: a few at a
//! time, so that nobody waits behind them.

use upvow_domain::AutomationId;
use upvow_store::automations::{self as stored, Automation};

use super::{act, order};
use crate::{
    App,
    jobs::{Claim, Trouble, Turn},
};

/// So many posts a turn.
const BATCH: i64 = 25;

/// The job.
pub(crate) async fn run(app: &App, claim: &Claim) -> Turn {
    let id: AutomationId = claim.subject()?;
    let project = claim.job.project_id;
    let mut tx = app.db.write().await?;
    let row = stored::find(&mut tx, project, id)
        .await?
        .ok_or(Trouble::Moot)?;
    if !row.is_on || !row.catches_up {
        return Err(Trouble::Moot);
    }
    let found = stored::matches(&mut tx, &row, true, BATCH).await?;
    for post in &found {
        act::act(&mut tx, app, &row, (post.post_id, post.board_id)).await?;
    }
    if found.is_empty() {
        let done = Automation {
            catches_up: false,
            ..row
        };
        stored::update(&mut tx, &done, app.now()).await?;
    } else {
        order(&mut tx, app, &row).await?;
    }
    claim.finish(app, tx, &[]).await
}

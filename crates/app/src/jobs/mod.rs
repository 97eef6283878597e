//! The workers: claim, read, talk, write. Events make it fast, the periodic pass makes it right.

use tokio_util::sync::CancellationToken;

use crate::App;

/// Works until cancelled, then finishes the job at hand.
pub async fn work(app: App, stop: CancellationToken) {
    todo!()
}

/// Does all that is due and what follows from it, then returns how many jobs ran. For tests and commands.
pub async fn drain(app: &App) -> usize {
    todo!()
}

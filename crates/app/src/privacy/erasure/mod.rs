//! The one way in which what is held of a person in Jira is erased: whoever asks for it, and why.
//!
//! 1. The ledger is told (`vault`): from there on the tokens are good for revoking and for nothing else.
//! 2. The fence: every connection of the grant, in every project, stops; whatever was under way writes nothing more.
//! 3. [`carry_out`](carry_out::carry_out): webhooks deleted, tokens revoked as far as Atlassian allows, record deleted.
//!    It is tried for a day; then the record is deleted without Atlassian, and the truth about that is told.
//! 4. `turn`: the epoch turns, so that no copy can be read any more, and the receipt is made.
//!
//! Every step may be taken twice, and the periodic pass (`pass`) goes on wherever a crash cut one short. `ladder` is
//! what is said to Atlassian.

pub(crate) mod carry_out;
pub(crate) mod ladder;
pub(crate) mod pass;
pub(crate) mod turn;

use upvow_domain::{Caller, ErasureId, GrantId, secret::AccountId};
use upvow_store::connections;
pub use upvow_vault::ErasureReason;

use crate::{
    App, Result,
    connect::{change, goodbye},
    jobs, live,
};

/// Begins to erase all that is held of this account: every connection of it, in every project, ends. Where nothing is
/// held, a request leaves its tombstone all the same, and nothing in the answer tells the difference. Gives the
/// erasure, by which its receipt is found.
pub async fn erase_account(
    app: &App,
    account: &AccountId,
    reason: ErasureReason,
) -> Result<ErasureId> {
    let (offered, spare) = (app.fresh_id(), app.fresh_id());
    let begun = app
        .vault
        .begin_account_erasure(offered, account, spare, reason, app.now())
        .await?;
    fence_off(app, begun.grant, reason).await;
    Ok(begun.id)
}

/// Begins to erase a grant and with it every connection that works by it, in every project. Asked again, it gives the
/// erasure that is under way, if that does all that is asked.
pub async fn erase_grant(app: &App, grant: GrantId, reason: ErasureReason) -> Result<ErasureId> {
    let known = app.vault.erasures_of(grant).await?;
    let does_it_all = |had: ErasureReason| had.leaves_tombstone() || !reason.leaves_tombstone();
    let id = match known
        .iter()
        .find(|(_, record)| does_it_all(record.reason) || record.finished_at.is_some())
    {
        Some((id, _)) => *id,
        None => {
            let id = app.fresh_id();
            app.vault
                .begin_erasure(id, grant, reason, app.now())
                .await?;
            id
        }
    };
    fence_off(app, grant, reason).await;
    Ok(id)
}

/// Whether anything is held of this account.
pub async fn holds(app: &App, account: &AccountId) -> Result<bool> {
    Ok(app.vault.holds(account).await?)
}

/// The fence, as far as the main database can be reached. The ledger has the erasure already, nobody gets a token any
/// more, and the periodic pass puts up what is missing here: so a failure is not the caller's.
async fn fence_off(app: &App, grant: GrantId, reason: ErasureReason) {
    if let Err(error) = fence(app, grant, reason).await {
        let code = jobs::code_of(&error);
        tracing::warn!(code, "an erasure waits for the main database");
    }
    app.work.notify_one();
}

/// Stops every connection that works by the grant. Gives how many there are that have not ended.
pub(crate) async fn fence(app: &App, grant: GrantId, reason: ErasureReason) -> Result<usize> {
    let (users, asking) = {
        let mut tx = app.db.read().await?;
        (
            connections::of_grant(&mut tx, grant).await?,
            connections::asking(&mut tx, grant).await?,
        )
    };
    for found in &asking {
        let mut tx = app.db.write().await?;
        connections::forget_question(&mut tx, found.project_id, found.id, grant).await?;
        live::commit(app, tx, &[change(found.project_id, found.id)]).await?;
    }
    for found in users.iter().filter(|user| user.state != "disconnecting") {
        let program = Caller::program(found.project_id);
        let mut tx = app.db.write().await?;
        goodbye::stop(&mut tx, app, &program, found, reason).await?;
        live::commit(app, tx, &[change(found.project_id, found.id)]).await?;
    }
    Ok(users.len())
}

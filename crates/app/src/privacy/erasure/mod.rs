//! The one way in which what is held of a person in Jira is erased: whoever asks for it, and why.
//!
//! 1. The ledger is told (`vault`): from there on the tokens are good for revoking and for nothing else.
//! 2. The fence: every connection of the grant, in every project, stops; whatever was under way writes nothing more.
//! 3. `carry_out`: webhooks deleted, tokens revoked as far as Atlassian allows, record deleted.
//!    It is tried for a day; then the record is deleted without Atlassian, and the truth about that is told.
//! 4. `turn`: the epoch turns, so that no copy can be read any more, and the receipt is made.
//!
//! Every step may be taken twice, and the periodic pass (`pass`) goes on wherever a crash cut one short. `ladder` is
//! what is said to Atlassian, and `reuse` its last rung.

pub(crate) mod carry_out;
pub(crate) mod ladder;
pub(crate) mod pass;
pub(crate) mod reuse;
pub(crate) mod turn;

use upvow_domain::{Caller, ConnectionId, ErasureId, GrantId, secret::AccountId};
use upvow_events::Event;
use upvow_store::connections;
pub use upvow_vault::{ErasureReason, Revocation};

use self::carry_out::Outcome;

use crate::{
    App, AppError, Result,
    connect::{change, goodbye},
    jobs, live,
    privacy::receipt,
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
    let id = if let Some((id, _)) = known
        .iter()
        .find(|(_, record)| does_it_all(record.reason) || record.finished_at.is_some())
    {
        *id
    } else {
        let id = app.fresh_id();
        app.vault
            .begin_erasure(id, grant, reason, app.now())
            .await?;
        id
    };
    fence_off(app, grant, reason).await;
    Ok(id)
}

/// The same for the grant that a connection works by, for the operator, who may name any. [`AppError::NotFound`] if
/// there is no such connection, or it works by none any more.
pub async fn erase_connection(
    app: &App,
    id: ConnectionId,
    reason: ErasureReason,
) -> Result<ErasureId> {
    let found = {
        let mut tx = app.db.read().await?;
        connections::find(&mut tx, id).await?
    };
    let grant = found.and_then(|found| found.grant_id);
    erase_grant(app, grant.ok_or(AppError::NotFound)?, reason).await
}

/// How far an erasure was brought at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Now {
    /// Atlassian cannot be reached; the server goes on.
    Waits,
    /// This process does not know the app at Atlassian, so it must not be the one that gives up revoking.
    LeftToServer,
    /// Nothing can be read any more, and the receipt is made.
    Final(Revocation),
}

/// Carries out an erasure that was begun, without waiting for a worker. For commands.
pub async fn finish_now(app: &App, erasure: ErasureId) -> Result<Now> {
    let open = app.vault.open_erasures().await?;
    if let Some(open) = open.iter().find(|open| open.id == erasure) {
        if app.jira.is_none() && app.vault.revocable(open.grant).await?.is_some() {
            return Ok(Now::LeftToServer);
        }
        if let Outcome::Waits(_) = carry_out::carry_out(app, open.grant).await? {
            return Ok(Now::Waits);
        }
    }
    if app.vault.epoch().await?.erasures_waiting > 0 {
        app.vault.turn_epoch(app.now()).await?;
    }
    receipt::make_missing(app).await?;
    let record = app.vault.erasure(erasure).await?;
    let revocation = record.and_then(|record| record.revocation);
    Ok(Now::Final(revocation.ok_or(AppError::NotFound)?))
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
        Event::FenceWaits { code: code.into() }.log();
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

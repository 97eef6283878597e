//! Somebody is back from Atlassian whose account asked to be left alone. Nothing is written of it: the tokens that came
//! along are revoked at once, and the browser is shown what was asked and when. Whoever then says that they want it
//! otherwise signs in at Atlassian once more, and if it is the same account that comes back, the tombstone goes. So
//! only the person lifts it, and between the question and the answer there is nothing to keep.

use upvow_domain::{
    Caller, ErasureId, InviteId, ProjectId, Time,
    secret::{AccountId, SessionSecret},
};
use upvow_jira::TokenSet;
use upvow_store::connect_attempts::{self, Attempt, Met};

use crate::{
    App, AppError, Result, audit,
    connect::{
        consent, invites,
        oauth::{Traveller, set_out},
    },
    privacy::{erasure::ladder, receipt},
    random,
};

/// What stood in the way of a return.
#[derive(Debug, Clone)]
pub struct Question {
    /// The project it was for.
    pub project: ProjectId,
    /// The link whose holder came back, if nobody signed in did.
    pub invite: Option<InviteId>,
    /// When it was asked to erase what was held.
    pub since: Time,
    /// Whether Atlassian reported the account closed; else it was asked for.
    pub was_closed: bool,
    /// How far the tokens that came along were revoked: `confirmed` only if that was seen.
    pub revocation: String,
    /// Whether there is still time to answer.
    pub is_open: bool,
}

/// Goes on if nothing stands in the way of the account, or if the person means to take away just that.
pub(super) async fn unless_suppressed(
    app: &App,
    who: &Traveller,
    attempt: &Attempt,
    state: &str,
    account: &AccountId,
    tokens: &TokenSet,
) -> Result<()> {
    let Some(stone) = app.vault.suppression(account, app.now()).await? else {
        return Ok(());
    };
    if attempt.lifts_erasure == Some(stone.erasure) {
        app.vault.lift_suppression(account, app.now()).await?;
        return note(app, who, stone.erasure).await;
    }
    let revocation = ladder::give_back(app, tokens).await;
    let met = Met {
        erasure: stone.erasure,
        reason: stone.reason.word(),
        since: stone.since,
        revocation: receipt::words(revocation),
    };
    let mut tx = app.db.write().await?;
    connect_attempts::set_met(&mut tx, random::hash(state), &met).await?;
    tx.commit().await?;
    Err(suppressed(stone.since))
}

async fn note(app: &App, who: &Traveller, erasure: ErasureId) -> Result<()> {
    let mut tx = app.db.write().await?;
    let subject = erasure.to_string();
    audit::note(
        &mut tx,
        app,
        &who.caller,
        "suppression.lifted",
        &subject,
        "",
    )
    .await?;
    Ok(tx.commit().await?)
}

/// The refusal of an account that asked to be left alone.
pub(super) fn suppressed(since: Time) -> AppError {
    AppError::Conflict {
        code: "suppressed",
        message: format!(
            "The owner of this Atlassian account asked us on {} to erase their data and not to process it again. Only they can take that back.",
            day(since)
        ),
    }
}

/// The day, as 2026-09-01.
fn day(at: Time) -> String {
    at.rfc3339().get(..10).unwrap_or_default().to_owned()
}

/// What stood in the way of the return with this state, which only the browser that made it knows.
pub async fn question(app: &App, state: &str) -> Result<Question> {
    let attempt = met(app, state).await?;
    Ok(Question {
        project: attempt.project_id,
        invite: attempt.invite_id,
        since: attempt.met_since.ok_or(AppError::NotFound)?,
        was_closed: attempt.met_reason.as_deref() == Some("closed_account"),
        is_open: attempt.expires_at > app.now(),
        revocation: attempt.met_revocation.unwrap_or_default(),
    })
}

/// "I want it otherwise": the address at Atlassian to sign in at once more. Needs an admin with the session that came
/// back.
pub async fn confirm(
    app: &App,
    caller: &Caller,
    session: &SessionSecret,
    state: &str,
) -> Result<String> {
    again(app, &Traveller::member(caller)?, session, state).await
}

/// The same for the holder of a link, in the browser that came back.
pub async fn confirm_invited(
    app: &App,
    invite: InviteId,
    browser: &SessionSecret,
    state: &str,
) -> Result<String> {
    let who = invites::traveller(app, invite, browser).await?;
    again(app, &who, browser, state).await
}

async fn again(app: &App, who: &Traveller, browser: &SessionSecret, state: &str) -> Result<String> {
    let attempt = met(app, state).await?;
    let is_theirs = attempt.project_id == who.caller.project
        && attempt.session_id == who.session
        && attempt.invite_id == who.invite;
    if !is_theirs || attempt.expires_at <= app.now() {
        return Err(AppError::Conflict {
            code: "state_refused",
            message: "This question was asked in another browser, or longer than ten minutes ago. Start again."
                .to_owned(),
        });
    }
    // What was agreed to minutes ago, in this very browser.
    let agreed = consent::text(app).version;
    let (reconnect, lifts) = (attempt.connection_id, attempt.met_erasure);
    set_out(app, who, browser, agreed, reconnect, lifts).await
}

async fn met(app: &App, state: &str) -> Result<Attempt> {
    let mut tx = app.db.read().await?;
    connect_attempts::find(&mut tx, random::hash(state))
        .await?
        .filter(|attempt| attempt.met_erasure.is_some())
        .ok_or(AppError::NotFound)
}

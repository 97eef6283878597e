//! The receipt of an erasure: what, when and how far, signed, and nothing about whom. It is made when the erasure is
//! final, from what the ledger says; so one that a crash or a restore took is made again, word for word.

use std::time::Duration;

use upvow_domain::{Caller, ConnectionId, ErasureId, Role, Scope, Time};
use upvow_store::{
    connections,
    receipts::{self, Receipt},
};
use upvow_vault::{ErasureReason, ErasureRecord, Revocation, signing::JwkSet};

use crate::{App, AppError, Result, access::need, connect::goodbye};

/// The kind of signed text that a receipt is.
pub const TYP: &str = "upvow-erasure-receipt+jwt";

/// How far back of the newest receipt it is looked for erasures that have none: more than clocks of nodes differ.
const LOOK_BACK: Duration = Duration::from_hours(24);

/// What a receipt says.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Statement {
    /// The form of this statement.
    pub version: u32,
    /// Who runs the server.
    pub operator: String,
    /// Where it is.
    pub server: String,
    /// The program that did it.
    pub program: String,
    /// The erasure's number.
    pub erasure: String,
    /// Why: `disconnect`, `request`, `closed_account`, `retention`.
    pub reason: String,
    /// When it was written down; from then on the tokens could only be revoked. RFC 3339, like the other times.
    pub begun_at: String,
    /// When the record was deleted.
    pub erased_at: String,
    /// When the key was destroyed that could open older copies.
    pub final_at: String,
    /// What was erased. Nothing, if nothing was held.
    pub erased: Vec<String>,
    /// How far Atlassian's end of the authorisation was seen: `confirmed` only if a later use was refused.
    pub revocation: String,
    /// What that leaves to the person, if anything.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub remove_at: Option<String>,
}

/// The public keys that receipts are verified with, newest first.
pub fn keys(app: &App) -> Result<JwkSet> {
    Ok(app.vault.public_keys()?)
}

/// The receipt of an erasure; `None` until it is final. The number of an erasure is told to those it concerns only.
pub async fn find(app: &App, erasure: ErasureId) -> Result<Option<String>> {
    let mut tx = app.db.read().await?;
    let found = receipts::find(&mut tx, erasure).await?;
    Ok(found.map(|receipt| receipt.jws))
}

/// The receipt of a connection that ended. Needs an admin. [`AppError::NotFound`] until it is final, and where the
/// authorisation was kept for another connection.
pub async fn of_connection(app: &App, caller: &Caller, id: ConnectionId) -> Result<String> {
    need(caller, Role::Admin, Scope::Admin)?;
    let mut tx = app.db.read().await?;
    let erasure = connections::get(&mut tx, caller.project, id)
        .await?
        .and_then(|found| found.erasure_id)
        .ok_or(AppError::NotFound)?;
    let found = receipts::find(&mut tx, erasure).await?;
    Ok(found.ok_or(AppError::NotFound)?.jws)
}

/// Makes the receipts of erasures that are final and have none.
pub(crate) async fn make_missing(app: &App) -> Result<()> {
    let newest = {
        let mut tx = app.db.read().await?;
        receipts::newest(&mut tx).await?
    };
    let since = newest.map_or(Time(0), |at| at.minus(LOOK_BACK));
    for (erasure, record) in app.vault.final_since(since).await? {
        let has_one = {
            let mut tx = app.db.read().await?;
            receipts::find(&mut tx, erasure).await?.is_some()
        };
        let Some(statement) = state(app, erasure, &record).filter(|_| !has_one) else {
            continue;
        };
        let payload =
            serde_json::to_vec(&statement).map_err(|_| AppError::Internal { code: "receipt" })?;
        let receipt = Receipt {
            erasure_id: erasure,
            reason: record.reason.word().to_owned(),
            final_at: record.epoch_turned_at.unwrap_or(app.now()),
            jws: app.vault.sign(&payload, TYP)?,
        };
        let mut tx = app.db.write().await?;
        receipts::insert(&mut tx, &receipt).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// What can be stated; nothing before all of it is so.
fn state(app: &App, erasure: ErasureId, record: &ErasureRecord) -> Option<Statement> {
    let revocation = record.revocation?;
    Some(Statement {
        version: 1,
        operator: app.settings.operator.clone(),
        server: app.settings.public_url.to_string(),
        program: concat!("upvow ", env!("CARGO_PKG_VERSION")).to_owned(),
        erasure: erasure.to_string(),
        reason: record.reason.word().to_owned(),
        begun_at: record.begun_at.rfc3339(),
        erased_at: record.finished_at?.rfc3339(),
        final_at: record.epoch_turned_at?.rfc3339(),
        erased: erased(record),
        revocation: words(revocation).to_owned(),
        remove_at: asks_person(revocation).then(|| goodbye::remove_at(app)),
    })
}

/// What went with the grant.
fn erased(record: &ErasureRecord) -> Vec<String> {
    if !record.held {
        return vec![];
    }
    upvow_vault::grant::CONTENTS
        .iter()
        .map(|what| (*what).to_owned())
        .collect()
}

/// How far the authorisation's end was seen, in the words that are promised.
pub const fn words(revocation: Revocation) -> &'static str {
    match revocation {
        Revocation::ConfirmedByProbe => "confirmed",
        Revocation::AcceptedNotVerified => "accepted, not verified",
        // Without tokens nothing could be seen. What the person finds at Atlassian is theirs to remove.
        Revocation::PersonMustRemove | Revocation::NothingToRevoke => "you must remove it",
    }
}

const fn asks_person(revocation: Revocation) -> bool {
    !matches!(revocation, Revocation::ConfirmedByProbe)
}

/// Why, in words: for whoever reads a receipt.
pub fn reason_in_words(reason: &str) -> &'static str {
    match reason {
        "disconnect" => "the connection was removed",
        "request" => "its erasure was asked for",
        "closed_account" => "Atlassian reported the account closed",
        "retention" => "it was kept for as long as was promised",
        _ => "for a reason that this version does not know",
    }
}

impl Statement {
    /// Whether this is the reason.
    pub fn is_for(&self, reason: ErasureReason) -> bool {
        self.reason == reason.word()
    }
}

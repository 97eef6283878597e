//! What the checks of the promises ask of the desk.

use std::time::Duration;

use upvow_domain::GrantId;
use upvow_store::cases as stored;
use upvow_vault::signing::verify_as;

use super::{
    FETCH_WITHIN, clock_of,
    copy::{self, TYP},
    rows, term_of,
};
use crate::{App, Result};

/// How many cases are looked at in one piece.
const PAGE: i64 = 200;
/// A confirmation goes out by mail at once; where a law says "at once", so much is not late yet.
const LETTER: Duration = Duration::from_hours(1);
/// The verification of a case and the copy that follows it are two moments.
const MOMENT: Duration = Duration::from_mins(1);
/// What is over is deleted by the periodic pass.
const GRACE: Duration = Duration::from_hours(2);
/// So many accounts are tried; the copy of one is made like that of another.
const TRIED: usize = 200;

/// Open cases that are later than they may be.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Late {
    /// Than the law of the case says.
    pub(crate) by_law: u32,
    /// Than we say ourselves, counted from when it was known who asks.
    pub(crate) by_us: u32,
    /// Whose receipt should have been confirmed.
    pub(crate) unconfirmed: u32,
}

/// Counts them.
pub(crate) async fn late(app: &App) -> Result<Late> {
    let now = app.now();
    let mut late = Late::default();
    let mut after = None;
    loop {
        let rows = {
            let mut tx = app.db.read().await?;
            stored::all_open(&mut tx, after, PAGE).await?
        };
        let Some(last) = rows.last() else { break };
        after = Some(last.id);
        for row in &rows {
            let due_at = clock_of(row).due_at(&term_of(row)?, now);
            late.by_law += u32::from(due_at < now);
            late.by_us += u32::from(row.ceiling_at.is_some_and(|at| at < now));
            let confirm_by = row.acknowledge_by.filter(|_| row.acknowledged_at.is_none());
            late.unconfirmed += u32::from(confirm_by.is_some_and(|at| now.since(at) > LETTER));
        }
    }
    Ok(late)
}

/// Whose proof of who asks is missing: cases that went on without a way of ours, and cases of the form that did anything.
pub(crate) async fn unproven(app: &App) -> Result<(i64, i64)> {
    let mut tx = app.db.read().await?;
    Ok((
        stored::evidence::without_proof(&mut tx).await?,
        stored::evidence::acted_on_a_form(&mut tx).await?,
    ))
}

/// Copies that the wrong browser could fetch or for too long, copies that are over and still there, links whose secret
/// is more than a hash.
pub(crate) async fn loose(app: &App) -> Result<[i64; 3]> {
    let within = i64::try_from((FETCH_WITHIN + MOMENT).as_millis()).unwrap_or(i64::MAX);
    let now = app.now();
    let mut tx = app.db.read().await?;
    Ok([
        stored::evidence::loose_copies(&mut tx, within, now).await?,
        stored::evidence::copies_left(&mut tx, now.minus(GRACE)).await?,
        stored::evidence::open_links(&mut tx).await?,
    ])
}

/// Makes the copy of every account that is held, as for whoever asks, and throws it away. Gives the first thing that is
/// wrong with one.
pub(crate) async fn try_copies(app: &App) -> Result<Option<&'static str>> {
    let keys = app.vault.public_keys()?;
    let finder = app.vault.finder().await?;
    let held: Vec<GrantId> = app
        .vault
        .holdings()
        .await?
        .into_iter()
        .map(|grant| grant.id)
        .take(TRIED)
        .collect();
    for grant in held {
        // What the vault cannot open is the matter of another check.
        let Some(json) = copy::trial(app, grant).await? else {
            continue;
        };
        let text = String::from_utf8_lossy(&json);
        // What is signed is what stands before the signature, word by word.
        let plain = text.split("\"signature\":").next().unwrap_or(&text);
        if finder.finds(plain.as_bytes()) {
            return Ok(Some("A copy would hold a value that the vault holds."));
        }
        let lacks = |name: &str| !text.contains(&format!("\"name\": \"{name}\""));
        if rows::exported(app).any(|(entry, _)| lacks(entry.export_name)) {
            return Ok(Some("A copy would lack a field of the registry."));
        }
        let signed = text
            .split_once("\"signature\": \"")
            .and_then(|(_, rest)| rest.split_once('"'))
            .and_then(|(signature, _)| verify_as(signature, TYP, &keys).ok());
        let is_whole = signed
            .and_then(|payload| String::from_utf8(payload).ok())
            .is_some_and(|payload| text.contains(&payload));
        if !is_whole {
            return Ok(Some("The signature of a copy does not fit what is in it."));
        }
    }
    Ok(None)
}

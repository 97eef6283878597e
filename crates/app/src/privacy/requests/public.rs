//! The contact form, and the link that it answers with. The form looks nothing up: it opens a case and writes a letter,
//! whoever asks and whatever is held, so there is nothing to tell one answer from another.

use std::time::Duration;

use upvow_domain::{
    Caller, CaseId, ErasureId, Time,
    deadlines::Kind,
    secret::{Email, LinkSecret, SessionSecret},
};
use upvow_store::cases::{self as stored, exports};
pub use upvow_vault::Revocation;

use super::{
    Case, Route, case, happened, kind, law,
    open::{self, Opening},
    trip::over,
};
use crate::{
    App, AppError, Result, mail,
    privacy::receipt,
    random,
    throttle::{self, Limit},
};

/// Of letters to one address: nobody's mailbox is to be filled by others.
const PER_ADDRESS: Limit = Limit {
    name: "request letters to",
    burst: 2,
    every: Duration::from_hours(6),
};
/// Of requests from one network.
const PER_NETWORK: Limit = Limit {
    name: "requests from",
    burst: 6,
    every: Duration::from_mins(10),
};
/// Of all together: a desk that drowns answers nobody.
const IN_ALL: Limit = Limit {
    name: "requests",
    burst: 200,
    every: Duration::from_secs(30),
};

/// What the contact form says.
#[derive(Debug, Default)]
pub struct Contact {
    /// `export` or `deletion`.
    pub kind: String,
    /// A code of the table of laws; empty if they do not say.
    pub law: String,
    /// Where the letter goes.
    pub email: String,
    /// The part of the address of the project it is for.
    pub project: Option<String>,
}

/// Opens a case and mails its link. Nothing is looked up and nothing is done. `from` is the network address, for the limit;
/// it is not kept.
pub async fn ask(app: &App, contact: &Contact, from: &str) -> Result<()> {
    let kind = kind(&contact.kind)?;
    let law = law(&contact.law)?;
    let email = Email::parse(&contact.email)?;
    let now = app.now();
    app.throttle()
        .take(&PER_NETWORK, &throttle::network(from), now)?;
    app.throttle().take(&PER_ADDRESS, email.expose(), now)?;
    app.throttle().take(&IN_ALL, "", now)?;
    let project = open::home(app, contact.project.as_deref()).await?;
    let secret = random::secret();
    let mut tx = app.db.write().await?;
    let opening = Opening {
        kind,
        route: Route::Contact,
        law,
        connection: None,
        grant: None,
        cloud: None,
        person: None,
        secret_hash: Some(random::hash(&secret)),
        email: Some(&email),
        is_verified: false,
    };
    let id = open::open(&mut tx, app, &Caller::program(project), opening).await?;
    tx.commit().await?;

    let address = app.settings.address(&format!("/privacy/request/{secret}"));
    let sent = app.mail.send(mail::case_opened(app, email, &address)).await;
    let mut tx = app.db.write().await?;
    if sent.is_ok() {
        stored::acknowledge(&mut tx, id, app.now()).await?;
        happened(&mut tx, app, id, "acknowledged", "").await?;
    } else {
        // The desk sees it; the page must not tell, or it would tell which addresses there are.
        happened(&mut tx, app, id, "letter_not_sent", "acknowledged").await?;
    }
    Ok(tx.commit().await?)
}

/// A case as the holder of its link sees it.
#[derive(Debug)]
pub struct Look {
    /// The case.
    pub case: Case,
    /// Until when this browser can fetch a copy; nothing for any other.
    pub copy_until: Option<Time>,
    /// The receipts of what was erased.
    pub receipts: Vec<Receipt>,
}

/// How far an erasure is.
#[derive(Debug, Clone)]
pub struct Receipt {
    /// Its number.
    pub id: ErasureId,
    /// When the record was deleted.
    pub erased_at: Option<Time>,
    /// When the key was destroyed.
    pub final_at: Option<Time>,
    /// How far the revocation at Atlassian came: a word of the vault's.
    pub revocation: Option<Revocation>,
}

/// Looks at a case by its link. Looking uses nothing up: mail scanners follow links, too.
pub async fn look(app: &App, secret: &LinkSecret, browser: Option<&SessionSecret>) -> Result<Look> {
    let mut tx = app.db.read().await?;
    let row = stored::by_secret(&mut tx, random::hash(secret.expose()))
        .await?
        .ok_or_else(over)?;
    let copy_until = match browser {
        Some(browser) if row.kind == Kind::Export.name() => {
            let browser = random::hash(browser.expose());
            exports::find(&mut tx, row.id, browser, app.now())
                .await?
                .map(|waiting| waiting.expires_at)
        }
        _ => None,
    };
    let id = row.id;
    drop(tx);
    Ok(Look {
        case: case(app, row)?,
        copy_until,
        receipts: receipts(app, id).await?,
    })
}

/// The receipt of an erasure of the case with this link. It says nothing about whom.
pub async fn receipt(app: &App, secret: &LinkSecret, erasure: ErasureId) -> Result<String> {
    let mut tx = app.db.read().await?;
    let row = stored::by_secret(&mut tx, random::hash(secret.expose()))
        .await?
        .ok_or_else(over)?;
    let begun = stored::erasures::list(&mut tx, row.id).await?;
    drop(tx);
    if !begun.contains(&erasure) {
        return Err(AppError::NotFound);
    }
    receipt::find(app, erasure).await?.ok_or(AppError::NotFound)
}

/// How far the erasures of a case are.
pub(super) async fn receipts(app: &App, id: CaseId) -> Result<Vec<Receipt>> {
    let begun = {
        let mut tx = app.db.read().await?;
        let mut begun = Vec::new();
        for id in stored::erasures::list(&mut tx, id).await? {
            begun.push((id, upvow_store::receipts::find(&mut tx, id).await?));
        }
        begun
    };
    let mut told = Vec::with_capacity(begun.len());
    for (id, receipt) in begun {
        let record = app.vault.erasure(id).await?;
        told.push(Receipt {
            id,
            erased_at: record.and_then(|record| record.finished_at),
            // The key is destroyed a moment before the receipt is written: it is final when both are there.
            final_at: receipt.map(|receipt| receipt.final_at),
            revocation: record.and_then(|record| record.revocation),
        });
    }
    Ok(told)
}

//! One-time sign-in links.

use std::time::Duration;

use upvow_db::Tx;
use upvow_domain::{
    board,
    secret::{Email, LinkSecret},
};
use upvow_store::{
    one_time_links::{self, NewLink},
    people::{self, Person},
};

use super::{SignedIn, begin, next};
use crate::{
    App, AppError, Result, mail, random,
    throttle::{self, Limit},
};

/// What these links are called in the database.
const PURPOSE: &str = "sign_in";

/// How long an invitation's link works: people read mail on Mondays.
pub(crate) const INVITATION_FOR: Duration = Duration::from_hours(7 * 24);

/// Of letters to one address: nobody's mailbox is to be filled by others.
const PER_ADDRESS: Limit = Limit {
    name: "link to",
    burst: 5,
    every: Duration::from_mins(3),
};
/// Of requests from one network, where many people may sit behind one address.
const PER_NETWORK: Limit = Limit {
    name: "link from",
    burst: 60,
    every: Duration::from_secs(10),
};

/// Mails a one-time sign-in link. The answer is the same whether or not the address is known; a new address becomes a
/// voter when the link is used. `next` is where to go then: a path of ours, anything else becomes `/`.
/// `name` is used if the address is new. `from` is the network address that asks, for the rate limit; it is not kept.
pub async fn request_link(
    app: &App,
    email: &str,
    name: &str,
    next: &str,
    from: &str,
) -> Result<()> {
    let email = Email::parse(email)?;
    let now = app.now();
    app.throttle()
        .take(&PER_NETWORK, &throttle::network(from), now)?;
    app.throttle().take(&PER_ADDRESS, email.expose(), now)?;
    // A name that cannot be one is no reason to keep somebody out.
    let name = board::name("name", name).ok();
    let mut tx = app.db.write().await?;
    let link_for = app.settings.link_for;
    let secret = insert_link(&mut tx, app, &email, name.as_deref(), next, link_for).await?;
    tx.commit().await?;
    let address = app.settings.address(&path(&secret));
    app.mail.send(mail::sign_in(app, email, &address)).await
}

/// Where a sign-in link leads.
pub(crate) fn path(secret: &LinkSecret) -> String {
    format!("/sign-in/link/{}", secret.expose())
}

/// Makes a link that proves this address.
pub(crate) async fn insert_link(
    tx: &mut Tx,
    app: &App,
    email: &Email,
    name: Option<&str>,
    next: &str,
    works_for: Duration,
) -> Result<LinkSecret> {
    let secret = random::secret();
    let link = NewLink {
        secret_hash: &random::hash(&secret),
        purpose: PURPOSE,
        email: Some(email),
        name,
        next_path: next::local(next),
        expires_at: app.now().plus(works_for),
    };
    one_time_links::insert(tx, &link, app.now()).await?;
    Ok(LinkSecret::new(secret))
}

/// Uses a one-time link. A GET must not do this: mail scanners follow links. `device` is the User-Agent header.
pub async fn finish_link(app: &App, secret: &LinkSecret, device: &str) -> Result<SignedIn> {
    let mut tx = app.db.write().await?;
    let hash = random::hash(secret.expose());
    let used = one_time_links::take(&mut tx, PURPOSE, &hash, app.now()).await?;
    let used = used.ok_or_else(ended)?;
    let email = used.email.ok_or_else(ended)?;
    let person = person_of(&mut tx, app, &email, used.name.as_deref()).await?;
    let secret = begin(&mut tx, app, person.id, device).await?;
    tx.commit().await?;
    Ok(SignedIn {
        secret,
        next: used.next_path,
    })
}

/// The one answer for links that were used, are over, or never were.
pub(super) fn ended() -> AppError {
    AppError::Conflict {
        code: "link_ended",
        message: "This link was used already or is too old. Ask for a new one.".to_owned(),
    }
}

/// The person with this address, made if there is none yet.
pub(crate) async fn person_of(
    tx: &mut Tx,
    app: &App,
    email: &Email,
    name: Option<&str>,
) -> Result<Person> {
    // Nobody's address is shown by making a name of it.
    let name = name.unwrap_or("Guest");
    people::insert_new(tx, app.fresh_id(), email, name, app.now()).await?;
    let person = people::by_email(tx, email).await?;
    person.ok_or(AppError::Internal {
        code: "person_vanished",
    })
}

/// A one-time sign-in link without a mail: for the operator's command and the demo's start page.
pub async fn operator_link(app: &App, email: &str, next: &str) -> Result<LinkSecret> {
    let email = Email::parse(email)?;
    let mut tx = app.db.write().await?;
    let secret = insert_link(&mut tx, app, &email, None, next, app.settings.link_for).await?;
    tx.commit().await?;
    Ok(secret)
}

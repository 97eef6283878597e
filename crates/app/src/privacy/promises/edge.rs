//! What only the HTTP layer can look at: it puts its eyes here when its routes are made, and the checks use them.

use std::{future::Future, pin::Pin};

use upvow_store::cases;

use crate::{App, Result};

/// What a stranger meets at the door.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facts {
    /// `Content-Security-Policy` of a page.
    pub policy: String,
    /// `X-Content-Type-Options`.
    pub sniffing: String,
    /// `Referrer-Policy`.
    pub referrer: String,
    /// `Strict-Transport-Security`.
    pub transport: String,
    /// Whether a flood of deliveries to the webhook's door was slowed down, and whether one of writes was.
    pub slows_floods: bool,
    /// Whether the trust page answered.
    pub trust_page: bool,
    /// What the page for requests asks for: the names of its fields that people fill in.
    pub asks: Vec<String>,
    /// Whether two links to requests that never were are answered alike, in status and size.
    pub links_alike: bool,
    /// Whether the form for requests answers an address that is known here like one that is not.
    pub letters_alike: bool,
}

/// How to look.
pub type Look = fn(App) -> Pin<Box<dyn Future<Output = Facts> + Send>>;

/// An address of a mailbox that is known here, if there is one, and one as long that nobody has: for comparing what the
/// door says to either.
pub async fn known_and_made_up(app: &App) -> Result<Option<[String; 2]>> {
    let mut tx = app.db.read().await?;
    let Some(project) = cases::first_project(&mut tx).await? else {
        return Ok(None);
    };
    let owners = cases::letters::owners(&mut tx, project).await?;
    let Some(owner) = owners.first() else {
        return Ok(None);
    };
    let known = cases::letters::owner_address(&mut tx, project, *owner).await?;
    Ok(known.map(|known| {
        let known = known.expose().to_owned();
        let (local, host) = known.split_once('@').unwrap_or((&known, ""));
        let other = local.replace(|sign: char| sign.is_ascii_alphanumeric(), "x");
        let made_up = format!("{other}@{host}");
        [known, made_up]
    }))
}

/// What is wrong with what a stranger meets; `None` if nothing is.
pub fn problem(facts: &Facts, is_https: bool) -> Option<String> {
    let policy: Vec<&str> = facts.policy.split(';').map(str::trim).collect();
    let of = |name: &str| {
        policy
            .iter()
            .find_map(|part| part.strip_prefix(name).and_then(|p| p.strip_prefix(' ')))
    };
    let problem = if of("default-src") != Some("'none'") || of("script-src") != Some("'self'") {
        "pages may load scripts from elsewhere"
    } else if of("frame-ancestors") != Some("'none'") {
        "pages may be shown inside of others"
    } else if facts.sniffing != "nosniff" {
        "browsers may guess what a file is"
    } else if !["same-origin", "strict-origin", "no-referrer"].contains(&facts.referrer.as_str()) {
        "addresses are told to other sites"
    } else if is_https && !facts.transport.starts_with("max-age=") {
        "browsers are not told to stay with https"
    } else if !facts.slows_floods {
        "a flood of deliveries is not slowed down"
    } else if !facts.trust_page {
        "the trust page does not answer"
    } else {
        return None;
    };
    Some(problem.to_owned())
}

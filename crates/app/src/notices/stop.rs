//! Ending mail without signing in. The address in a letter holds ids of ours and a signature, nothing of the person;
//! opening it changes nothing, for programs open addresses; sending its form, or what RFC 8058 has mail programs send,
//! does.

use aws_lc_rs::hmac;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use upvow_db::Tx;
use upvow_domain::{PersonId, PostId, ProjectId};
use upvow_store::{mail_stops, notices::Notice, people, posts as stored_posts, projects};
use upvow_vault::mail_key::MailKeys;
use uuid::Uuid;

use crate::{App, AppError, Result};

/// The name of the key that signs.
const KEY: &str = "mail_stops";
/// So much of the signature is enough against guessing, and keeps addresses short.
const MAC: usize = 16;

/// What an address ends.
#[derive(Debug, Clone)]
pub struct Stop {
    /// The project's name.
    pub project_name: String,
    /// The project's part of addresses.
    pub project_slug: String,
    /// The post's title, if it is about one post.
    pub title: Option<String>,
    /// Mail is ended already.
    pub is_ended: bool,
}

/// The addresses in a letter: ending mail about its post, and about everything of the project.
pub(crate) struct Addresses {
    pub(crate) of_post: String,
    pub(crate) of_all: String,
}

/// Whom and what an address is about.
struct Meant {
    project: ProjectId,
    person: PersonId,
    post: Option<PostId>,
}

/// What the address would end. Changes nothing.
pub async fn stop_of(app: &App, token: &str) -> Result<Stop> {
    let meant = read(app, token).await?;
    tell(app, &meant).await
}

/// Ends mail. Again is no change.
pub async fn stop(app: &App, token: &str) -> Result<Stop> {
    let meant = read(app, token).await?;
    let mut tx = app.db.write().await?;
    mail_stops::insert(&mut tx, meant.project, meant.person, meant.post, app.now()).await?;
    tx.commit().await?;
    tell(app, &meant).await
}

/// Has mail come again.
pub async fn take_back(app: &App, token: &str) -> Result<Stop> {
    let meant = read(app, token).await?;
    let mut tx = app.db.write().await?;
    mail_stops::delete(&mut tx, meant.project, meant.person, meant.post).await?;
    tx.commit().await?;
    tell(app, &meant).await
}

async fn tell(app: &App, meant: &Meant) -> Result<Stop> {
    let mut tx = app.db.read().await?;
    let project = projects::find(&mut tx, meant.project).await?;
    let project = project.ok_or(AppError::NotFound)?;
    let title = match meant.post {
        Some(post) => stored_posts::find(&mut tx, meant.project, post, None)
            .await?
            .map(|post| post.row.title),
        None => None,
    };
    let (person, post) = (meant.person, meant.post);
    Ok(Stop {
        project_name: project.name,
        project_slug: project.slug,
        title,
        is_ended: mail_stops::is_there(&mut tx, meant.project, person, post).await?,
    })
}

/// The key, made when it is first needed. An earlier version kept it in the main database: that one goes on in the key
/// folder, so that the addresses in old letters stay good, and is taken out of the database.
pub(super) async fn key(app: &App) -> Result<hmac::Key> {
    Ok(keys(app).await?.present)
}

async fn keys(app: &App) -> Result<MailKeys> {
    if let Some(keys) = app.vault.mail_keys()? {
        return Ok(keys);
    }
    let before = {
        let mut tx = app.db.read().await?;
        mail_stops::key(&mut tx, KEY).await?
    };
    let keys = app
        .vault
        .make_mail_keys(before.as_deref(), app.now())
        .await?;
    if before.is_some() {
        let mut tx = app.db.write().await?;
        mail_stops::forget_key(&mut tx, KEY).await?;
        tx.commit().await?;
    }
    Ok(keys)
}

/// Takes the key of an earlier version out of the main database, if a crash came between that and keeping it.
pub(crate) async fn forget_old_key(tx: &mut Tx, app: &App) -> Result<()> {
    if app.vault.mail_keys()?.is_some() {
        mail_stops::forget_key(tx, KEY).await?;
    }
    Ok(())
}

pub(super) fn addresses(
    app: &App,
    key: &hmac::Key,
    notice: &Notice,
    person: PersonId,
) -> Addresses {
    let address = |post: Option<PostId>| {
        let meant = Meant {
            project: notice.project_id,
            person,
            post,
        };
        app.settings
            .address(&format!("/mail-off/{}", sign(key, &meant)))
    };
    Addresses {
        of_post: address(Some(notice.post_id)),
        of_all: address(None),
    }
}

/// `project person post mac`; no post is the nil id.
fn sign(key: &hmac::Key, meant: &Meant) -> String {
    let mut bytes = Vec::with_capacity(48 + MAC);
    let post = meant.post.map_or(Uuid::nil(), PostId::uuid);
    for id in [meant.project.uuid(), meant.person.uuid(), post] {
        bytes.extend_from_slice(id.as_bytes());
    }
    let mac = hmac::sign(key, &bytes);
    bytes.extend_from_slice(&mac.as_ref()[..MAC]);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Whom and what the address is about, if we signed it and they are still here.
async fn read(app: &App, token: &str) -> Result<Meant> {
    let bytes = URL_SAFE_NO_PAD
        .decode(token)
        .ok()
        .and_then(|bytes| <[u8; 48 + MAC]>::try_from(bytes).ok())
        .ok_or(AppError::NotFound)?;
    let id = |at: usize| Uuid::from_slice(&bytes[at..at + 16]).map_err(|_| AppError::NotFound);
    let post = Some(id(32)?).filter(|id| !id.is_nil()).map(PostId::new);
    let meant = Meant {
        project: ProjectId::new(id(0)?),
        person: PersonId::new(id(16)?),
        post,
    };
    let keys = keys(app).await?;
    let is_by = |key: &hmac::Key| {
        let good = sign(key, &meant);
        aws_lc_rs::constant_time::verify_slices_are_equal(good.as_bytes(), token.as_bytes()).is_ok()
    };
    if !is_by(&keys.present) && !is_by(&keys.before) {
        return Err(AppError::NotFound);
    }
    let mut tx = app.db.read().await?;
    people::find(&mut tx, meant.person)
        .await?
        .ok_or(AppError::NotFound)?;
    if let Some(post) = meant.post {
        let post = stored_posts::find(&mut tx, meant.project, post, None).await?;
        post.ok_or(AppError::NotFound)?;
    }
    Ok(meant)
}

//! Who is told ahead of what: the owners of every connected project, on a page and once by mail; and who took note.

use upvow_db::Tx;
use upvow_domain::{Caller, Role, Scope};
use upvow_events::Event;
use upvow_store::announcements as stored;
pub use upvow_store::announcements::{Announcement, Taken, Told};

use super::{Change, Day, NOTICE_DAYS, Subprocessor, changes};
use crate::{
    App, AppError, Result,
    access::{need, person},
    audit,
    jobs::code_of,
    mail,
};

/// How many letters go out in one look.
const LETTERS: i64 = 50;

/// Makes announcements of what is new, and tells those owners who do not know yet. At the start, and every minute.
pub(super) async fn announce(app: &App) -> Result<()> {
    let now = app.now();
    let mut tx = app.db.write().await?;
    let known = stored::all(&mut tx).await?;
    let connected = stored::is_anybody_connected(&mut tx).await?;
    let is_new = |id: &str| known.iter().all(|other| other.id != id);
    for change in changes::all() {
        if change.material && change.number > 1 && is_new(&change_id(change)) {
            let new = of_change(app, change, connected);
            stored::insert(&mut tx, &new).await?;
        }
    }
    let is_first_list = known.iter().all(|other| other.kind != "subprocessor");
    let list = &app.settings.subprocessors;
    for one in list.all().filter(|one| is_new(&one.key())) {
        // What ships was there before anything could be connected; what the operator adds was not.
        let is_news = connected && (list.added().contains(one) || !is_first_list);
        stored::insert(&mut tx, &of_subprocessor(app, one, is_news)).await?;
    }
    for pending in stored::all(&mut tx).await? {
        if pending.effective_at > now {
            stored::tell_owners(&mut tx, &pending.id, now).await?;
        }
    }
    Ok(tx.commit().await?)
}

/// The announcement's name of a change.
pub(super) fn change_id(change: &Change) -> String {
    format!("change-{}", change.number)
}

fn of_change(app: &App, change: &Change, connected: bool) -> Announcement {
    let earliest = Day::of(app.now()).plus(NOTICE_DAYS + 1);
    let effective = if connected {
        change.effective.max(earliest)
    } else {
        change.effective
    };
    Announcement {
        id: change_id(change),
        kind: "change".to_owned(),
        title: change.title.clone(),
        what: change.what.clone(),
        announced_at: app.now(),
        effective_at: effective.begins(),
    }
}

fn of_subprocessor(app: &App, one: &Subprocessor, is_news: bool) -> Announcement {
    let earliest = Day::of(app.now()).plus(NOTICE_DAYS + 1);
    let effective = if is_news {
        one.since.max(earliest)
    } else {
        one.since
    };
    Announcement {
        id: one.key(),
        kind: "subprocessor".to_owned(),
        title: format!("New subprocessor: {}", one.name),
        what: format!(
            "{}. Where: {}. Safeguard: {}.",
            one.role.trim_end_matches('.'),
            one.country.trim_end_matches('.'),
            one.transfer.trim_end_matches('.')
        ),
        announced_at: app.now(),
        effective_at: effective.begins(),
    }
}

/// Writes the letters that are due, each once, also after a crash and from several nodes.
pub(super) async fn send_letters(app: &App) -> Result<()> {
    let due = {
        let mut tx = app.db.read().await?;
        stored::unmailed(&mut tx, LETTERS).await?
    };
    for letter in due {
        let mut tx = app.db.write().await?;
        let is_ours = stored::take_letter(&mut tx, &letter, app.now()).await?;
        let about = stored::letter(&mut tx, &letter).await?;
        tx.commit().await?;
        let Some(about) = about.filter(|_| is_ours) else {
            continue;
        };
        let Some(to) = about.to() else { continue };
        let written = mail::announcement(app, to, &about);
        // Whoever misses a letter still finds it on the page.
        if let Err(error) = app.mail.send(written).await {
            Event::AnnouncementUnsent {
                error: code_of(&error).into(),
            }
            .log();
        }
    }
    Ok(())
}

/// What was announced, newest first: for everybody.
pub async fn all(app: &App) -> Result<Vec<Announcement>> {
    let mut tx = app.db.read().await?;
    Ok(stored::all(&mut tx).await?)
}

/// What the owner who asks was told in this project.
pub async fn mine(app: &App, caller: &Caller) -> Result<Vec<Told>> {
    need(caller, Role::Owner, Scope::Admin)?;
    let me = person(caller)?;
    let mut tx = app.db.read().await?;
    Ok(stored::of_owner(&mut tx, caller.project, me).await?)
}

/// Who took note of what in this project, and when.
pub async fn taken(app: &App, caller: &Caller) -> Result<Vec<Taken>> {
    need(caller, Role::Owner, Scope::Admin)?;
    let mut tx = app.db.read().await?;
    Ok(stored::taken(&mut tx, caller.project).await?)
}

/// The owner takes note of an announcement. Doing so again changes nothing.
pub async fn acknowledge(app: &App, caller: &Caller, announcement: &str) -> Result<()> {
    need(caller, Role::Owner, Scope::Admin)?;
    let me = person(caller)?;
    let mut tx = app.db.write().await?;
    let told = stored::of_owner(&mut tx, caller.project, me).await?;
    let found = told
        .iter()
        .find(|told| told.announcement_id == announcement)
        .ok_or(AppError::NotFound)?;
    if found.acknowledged_at.is_none() {
        take_note(&mut tx, app, caller, announcement).await?;
    }
    Ok(tx.commit().await?)
}

async fn take_note(tx: &mut Tx, app: &App, caller: &Caller, announcement: &str) -> Result<()> {
    let me = person(caller)?;
    stored::acknowledge(tx, caller.project, me, announcement, app.now()).await?;
    audit::note(tx, app, caller, "notice.acknowledged", announcement, "").await
}

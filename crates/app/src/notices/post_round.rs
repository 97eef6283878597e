//! The job that takes the letters of a notice round. A row per person is struck off when their letter went; one whose
//! letter was on its way when the program ended is struck off, too, and counted as not known: nobody gets it twice.

use std::time::Duration;

use upvow_domain::{Caller, NoticeId};
use upvow_events::Counter;
use upvow_store::{
    notices::{self, Notice, Recipient},
    posts as stored_posts, projects,
};

use super::stop;
use crate::{
    App,
    jobs::{Claim, Trouble, Turn},
    mail,
};

/// So many letters go at once; then others get their turn.
const BATCH: usize = 25;
/// The pause after a batch: some 25 letters a second are more than most mail servers like to see.
const PAUSE: Duration = Duration::from_secs(1);
/// The pause after the mail server refused a letter.
const AFTER_REFUSAL: Duration = Duration::from_mins(1);
/// A letter that was refused so often is given up.
const MOST_ATTEMPTS: i64 = 3;

/// The job.
pub(crate) async fn run(app: &App, claim: &Claim) -> Turn {
    let id: NoticeId = claim.subject()?;
    let project = claim.job.project_id;
    let notice = begin(app, claim, id).await?;
    let home = {
        let mut tx = app.db.read().await?;
        projects::find(&mut tx, project)
            .await?
            .ok_or(Trouble::Moot)?
    };
    let key = stop::key(app).await?;
    let mut refused = false;
    for _ in 0..BATCH {
        let Some(to) = next(app, &notice).await? else {
            break;
        };
        let stops = stop::addresses(app, &key, &notice, to.person_id);
        let letter = mail::notice(app, &to, &notice, &home, &stops);
        let gone = app.mail.send(letter).await;
        refused = gone.is_err();
        settle(app, &notice, &to, refused).await?;
        if refused {
            break;
        }
    }
    let mut tx = app.db.write().await?;
    if notices::left(&mut tx, id).await? > 0 {
        let pause = if refused { AFTER_REFUSAL } else { PAUSE };
        return Err(Trouble::At {
            code: "letters_left",
            at: app.now().plus(pause),
        });
    }
    notices::set_state(&mut tx, project, id, ("sending", "sent"), app.now()).await?;
    claim.finish(app, tx, &[]).await
}

/// The notice, if letters are to go: one that gathered is settled now.
async fn begin(app: &App, claim: &Claim, id: NoticeId) -> Result<Notice, Trouble> {
    let project = claim.job.project_id;
    let now = app.now();
    let mut tx = app.db.write().await?;
    let notice = notices::find(&mut tx, project, id)
        .await?
        .ok_or(Trouble::Moot)?;
    match notice.state.as_str() {
        "sending" => {
            // This lane is ours: what is marked was left by somebody who died over it.
            notices::strike_tried(&mut tx, id, now).await?;
        }
        "gathering" => {
            let due_at = notice.due_at.unwrap_or(now);
            if due_at > now {
                return Err(Trouble::At {
                    code: "gathering",
                    at: due_at,
                });
            }
            let program = Caller::program(project);
            let post = stored_posts::lock(&mut tx, project, notice.post_id).await?;
            let tells = super::tells_of(&mut tx, &program, notice.status_id).await?;
            let holds = post.is_some_and(|post| post.status_id == notice.status_id)
                && tells != super::Tells::Never;
            let to = if holds { "sending" } else { "dropped" };
            notices::set_state(&mut tx, project, id, ("gathering", to), now).await?;
            if !holds {
                tx.commit().await?;
                return Err(Trouble::Moot);
            }
            notices::gather(&mut tx, &notice).await?;
        }
        _ => return Err(Trouble::Moot),
    }
    tx.commit().await?;
    Ok(notice)
}

/// The next who still wants to hear it; those who do not are struck off on the way.
async fn next(app: &App, notice: &Notice) -> Result<Option<Recipient>, Trouble> {
    let mut tx = app.db.write().await?;
    while let Some(to) = notices::next(&mut tx, notice).await? {
        if to.wants {
            let now = Some(app.now());
            notices::set_tried(&mut tx, notice.id, to.person_id, now, to.attempts + 1).await?;
            tx.commit().await?;
            return Ok(Some(to));
        }
        notices::strike(&mut tx, notice.id, to.person_id, (0, 0), app.now()).await?;
    }
    tx.commit().await?;
    Ok(None)
}

/// Writes what became of a letter.
async fn settle(app: &App, notice: &Notice, to: &Recipient, refused: bool) -> Result<(), Trouble> {
    let (id, person, now) = (notice.id, to.person_id, app.now());
    let mut tx = app.db.write().await?;
    if !refused {
        notices::strike(&mut tx, id, person, (1, 0), now).await?;
    } else if to.attempts + 1 >= MOST_ATTEMPTS {
        notices::strike(&mut tx, id, person, (0, 1), now).await?;
    } else {
        notices::set_tried(&mut tx, id, person, None, to.attempts + 1).await?;
    }
    tx.commit().await?;
    let outcome = if refused { "refused" } else { "sent" }.into();
    Counter::NoticeLetters { outcome }.add();
    Ok(())
}

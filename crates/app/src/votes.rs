//! Votes. A person has one per post.

use upvow_db::Tx;
use upvow_domain::{
    Caller, PersonKind, PostId, Role, Scope, Time,
    page::{Page, PageOf},
    trend,
};
use upvow_store::{
    posts::{self, Counters},
    votes,
};

use crate::{
    App, AppError, Result, access, automations,
    cursor::Cursor,
    live::{self, Change, What},
    sync,
};

/// The letter of the cursors of the list of voters.
const LIST: u8 = b'w';

/// Where a post stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// How many voted.
    pub votes: i64,
    /// Whether the caller did.
    pub voted: bool,
}

/// Somebody who voted.
#[derive(Debug, Clone)]
pub struct Voter {
    /// Their name on the board.
    pub name: String,
    /// When.
    pub at: Time,
}

/// Votes; voting twice is voting once. Needs somebody signed in.
pub async fn vote(app: &App, caller: &Caller, post: PostId) -> Result<Tally> {
    access::need(caller, Role::Voter, Scope::PostsWrite)?;
    let person = access::person(caller)?;
    let mut tx = app.db.write().await?;
    let before = held(&mut tx, caller, post).await?;
    if !votes::insert(&mut tx, post, person, app.now()).await? {
        return Ok(Tally {
            votes: before.votes,
            voted: true,
        });
    }
    let votes = before.votes + 1;
    let trend = trend::with_vote(before.trend, app.now());
    posts::update_votes(&mut tx, caller.project, post, votes, trend).await?;
    let there = (post, before.board_id);
    let reached = (before.votes, votes);
    automations::votes_reached(&mut tx, app, caller.project, there, reached).await?;
    say(app, tx, caller, post, &before).await?;
    Ok(Tally { votes, voted: true })
}

/// Takes the vote back; without one it changes nothing.
pub async fn unvote(app: &App, caller: &Caller, post: PostId) -> Result<Tally> {
    access::need(caller, Role::Voter, Scope::PostsWrite)?;
    let person = access::person(caller)?;
    let mut tx = app.db.write().await?;
    let before = held(&mut tx, caller, post).await?;
    let Some(at) = votes::delete(&mut tx, post, person).await? else {
        return Ok(Tally {
            votes: before.votes,
            voted: false,
        });
    };
    let trend = match trend::without_vote(before.trend, at) {
        Some(trend) => trend,
        None => trend::of_votes(before.created_at, votes::times(&mut tx, post).await?),
    };
    let votes = before.votes - 1;
    posts::update_votes(&mut tx, caller.project, post, votes, trend).await?;
    say(app, tx, caller, post, &before).await?;
    Ok(Tally {
        votes,
        voted: false,
    })
}

/// The post's counters, held until the transaction ends, if the caller may see the post.
async fn held(tx: &mut Tx, caller: &Caller, post: PostId) -> Result<Counters> {
    crate::posts::find(tx, caller, post).await?;
    let counters = posts::lock(tx, caller.project, post).await?;
    counters.ok_or(AppError::NotFound)
}

async fn say(app: &App, mut tx: Tx, caller: &Caller, post: PostId, of: &Counters) -> Result<()> {
    sync::follow::shown_changed(&mut tx, app, caller.project, post).await?;
    let change = Change::of_post(caller.project, What::Votes, of.board_id, post);
    live::commit(app, tx, &[change]).await?;
    app.work.notify_one();
    Ok(())
}

/// Who voted, newest first. Needs a moderator.
pub async fn voters(
    app: &App,
    caller: &Caller,
    post: PostId,
    page: &PageOf,
) -> Result<Page<Voter>> {
    access::need(caller, Role::Moderator, Scope::PostsRead)?;
    let before = Cursor::of(page, LIST)?
        .map(|cursor| (Time(cursor.key.cast_signed()), cursor.id::<PersonKind>()));
    let limit = page.rows();
    let mut tx = app.db.read().await?;
    crate::posts::find(&mut tx, caller, post).await?;
    let rows = votes::list(&mut tx, post, before, limit + 1).await?;
    let page = Page::cut(rows, limit, |row| {
        Cursor::by_key(LIST, row.created_at.0.cast_unsigned(), row.person_id)
    });
    Ok(page.map(|row| Voter {
        name: row.name,
        at: row.created_at,
    }))
}

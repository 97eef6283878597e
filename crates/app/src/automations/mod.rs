//! Issues that are made by themselves: when a post reaches a status, or a number of votes.
//!
//! - here: what an automation is, and changing it; `look`: what it would do, and what it did;
//! - `act`: its turn with a post, in the transaction that brought the post there; `catch_up`: the job that deals with
//!   posts that were there before it was switched on.
//!
//! An automation has one turn with a post, ever. So a chain in which one automation's issue moves the post to where
//! another waits ends: it cannot be longer than there are automations.

mod act;
pub(crate) mod catch_up;
mod look;

pub use act::retry;
pub(crate) use act::{status_reached, votes_reached};
pub use look::{Act, DryRun, Match, acts, dry_run};
use upvow_db::Tx;
use upvow_domain::{AutomationId, BoardId, Caller, Invalid, Role, Scope, StatusId, Time};
use upvow_store::{automations as stored, boards as stored_boards, statuses as stored_statuses};

use crate::{
    App, AppError, Result, access, audit,
    jobs::{self, Kind, Order},
};

/// The most automations of a project: each of them is asked about every change.
const MOST: usize = 50;
/// The most votes an automation can wait for.
const MOST_VOTES: i64 = 1_000_000;

/// What a post has to reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reaches {
    /// This status; `None` if it was removed since: then the automation does nothing.
    Status(Option<StatusId>),
    /// So many votes.
    Votes(i64),
}

/// What an automation is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// On this board only, or on every one.
    pub board: Option<BoardId>,
    /// What a post has to reach.
    pub reaches: Reaches,
    /// Leave posts alone that are linked already.
    pub skips_linked: bool,
}

/// Whether an automation acts, and on what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Switch {
    /// It does nothing.
    Off,
    /// On posts that get there from now on.
    FromNowOn,
    /// And on those that are there.
    AlsoNow,
}

impl Switch {
    /// The one of that name in forms and the API.
    pub fn named(name: &str) -> Option<Switch> {
        match name {
            "off" => Some(Switch::Off),
            "from_now_on" => Some(Switch::FromNowOn),
            "also_now" => Some(Switch::AlsoNow),
            _ => None,
        }
    }
}

/// An automation.
#[derive(Debug, Clone)]
pub struct Automation {
    /// Its id.
    pub id: AutomationId,
    /// What it is to do.
    pub plan: Plan,
    /// It acts.
    pub is_on: bool,
    /// It is still dealing with posts that were there before.
    pub catches_up: bool,
    /// On how many posts it acted.
    pub acts: i64,
    /// For how many of them no issue came of it.
    pub problems: i64,
    /// When it was made.
    pub created_at: Time,
}

/// A project's automations, oldest first. Needs an admin.
pub async fn list(app: &App, caller: &Caller) -> Result<Vec<Automation>> {
    access::need(caller, Role::Admin, Scope::Admin)?;
    let mut tx = app.db.read().await?;
    let tallies = stored::tallies(&mut tx, caller.project).await?;
    let rows = stored::list(&mut tx, caller.project).await?;
    Ok(rows.into_iter().map(|row| told(&row, &tallies)).collect())
}

/// One of them. Needs an admin.
pub async fn get(app: &App, caller: &Caller, id: AutomationId) -> Result<Automation> {
    access::need(caller, Role::Admin, Scope::Admin)?;
    let mut tx = app.db.read().await?;
    let row = find(&mut tx, caller, id).await?;
    let tallies = stored::tallies(&mut tx, caller.project).await?;
    Ok(told(&row, &tallies))
}

/// Makes one. Needs an admin.
pub async fn create(app: &App, caller: &Caller, plan: &Plan, switch: Switch) -> Result<Automation> {
    access::need(caller, Role::Admin, Scope::Admin)?;
    let mut tx = app.db.write().await?;
    check(&mut tx, caller, plan).await?;
    if stored::list(&mut tx, caller.project).await?.len() >= MOST {
        return Err(AppError::Conflict {
            code: "too_many_automations",
            message: format!("A project has at most {MOST} automations."),
        });
    }
    let row = switched(row_of(app.fresh_id(), caller, plan, app.now()), switch);
    stored::insert(&mut tx, &row, app.now()).await?;
    note(&mut tx, app, caller, &row, "automation.created").await?;
    if row.catches_up {
        order(&mut tx, app, &row).await?;
    }
    tx.commit().await?;
    app.work.notify_one();
    Ok(told(&row, &[]))
}

/// Changes what one does; it goes on as it was, on or off. Needs an admin.
pub async fn edit(app: &App, caller: &Caller, id: AutomationId, plan: &Plan) -> Result<Automation> {
    access::need(caller, Role::Admin, Scope::Admin)?;
    let mut tx = app.db.write().await?;
    check(&mut tx, caller, plan).await?;
    let before = find(&mut tx, caller, id).await?;
    let row = stored::Automation {
        is_on: before.is_on,
        // What was agreed to was to catch up with the posts of the plan before.
        catches_up: false,
        ..row_of(id, caller, plan, before.created_at)
    };
    stored::update(&mut tx, &row, app.now()).await?;
    note(&mut tx, app, caller, &row, "automation.changed").await?;
    let tallies = stored::tallies(&mut tx, caller.project).await?;
    tx.commit().await?;
    Ok(told(&row, &tallies))
}

/// Switches one on or off. Needs an admin.
pub async fn switch(
    app: &App,
    caller: &Caller,
    id: AutomationId,
    to: Switch,
) -> Result<Automation> {
    access::need(caller, Role::Admin, Scope::Admin)?;
    let mut tx = app.db.write().await?;
    let row = switched(find(&mut tx, caller, id).await?, to);
    if row.is_on && row.reaches == "status" && row.status_id.is_none() {
        return Err(AppError::Conflict {
            code: "status_was_removed",
            message: "Its status was removed. Choose another one first.".to_owned(),
        });
    }
    stored::update(&mut tx, &row, app.now()).await?;
    note(&mut tx, app, caller, &row, "automation.switched").await?;
    if row.catches_up {
        order(&mut tx, app, &row).await?;
    }
    let tallies = stored::tallies(&mut tx, caller.project).await?;
    tx.commit().await?;
    app.work.notify_one();
    Ok(told(&row, &tallies))
}

/// Removes one; its issues and links stay. Needs an admin.
pub async fn delete(app: &App, caller: &Caller, id: AutomationId) -> Result<()> {
    access::need(caller, Role::Admin, Scope::Admin)?;
    let mut tx = app.db.write().await?;
    if !stored::delete(&mut tx, caller.project, id).await? {
        return Err(AppError::NotFound);
    }
    audit::note(
        &mut tx,
        app,
        caller,
        "automation.deleted",
        &id.to_string(),
        "",
    )
    .await?;
    Ok(tx.commit().await?)
}

async fn find(tx: &mut Tx, caller: &Caller, id: AutomationId) -> Result<stored::Automation> {
    let row = stored::find(tx, caller.project, id).await?;
    row.ok_or(AppError::NotFound)
}

/// Checks that board and status are the project's, and that the number makes sense.
async fn check(tx: &mut Tx, caller: &Caller, plan: &Plan) -> Result<()> {
    let mut wrong = vec![];
    if let Some(board) = plan.board
        && stored_boards::find(tx, caller.project, board)
            .await?
            .is_none()
    {
        wrong.push(Invalid::new("board", "choose a board of this project"));
    }
    match plan.reaches {
        Reaches::Status(status) => {
            let found = match status {
                Some(status) => stored_statuses::find(tx, caller.project, status).await?,
                None => None,
            };
            if found.is_none() {
                wrong.push(Invalid::new("status", "choose a status of this project"));
            }
        }
        Reaches::Votes(votes) if !(1..=MOST_VOTES).contains(&votes) => {
            wrong.push(Invalid::new("votes", "use a number from 1 to 1,000,000"));
        }
        Reaches::Votes(_) => {}
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(AppError::Invalid(wrong))
    }
}

fn row_of(id: AutomationId, caller: &Caller, plan: &Plan, created_at: Time) -> stored::Automation {
    let (reaches, status_id, votes) = match plan.reaches {
        Reaches::Status(status) => ("status", status, None),
        Reaches::Votes(votes) => ("votes", None, Some(votes)),
    };
    stored::Automation {
        id,
        project_id: caller.project,
        board_id: plan.board,
        reaches: reaches.to_owned(),
        status_id,
        votes,
        skips_linked: plan.skips_linked,
        is_on: false,
        catches_up: false,
        created_at,
    }
}

fn switched(row: stored::Automation, to: Switch) -> stored::Automation {
    stored::Automation {
        is_on: to != Switch::Off,
        catches_up: to == Switch::AlsoNow,
        ..row
    }
}

async fn note(
    tx: &mut Tx,
    app: &App,
    caller: &Caller,
    row: &stored::Automation,
    what: &str,
) -> Result<()> {
    let detail = match (row.is_on, row.catches_up) {
        (false, _) => "off",
        (true, false) => "on",
        (true, true) => "on_and_for_what_is_there",
    };
    audit::note(tx, app, caller, what, &row.id.to_string(), detail).await
}

/// Has it deal with the posts that are there.
async fn order(tx: &mut Tx, app: &App, row: &stored::Automation) -> Result<()> {
    let order = Order {
        kind: Kind::CatchUp,
        subject: row.id.stored(),
        lane: format!("automation:{}", row.id.stored()),
        project: row.project_id,
        connection: None,
        run_at: app.now(),
    };
    jobs::enqueue(tx, app, &order).await
}

fn told(row: &stored::Automation, tallies: &[stored::Tally]) -> Automation {
    let tally = tallies.iter().find(|tally| tally.automation_id == row.id);
    Automation {
        id: row.id,
        plan: Plan {
            board: row.board_id,
            reaches: match row.votes {
                Some(votes) if row.reaches == "votes" => Reaches::Votes(votes),
                _ => Reaches::Status(row.status_id),
            },
            skips_linked: row.skips_linked,
        },
        is_on: row.is_on,
        catches_up: row.catches_up,
        acts: tally.map_or(0, |tally| tally.acts),
        problems: tally.map_or(0, |tally| tally.problems),
        created_at: row.created_at,
    }
}

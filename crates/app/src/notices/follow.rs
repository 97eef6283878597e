//! What a change of status means for those who voted.

use std::time::Duration;

use upvow_db::Tx;
use upvow_domain::{Caller, Invalid, NoticeId, PostId, StatusId};
use upvow_store::notices::{self, NewNotice};

use super::{Tell, Tells, tells_of, words};
use crate::{
    App, Result,
    jobs::{self, Kind, Order},
};

/// How long a notice that goes out by itself waits: whoever drags an issue to the wrong column drags it back by then.
const GATHER: Duration = Duration::from_mins(2);

/// A post that changes its status.
pub(crate) struct Step {
    pub(crate) post: PostId,
    pub(crate) from: StatusId,
    pub(crate) to: StatusId,
}

/// In the transaction that changes the status: what its voters hear, as it is set or as the caller decided.
pub(crate) async fn status_changed(
    tx: &mut Tx,
    app: &App,
    caller: &Caller,
    step: &Step,
    tell: &Tell,
) -> Result<()> {
    let tells = tells_of(tx, caller, step.to).await?;
    let open = notices::open_of(tx, caller.project, step.post).await?;
    if let Tell::Yes(text) = tell {
        if tells == Tells::Never {
            return Err(Invalid::new(
                "tell",
                "voters are not told of this status; an admin can change that in the settings",
            )
            .into());
        }
        let text = words(text)?;
        if let Some(open) = open {
            notices::delete(tx, caller.project, open.id).await?;
        }
        return send_now(tx, app, caller, step, &text).await;
    }
    // A member who says no has decided; otherwise the setting does.
    let state = match (tells, tell) {
        (Tells::Always, _) => Some("gathering"),
        (Tells::Ask, Tell::AsSet) => {
            let people = notices::count_audience(tx, caller.project, step.post, caller.person);
            (people.await? > 0).then_some("waiting")
        }
        _ => None,
    };
    let Some(state) = state else {
        if let Some(open) = open {
            notices::delete(tx, caller.project, open.id).await?;
        }
        return Ok(());
    };
    let due_at = (state == "gathering").then(|| app.now().plus(GATHER));
    let id = match open {
        // Back where it began: nothing happened that anybody has to know.
        Some(open) if open.from_status_id == Some(step.to) => {
            return Ok(notices::delete(tx, caller.project, open.id).await?);
        }
        Some(open) => {
            let to = (step.to, state, due_at);
            notices::retarget(tx, caller.project, open.id, to, app.now()).await?;
            open.id
        }
        None => {
            let new = NewNotice {
                due_at,
                ..fresh(app, caller, step, state)
            };
            notices::insert(tx, caller.project, &new, app.now()).await?;
            new.id
        }
    };
    if let Some(at) = due_at {
        order(tx, app, caller, id, at).await?;
    }
    Ok(())
}

/// A notice that a member asked for: who hears of it is settled now, and the letters follow.
async fn send_now(tx: &mut Tx, app: &App, caller: &Caller, step: &Step, words: &str) -> Result<()> {
    let new = NewNotice {
        words,
        ..fresh(app, caller, step, "sending")
    };
    notices::insert(tx, caller.project, &new, app.now()).await?;
    let notice = notices::find(tx, caller.project, new.id).await?;
    if let Some(notice) = notice {
        notices::gather(tx, &notice).await?;
    }
    order(tx, app, caller, new.id, app.now()).await
}

fn fresh<'a>(app: &App, caller: &Caller, step: &Step, state: &'a str) -> NewNotice<'a> {
    NewNotice {
        id: app.fresh_id(),
        post: step.post,
        from: step.from,
        status: step.to,
        state,
        words: "",
        actor: caller.person,
        due_at: None,
    }
}

/// Has the letters of a notice go out at `run_at`.
pub(super) async fn order(
    tx: &mut Tx,
    app: &App,
    caller: &Caller,
    id: NoticeId,
    run_at: upvow_domain::Time,
) -> Result<()> {
    let order = Order {
        kind: Kind::SendNotice,
        subject: id.stored(),
        lane: format!("notice:{}", id.stored()),
        project: caller.project,
        connection: None,
        run_at,
    };
    jobs::enqueue(tx, app, &order).await
}

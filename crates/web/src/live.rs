//! `GET /p/{project}/live`: tells an open page what changed, as server-sent events.
//!
//! `event: change` carries ids only; the page asks again for what it may see. `event: resync` says that some were
//! missed. The browser connects again by itself whenever the stream ends.

use std::{collections::HashMap, convert::Infallible, time::Duration};

use axum::{
    Router,
    extract::State,
    http::HeaderName,
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
    routing::get,
};
use futures_util::{Stream, stream};
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio_util::sync::CancellationToken;
use upvow_app::{
    App, AppError, Time, boards,
    live::{Change, What},
};
use upvow_domain::{BoardId, Caller, Role};

use crate::{Ctx, PageError, Web, middleware::limits::Opened};

/// After this long the stream ends and the browser asks anew: a role that was taken away is noticed then.
const LASTS: Duration = Duration::from_mins(5);

/// For this long it is remembered whether a board can be seen.
const REMEMBERED: Duration = Duration::from_secs(20);

/// Proxies cut a silent connection after a minute at most.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

pub(crate) fn router() -> Router<Web> {
    Router::new().route("/p/{project}/live", get(listen))
}

async fn listen(State(web): State<Web>, ctx: Ctx) -> Result<Response, PageError> {
    let opened = web
        .limits
        .streams
        .open(ctx.client.key())
        .ok_or(AppError::TooMany {
            retry_after: Duration::from_secs(30),
        })?;
    let listener = Listener {
        changes: web.app.live.hear(),
        app: web.app,
        caller: ctx.caller,
        visible: HashMap::new(),
        stop: web.stop,
        ends: tokio::time::Instant::now() + LASTS,
        greeted: false,
        _opened: opened,
    };
    let sse = Sse::new(events(listener)).keep_alive(KeepAlive::new().interval(KEEP_ALIVE));
    // nginx would hold the events back.
    let unbuffered = [(HeaderName::from_static("x-accel-buffering"), "no")];
    Ok((unbuffered, sse).into_response())
}

/// One open page.
struct Listener {
    changes: Receiver<Change>,
    app: App,
    caller: Caller,
    visible: HashMap<BoardId, (bool, Time)>,
    stop: CancellationToken,
    ends: tokio::time::Instant,
    greeted: bool,
    _opened: Opened,
}

fn events(listener: Listener) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::unfold(listener, |mut listener| async {
        let event = listener.next().await?;
        Some((Ok(event), listener))
    })
}

impl Listener {
    /// The next event, or `None` at the end of the stream.
    async fn next(&mut self) -> Option<Event> {
        if !self.greeted {
            self.greeted = true;
            return Some(
                Event::default()
                    .retry(Duration::from_secs(3))
                    .comment("listening"),
            );
        }
        loop {
            let heard = tokio::select! {
                () = self.stop.cancelled() => return None,
                () = tokio::time::sleep_until(self.ends) => return None,
                heard = self.changes.recv() => heard,
            };
            match heard {
                Ok(change) if self.may_know(&change).await => {
                    return Event::default().event("change").json_data(change).ok();
                }
                Ok(_) => {}
                Err(RecvError::Lagged(_)) => {
                    return Some(Event::default().event("resync").data("{}"));
                }
                Err(RecvError::Closed) => return None,
            }
        }
    }

    /// Whether this caller may know of the change.
    async fn may_know(&mut self, change: &Change) -> bool {
        if change.project != self.caller.project {
            return false;
        }
        let role_needed = match change.what {
            What::Connection => Role::Admin,
            What::Links => Role::Moderator,
            What::Post | What::Votes | What::Comments => Role::Voter,
        };
        if !self.caller.at_least(role_needed) {
            return false;
        }
        match change.board {
            Some(board) => self.sees(board).await,
            // What is on no board is for those who see every board.
            None => change.what == What::Connection || self.caller.at_least(Role::Moderator),
        }
    }

    async fn sees(&mut self, board: BoardId) -> bool {
        let now = self.app.now();
        if let Some((sees, at)) = self.visible.get(&board)
            && now.since(*at) < REMEMBERED
        {
            return *sees;
        }
        let sees = boards::get(&self.app, &self.caller, board).await.is_ok();
        self.visible.insert(board, (sees, now));
        sees
    }
}

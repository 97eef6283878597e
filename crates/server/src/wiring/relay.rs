//! What one node says, pages that are open at another node hear too. On PostgreSQL only: with SQLite there is one node.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;
use upvow_app::{App, live::Change};
use upvow_events::Event;

const CHANNEL: &str = "upvow_live";

/// Changes that came from other nodes and are about to be heard here: they are not to be told on.
type FromOthers = Arc<Mutex<VecDeque<Change>>>;

#[derive(serde::Serialize, serde::Deserialize)]
struct Notice {
    node: String,
    change: Change,
}

/// Relays until stopped. What is lost while the connection is broken costs freshness, never truth.
pub(super) async fn run(app: App, stop: CancellationToken) {
    let from_others = FromOthers::default();
    tokio::select! {
        () = stop.cancelled() => {}
        () = tell(&app, &from_others) => {}
        () = hear(&app, &from_others) => {}
    }
}

async fn tell(app: &App, from_others: &FromOthers) {
    let mut changes = app.live.hear();
    loop {
        let change = match changes.recv().await {
            Ok(change) => change,
            Err(RecvError::Lagged(_)) => continue,
            Err(RecvError::Closed) => return,
        };
        if take(from_others, &change) {
            continue;
        }
        let notice = Notice {
            node: app.node.simple().to_string(),
            change,
        };
        let text = serde_json::to_string(&notice).expect("ids and words are JSON");
        if let Ok(mut tx) = app.db.write().await
            && tx.notify(CHANNEL, &text).await.is_ok()
        {
            let _ = tx.commit().await;
        }
    }
}

async fn hear(app: &App, from_others: &FromOthers) {
    let me = app.node.simple().to_string();
    loop {
        if let Ok(Some(mut listener)) = app.db.listen(CHANNEL).await {
            while let Ok(text) = listener.next().await {
                let Ok(notice) = serde_json::from_str::<Notice>(&text) else {
                    continue;
                };
                if notice.node != me {
                    from_others
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .push_back(notice.change);
                    app.live.say(notice.change);
                }
            }
        }
        Event::RelayBroke {}.log();
        tokio::time::sleep(Duration::from_secs(5)).await;
    }
}

/// Whether this change came from another node. Equal changes of our own and of others stand for each other.
fn take(from_others: &FromOthers, change: &Change) -> bool {
    let mut waiting = from_others.lock().unwrap_or_else(PoisonError::into_inner);
    let at = waiting.iter().position(|other| other == change);
    at.is_some_and(|at| waiting.remove(at).is_some())
}

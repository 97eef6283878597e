//! The epoch turn after an erasure: from then on no copy of the vault can be read, and the receipt says so.

use upvow_db::Tx;
use upvow_domain::{Caller, ProjectId};
use upvow_events::Event;
use upvow_store::goodbye_steps;

use crate::{
    App, Result, audit,
    connect::change,
    jobs::{self, Claim, Kind, Order, Turn},
    privacy::receipt,
};

pub(crate) async fn order_turn(tx: &mut Tx, app: &App, project: ProjectId) -> Result<()> {
    let order = Order {
        kind: Kind::TurnEpoch,
        subject: "vault".to_owned(),
        lane: "vault".to_owned(),
        project,
        connection: None,
        run_at: app.now(),
    };
    jobs::enqueue(tx, app, &order).await
}

/// The job that makes erasures final. Any number of them share a turn.
pub(crate) async fn run_turn(app: &App, claim: &Claim) -> Turn {
    if app.vault.epoch().await?.erasures_waiting > 0 {
        let number = app.vault.turn_epoch(app.now()).await?;
        Event::EpochTurned { epoch: number }.log();
        let mut tx = app.db.write().await?;
        let (action, subject) = ("vault.epoch_turned", format!("epoch_{number}"));
        audit::by_program(&mut tx, app, action, &subject, "").await?;
        tx.commit().await?;
    }
    receipt::make_missing(app).await?;
    let waiting = {
        let mut tx = app.db.read().await?;
        goodbye_steps::not_final(&mut tx).await?
    };
    let mut last = Vec::new();
    for one in waiting {
        let record = app.vault.erasure(one.erasure_id).await?;
        if let Some(at) = record.and_then(|record| record.epoch_turned_at) {
            last.push((one, at));
        }
    }
    let mut tx = app.db.write().await?;
    for (one, at) in &last {
        goodbye_steps::set(&mut tx, one.id, "key_destroyed", "done", *at).await?;
        let (program, subject) = (Caller::program(one.project_id), one.id.to_string());
        let action = "connection.erasure_final";
        audit::note(&mut tx, app, &program, action, &subject, "").await?;
    }
    let changes: Vec<_> = last
        .iter()
        .map(|(one, _)| change(one.project_id, one.id))
        .collect();
    claim.finish(app, tx, &changes).await
}

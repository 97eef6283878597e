//! Figures for Prometheus that are read from how things are, whenever somebody asks for them. The values of their labels
//! come from closed lists; no label names a customer.

use std::{collections::BTreeMap, time::Duration};

use upvow_events::{Gauge, safe::Word};
use upvow_store::{
    connections::{self, Connection},
    problems as stored,
};

use super::{causes::CAUSES, problems};
use crate::{
    App, Result,
    privacy::{reporting, retention},
};

/// Reads how all connections are, and sets the figures.
pub async fn measure(app: &App) -> Result<()> {
    let rows = {
        let mut tx = app.db.read().await?;
        connections::all_set_up(&mut tx).await?
    };
    let mut gauges = Gauges::default();
    for row in &rows {
        gauges.add(app, row).await?;
    }
    gauges.set();
    retention::measure(app).await?;
    reporting::status::measure(app).await
}

/// What is gathered while the connections are looked at.
#[derive(Default)]
struct Gauges {
    problems: BTreeMap<&'static str, i64>,
    active: i64,
    waiting_for_consent: i64,
    paused: i64,
    webhook_left: Option<Duration>,
}

impl Gauges {
    /// Counts a connection that is set up.
    async fn add(&mut self, app: &App, row: &Connection) -> Result<()> {
        let now = app.now();
        let consented_at = super::consented_at(app, row).await;
        let mut tx = app.db.read().await?;
        let hook = problems::door(&mut tx, row).await?;
        let problems = problems::found(&mut tx, row, hook.as_ref(), consented_at, now).await?;
        for problem in &problems {
            let number = (problem.links + problem.jobs).max(1);
            *self.problems.entry(problem.cause().code).or_default() += number;
        }
        if row.state != "active" {
            self.waiting_for_consent += 1;
            return Ok(());
        }
        self.active += 1;
        let paused = match &row.cloud_id {
            Some(cloud) => stored::paused(&mut tx, cloud, now).await?,
            None => None,
        };
        self.paused += i64::from(paused.is_some());
        // One that was never registered has no time left.
        let left = hook
            .and_then(|hook| hook.expires_at)
            .map_or(Duration::ZERO, |end| end.since(now));
        self.webhook_left = Some(self.webhook_left.map_or(left, |least| least.min(left)));
        Ok(())
    }

    /// Sets the figures; a cause that is gone is zero, not forgotten.
    fn set(&self) {
        for cause in CAUSES {
            let number = self.problems.get(cause.code).copied().unwrap_or(0);
            let cause = cause.code.into();
            Gauge::ProblemsOpen { cause }.set(float(number));
        }
        let state = |state| Gauge::Connections {
            state: Word::new(state),
        };
        state("active").set(float(self.active));
        state("needs_reconnect").set(float(self.waiting_for_consent));
        Gauge::ConnectionsPaused {}.set(float(self.paused));
        if let Some(left) = self.webhook_left {
            Gauge::WebhookDaysLeft {}.set(left.as_secs_f64() / 86_400.0);
        }
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "there are far fewer connections and problems than 2^52"
)]
fn float(number: i64) -> f64 {
    number as f64
}

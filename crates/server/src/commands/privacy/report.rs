//! `upvow privacy report`: how the reporting of personal data to Atlassian stands, and a cycle without waiting for the
//! time that was drawn.

use std::process::ExitCode;

use upvow_app::{
    App, Clock, Time, jobs,
    privacy::reporting::{self, Status},
};

use super::super::{load, say};
use crate::{
    config::{Given, Need},
    wiring,
};

#[derive(clap::Args)]
pub(in crate::commands) struct Args {
    /// Ask about every account that may be asked about now; never more often than the cycle
    #[arg(long)]
    now: bool,
    /// Say how it stands [default]
    #[arg(long, conflicts_with = "now")]
    status: bool,
    #[command(flatten)]
    given: Box<Given>,
}

pub(super) async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let need = if args.now { Need::Serve } else { Need::Data };
    let config = load(*args.given, need)?;
    let mail = wiring::mail(&config)?;
    let app = wiring::open(&config, mail, Clock::system()).await?;
    let result = carry_out(&app, args.now).await;
    app.vault.close().await;
    app.db.close().await;
    let status = result?;
    tell(&status);
    Ok(if status.overdue == 0 && status.held == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

async fn carry_out(app: &App, now: bool) -> upvow_app::Result<Status> {
    if now {
        let ready = reporting::hurry(app).await?;
        // With SQLite a server that runs has the queue to itself, and does it; whoever comes second finds nothing.
        jobs::drain(app).await;
        say(&format!("accounts that could be asked about now  {ready}"));
    }
    reporting::status(app).await
}

fn tell(status: &Status) {
    let moment = |at: Option<Time>| at.map_or_else(|| "-".to_owned(), Time::rfc3339);
    let days = status.cycle.as_secs_f64() / 86_400.0;
    for (name, value) in [
        ("accounts", status.accounts.to_string()),
        ("cycle", format!("{days:.1} days")),
        ("last asked", moment(status.asked_at)),
        ("next", moment(status.next_at)),
        ("paused until", moment(status.paused_until)),
        ("overdue", status.overdue.to_string()),
        ("held for a decision", status.held.to_string()),
        ("being erased", status.erasing.to_string()),
        (
            "problem",
            status.problem.clone().unwrap_or_else(|| "-".to_owned()),
        ),
        ("problem since", moment(status.problem_at)),
        ("foreign accounts named", moment(status.foreign_at)),
    ] {
        say(&format!("{name:<24}{value}"));
    }
}

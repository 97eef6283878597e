//! `upvow audit`: whether the trail of privileged acts is whole.

use std::{path::PathBuf, process::ExitCode};

use anyhow::Context as _;
use clap::Subcommand;
use upvow_app::{
    Clock, Mail,
    audit::{self, check, check::Report},
};
use upvow_db::{Db, Tuning};
use upvow_vault::signing::{JwkSet, PUBLIC_KEYS};

use super::{load, say};
use crate::{
    config::{Given, Need},
    wiring,
};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Look for changed, missing, inserted or reordered lines; the server may run or be stopped. Exit status 1 if any
    Verify {
        /// Look at this exported trail in place of the database
        #[arg(long, requires = "keys")]
        export: Option<PathBuf>,
        /// The public keys, as `/trust/keys.json` gives them; those of the key folder if left out
        #[arg(long)]
        keys: Option<PathBuf>,
        /// Say it as JSON
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        given: Box<Given>,
    },
    /// Say that an older database was put in place on purpose, so that the missing end is no finding any more. The trail
    /// keeps a line of it
    Accept {
        /// Without this nothing is done
        #[arg(long)]
        yes: bool,
        #[command(flatten)]
        given: Box<Given>,
    },
}

pub(super) async fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Verify {
            export: Some(export),
            keys: Some(keys),
            json,
            ..
        } => {
            let text =
                std::fs::read_to_string(&export).with_context(|| export.display().to_string())?;
            tell(&check::exported(&text, &read_keys(&keys)?)?, json)
        }
        Command::Verify {
            keys, json, given, ..
        } => {
            let config = load(*given, Need::Data)?;
            let keys = keys.unwrap_or_else(|| config.keys_dir.join(PUBLIC_KEYS));
            let keys = read_keys(&keys)?;
            // Nothing is brought up to date here: who verifies does not write.
            let db = Db::connect(config.database_url.expose(), Tuning::default())
                .await
                .context("the main database (UPVOW_DATABASE_URL)")?;
            let report = check::all(&db, &keys, &config.keys_dir).await;
            db.close().await;
            tell(&report?, json)
        }
        Command::Accept { yes: false, .. } => anyhow::bail!(
            "this takes the end of the trail for lost on purpose; say --yes if an older database was put in place"
        ),
        Command::Accept { yes: true, given } => {
            let config = load(*given, Need::Links)?;
            let app = wiring::open(&config, Mail::Console, Clock::system()).await?;
            let accepted = audit::accept(&app).await;
            app.vault.close().await;
            app.db.close().await;
            say(&format!("{} chains go on from where they are.", accepted?));
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn read_keys(path: &std::path::Path) -> anyhow::Result<JwkSet> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("the public keys, {}", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is no set of keys", path.display()))
}

fn tell(report: &Report, json: bool) -> anyhow::Result<ExitCode> {
    if json {
        say(&serde_json::to_string_pretty(report)?);
    } else {
        for finding in &report.findings {
            let wrong = serde_json::to_value(finding.wrong)?;
            let wrong = wrong.as_str().unwrap_or_default();
            let place = if finding.seq == finding.to {
                format!("line {}", finding.seq)
            } else {
                format!("lines {} to {}", finding.seq, finding.to)
            };
            say(&format!("{wrong}: {place} of chain {}", finding.chain));
        }
        say(&format!(
            "{} lines in {} chains, {} checkpoints, {} findings",
            report.lines,
            report.chains,
            report.checkpoints,
            report.findings.len()
        ));
    }
    Ok(if report.is_whole() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

//! `upvow privacy verify`: every check of the promises, now.

use std::process::ExitCode;

use upvow_app::{
    Clock,
    privacy::promises::{checks::Finding, proofs},
};
use upvow_domain::Time;

use super::super::{complain, say};
use crate::{
    config::{Config, Given, Need},
    wiring,
};

#[derive(serde::Serialize)]
struct Said<'a> {
    promises: Vec<Row<'a>>,
}

#[derive(serde::Serialize)]
struct Row<'a> {
    id: &'a str,
    sentence: &'a str,
    mechanism: &'a str,
    check: &'a str,
    result: &'a str,
    checked_at: Option<String>,
}

pub(super) async fn run(given: Given, json: bool) -> anyhow::Result<ExitCode> {
    // A data folder can be looked at without all that serving takes.
    let config = match Config::load(given.clone(), Need::Serve) {
        Ok(config) => config,
        Err(_) => Config::load(given, Need::Data)?,
    };
    let app = wiring::open(&config, wiring::mail(&config)?, Clock::system()).await?;
    let found = proofs::run(&app).await;
    app.vault.close().await;
    app.db.close().await;
    let found = found?;
    let rows: Vec<Row<'_>> = found
        .iter()
        .map(|proof| Row {
            id: &proof.id,
            sentence: &proof.sentence,
            mechanism: &proof.mechanism,
            check: proof.check,
            result: proof.finding.as_ref().map_or("never", Finding::word),
            checked_at: proof.checked_at.map(Time::rfc3339),
        })
        .collect();
    let failing: Vec<_> = found
        .iter()
        .filter(|proof| matches!(proof.finding, Some(Finding::Fail { .. }) | None))
        .collect();
    if json {
        say(&serde_json::to_string_pretty(&Said { promises: rows })?);
    } else {
        for row in &rows {
            say(&format!(
                "{:>5}  {:<15} {}",
                row.id, row.result, row.sentence
            ));
        }
        let holds = rows.iter().filter(|row| row.result == "pass").count();
        say(&format!(
            "\n{} promises: {holds} hold, {} do not hold, {} have nothing to check here",
            rows.len(),
            failing.len(),
            rows.len() - holds - failing.len()
        ));
    }
    let mut told = Vec::new();
    for proof in &failing {
        let what = proof.finding.as_ref().map_or("", Finding::what);
        if !told.contains(&proof.check) {
            told.push(proof.check);
            complain(&format!("{} does not hold: {what}", proof.check));
        }
    }
    Ok(if failing.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

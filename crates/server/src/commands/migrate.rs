//! `upvow migrate`: the schemas of both databases, and nothing else.

use std::process::ExitCode;

use upvow_app::Clock;
use upvow_vault::Vault;

use super::{load, say};
use crate::{
    config::{Given, Need},
    wiring,
};

pub(super) async fn run(given: Given) -> anyhow::Result<ExitCode> {
    let config = load(given, Need::Data)?;
    let db = wiring::open_main(&config).await?;
    let migrations = db.migrated().await?;
    db.close().await;
    say(&format!(
        "main database: up to date ({})",
        migrations.join(", ")
    ));
    let vault = Vault::open(wiring::vault_settings(&config)?, Clock::system().now()).await?;
    let epoch = vault.epoch().await?;
    vault.close().await;
    say(&format!("vault: up to date (epoch {})", epoch.number));
    Ok(ExitCode::SUCCESS)
}

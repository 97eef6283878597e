//! `upvow keys`: what an operator does with keys and secrets by hand, beside a running server.

mod list;
mod rotate;

use std::{path::PathBuf, process::ExitCode};

use anyhow::bail;
use clap::Subcommand;
use upvow_app::{Clock, Mail, upkeep};
use upvow_vault::{RootKey, Vault};

use super::{load, say};
use crate::{
    config::{Given, Need},
    wiring,
};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Every key and secret, how old it is, and when another one is advised
    List(Box<Given>),
    /// Put another key or secret in the place of one, while the server runs; nobody notices
    Rotate(rotate::Args),
    /// Open every record of the vault and name those that do not open
    Check(Box<Given>),
    /// Seal what is left in the vault under a new key and destroy the old one (as rotate epoch)
    #[command(hide = true)]
    TurnEpoch(Box<Given>),
    /// Write a new root key to a file that is not there yet
    NewRootKey {
        /// The new file
        file: PathBuf,
    },
    /// When vault or keys are lost: begin with an empty vault. Everybody has to connect to Jira again
    StartOver {
        /// Without this nothing is done
        #[arg(long)]
        yes: bool,
        #[command(flatten)]
        given: Box<Given>,
    },
}

pub(super) async fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::List(given) => return list::run(*given).await,
        Command::Rotate(args) => return rotate::run(args).await,
        Command::Check(given) => return check(*given).await,
        Command::TurnEpoch(given) => return rotate::run(rotate::Args::epoch(given)).await,
        Command::NewRootKey { file } => {
            RootKey::create_file(&file)?;
            say(&format!(
                "{} holds a new root key. Keep a copy apart from the databases.",
                file.display()
            ));
        }
        Command::StartOver { yes: false, .. } => {
            bail!(
                "this destroys what is in the vault, and everybody has to connect to Jira again; say --yes if that is what you want"
            );
        }
        Command::StartOver { yes: true, given } => return start_over(*given).await,
    }
    Ok(ExitCode::SUCCESS)
}

async fn start_over(given: Given) -> anyhow::Result<ExitCode> {
    let config = load(given, Need::Data)?;
    let vault = Vault::start_over(wiring::vault_settings(&config)?, Clock::system().now()).await?;
    vault.close().await;
    let app = wiring::open(&config, Mail::Console, Clock::system()).await?;
    let gone = upkeep::settle(&app).await;
    let noted = upkeep::note(&app, "vault.started_over", "").await;
    app.vault.close().await;
    app.db.close().await;
    noted?;
    say(&format!(
        "The vault is empty. {} authorisations are gone: their connections ask to be connected again, once each. Links, rules and posts stay.",
        gone?
    ));
    Ok(ExitCode::SUCCESS)
}

async fn check(given: Given) -> anyhow::Result<ExitCode> {
    let config = load(given, Need::Data)?;
    let vault = Vault::open(wiring::vault_settings(&config)?, Clock::system().now()).await?;
    let broken = vault.check().await;
    let counts = vault.counts().await;
    vault.close().await;
    let (broken, counts) = (broken?, counts?);
    for record in &broken {
        say(&format!("does not open: {} of {}", record.what, record.id));
    }
    say(&format!(
        "{} grants, {} webhook addresses, {} records that do not open",
        counts.grants,
        counts.hooks,
        broken.len()
    ));
    Ok(if broken.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

//! `upvow keys`: what an operator does with the vault's keys by hand.

use std::{path::PathBuf, process::ExitCode};

use anyhow::bail;
use clap::Subcommand;
use upvow_app::Clock;
use upvow_vault::{RootKey, Vault};

use super::{load, say};
use crate::{
    config::{Given, Need},
    wiring,
};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Seal what is left in the vault under a new key and destroy the old one: every older copy of the vault is noise
    TurnEpoch(Box<Given>),
    /// Open every record of the vault and name those that do not open
    Check(Box<Given>),
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
        Command::TurnEpoch(given) => {
            let vault = open(*given).await?;
            let epoch = vault.turn_epoch(Clock::system().now()).await;
            vault.close().await;
            say(&format!(
                "The vault is in epoch {} now; the old key is destroyed.",
                epoch?
            ));
        }
        Command::Check(given) => return check(*given).await,
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
        Command::StartOver { yes: true, given } => {
            let config = load(*given, Need::Data)?;
            let vault =
                Vault::start_over(wiring::vault_settings(&config)?, Clock::system().now()).await?;
            vault.close().await;
            say("The vault is empty. Everybody has to connect to Jira again.");
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn open(given: Given) -> anyhow::Result<Vault> {
    let config = load(given, Need::Data)?;
    Ok(Vault::open(wiring::vault_settings(&config)?, Clock::system().now()).await?)
}

async fn check(given: Given) -> anyhow::Result<ExitCode> {
    let vault = open(given).await?;
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

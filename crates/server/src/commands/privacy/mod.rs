//! `upvow privacy`: what an operator does for the people whose data this is.
//!
//! - `erase`: erases what is held of somebody; `receipt`: reads the signed word of it, offline.
//! - `inventory`: what is held now; `ropa`: the record of processing.
//! - `report`: the reporting of personal data to Atlassian.
//! - `verify`: checks every promise.

mod erase;
mod inventory;
mod receipt;
mod report;
mod ropa;
mod verify;

use std::process::ExitCode;

use clap::Subcommand;

use crate::config::Given;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Erase what is held of a person in Jira: by a connection, or by their account id read from the standard input
    Erase(erase::Args),
    /// The signed receipts of erasures
    #[command(subcommand)]
    Receipt(receipt::Command),
    /// What is held now, kind by kind: how much, how old, how long, and what erasure does
    Inventory(inventory::Args),
    /// The record of processing activities, by Art. 30 of the GDPR
    Ropa(ropa::Args),
    /// The reporting of personal data to Atlassian: how it stands, or a cycle now
    Report(report::Args),
    /// Check every promise of the privacy addendum against the data, running or stopped; exit status 1 if one does not hold
    Verify {
        /// Say it as JSON
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        given: Box<Given>,
    },
}

pub(super) async fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Erase(args) => erase::run(args).await,
        Command::Receipt(command) => receipt::run(command),
        Command::Inventory(args) => inventory::run(args).await,
        Command::Ropa(args) => ropa::run(args).await,
        Command::Report(args) => report::run(args).await,
        Command::Verify { json, given } => verify::run(*given, json).await,
    }
}

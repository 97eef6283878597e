//! `upvow privacy`: what an operator does for the people whose data this is.
//!
//! - `erase`: erases what is held of somebody; `receipt`: reads the signed word of it, offline.
//! - `inventory`: what is held now; `ropa`: the record of processing.

mod erase;
mod inventory;
mod receipt;
mod ropa;

use std::process::ExitCode;

use clap::Subcommand;

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
}

pub(super) async fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Erase(args) => erase::run(args).await,
        Command::Receipt(command) => receipt::run(command),
        Command::Inventory(args) => inventory::run(args).await,
        Command::Ropa(args) => ropa::run(args).await,
    }
}

//! `upvow privacy`: what an operator does for the people whose data this is.
//!
//! - `erase`: erases what is held of somebody; `receipt`: reads the signed word of it, offline.

mod erase;
mod receipt;

use std::process::ExitCode;

use clap::Subcommand;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Erase what is held of a person in Jira: by a connection, or by their account id read from the standard input
    Erase(erase::Args),
    /// The signed receipts of erasures
    #[command(subcommand)]
    Receipt(receipt::Command),
}

pub(super) async fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Erase(args) => erase::run(args).await,
        Command::Receipt(command) => receipt::run(command),
    }
}

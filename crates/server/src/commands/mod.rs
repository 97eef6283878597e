//! The command line. One file per command; only here does the program speak to the terminal.

mod audit;
mod backup;
#[cfg(feature = "demo")]
pub mod demo;
mod doctor;
mod keys;
mod migrate;
mod privacy;
mod serve;
#[cfg(feature = "demo")]
mod simulate_jira;
mod user;

use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use crate::config::{self, Config, Given, Need, Refusal};

/// A feedback board that stays in step with Jira and keeps almost nothing of the people there.
#[derive(Parser)]
#[command(name = "upvow", version, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the board
    Serve(Box<Given>),
    /// Try everything: a board with sample data and a simulated Jira, in a folder of their own
    #[cfg(feature = "demo")]
    Demo(demo::Args),
    /// Run the simulated Atlassian Cloud by itself
    #[cfg(feature = "demo")]
    SimulateJira(simulate_jira::Args),
    /// Bring both databases up to date and end
    Migrate(Box<Given>),
    /// Copy the main database and the erasure ledger into a folder, also while the board is served
    Backup(backup::Args),
    /// Bring a backup back; what was erased since stays erased. The board must not be served meanwhile
    Restore(backup::restore::Args),
    /// Look at settings, files, databases, keys, clock, mail and the way to Jira, and say what is to be done
    Doctor(Box<Given>),
    /// The people of the board
    #[command(subcommand)]
    User(user::Command),
    /// The trail of privileged acts
    #[command(subcommand)]
    Audit(audit::Command),
    /// The vault's keys
    #[command(subcommand)]
    Keys(keys::Command),
    /// Erasures and their receipts, what is held, the promises
    #[command(subcommand)]
    Privacy(privacy::Command),
}

/// Runs the program.
pub fn main() -> ExitCode {
    let command = Cli::command().after_long_help(config::table());
    let cli = Cli::from_arg_matches(&command.get_matches()).unwrap_or_else(|error| error.exit());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let result = match runtime {
        Ok(runtime) => {
            let result = runtime.block_on(run(cli.command));
            // A task that hangs must not keep the process from ending.
            runtime.shutdown_timeout(std::time::Duration::from_secs(2));
            result
        }
        Err(error) => Err(error.into()),
    };
    result.unwrap_or_else(|error| {
        if let Some(refusal) = error.downcast_ref::<Refusal>() {
            complain(&refusal.to_string());
        } else {
            complain(&format!("upvow: {error:#}"));
        }
        ExitCode::FAILURE
    })
}

async fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Serve(given) => serve::run(*given).await,
        #[cfg(feature = "demo")]
        Command::Demo(args) => demo::run(args).await,
        #[cfg(feature = "demo")]
        Command::SimulateJira(args) => simulate_jira::run(args).await,
        Command::Migrate(given) => migrate::run(*given).await,
        Command::Backup(args) => backup::run(args).await,
        Command::Restore(args) => backup::restore::run(args).await,
        Command::Doctor(given) => doctor::run(*given).await,
        Command::User(command) => user::run(command).await,
        Command::Audit(command) => audit::run(command).await,
        Command::Keys(command) => keys::run(command).await,
        Command::Privacy(command) => privacy::run(command).await,
    }
}

/// The checked settings of a command that opens the data.
fn load(given: Given, need: Need) -> anyhow::Result<Config> {
    Ok(Config::load(given, need)?)
}

/// Says a line to whoever started the program. Whoever stopped listening (`upvow ... | head`) is no error.
fn say(line: &str) {
    use std::io::Write as _;
    let mut out = std::io::stdout().lock();
    // Into a pipe, too, each line goes at once: others wait for it.
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

/// Says what went wrong.
fn complain(line: &str) {
    eprintln!("{line}");
}

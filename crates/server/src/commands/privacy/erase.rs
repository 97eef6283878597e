//! `upvow privacy erase`: the operator's way into the one path of erasure. An account id is never an argument: that
//! would leave it in the shell's history and in the list of processes.

use std::{io::Read as _, path::PathBuf, process::ExitCode};

use anyhow::{Context as _, bail};
use upvow_app::{
    App, Clock, Mail,
    privacy::{
        erasure::{self, ErasureReason, Now},
        receipt,
    },
};
use upvow_domain::{ConnectionId, ErasureId, secret::AccountId};

use crate::{
    commands::{load, say},
    config::{Given, Need},
    wiring,
};

#[derive(clap::Args)]
pub(in crate::commands) struct Args {
    /// The connection whose authorisation is erased, with everything that works by it in every project
    #[arg(long, value_name = "ID")]
    connection: Option<String>,
    /// Read the Atlassian account id from the standard input
    #[arg(long, conflicts_with = "connection")]
    account_from_stdin: bool,
    /// Why. A request and a closed account keep the account away afterwards; only the person lifts that
    #[arg(long, value_enum, default_value_t = Reason::Request)]
    reason: Reason,
    /// Write the signed receipt to this file, if the erasure is final at the end
    #[arg(long, value_name = "FILE")]
    receipt: Option<PathBuf>,
    /// Without this nothing is done
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    given: Box<Given>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Reason {
    Request,
    ClosedAccount,
    Retention,
    Disconnect,
}

pub(super) async fn run(args: Args) -> anyhow::Result<ExitCode> {
    if args.connection.is_none() && !args.account_from_stdin {
        bail!("say whose data: --connection ID, or --account-from-stdin");
    }
    if !args.yes {
        bail!(
            "this ends every connection of that account in every project and erases what is held of it; nothing brings it back. Say --yes if that is what you want"
        );
    }
    let reason = match args.reason {
        Reason::Request => ErasureReason::Request,
        Reason::ClosedAccount => ErasureReason::ClosedAccount,
        Reason::Retention => ErasureReason::Retention,
        Reason::Disconnect => ErasureReason::Disconnect,
    };
    let account = args.account_from_stdin.then(read_account).transpose()?;
    let config = load(*args.given, Need::JiraIfSet)?;
    let app = wiring::open(&config, Mail::outbox(), Clock::system()).await?;
    let done = erase(&app, args.connection.as_deref(), account, reason).await;
    let told = match done {
        Ok(erasure) => finish(&app, erasure, args.receipt).await,
        Err(error) => Err(error),
    };
    app.vault.close().await;
    app.db.close().await;
    told
}

fn read_account() -> anyhow::Result<AccountId> {
    let mut text = String::new();
    std::io::stdin()
        .take(1024)
        .read_to_string(&mut text)
        .context("reading the account id")?;
    let account = text.trim();
    if account.is_empty() || account.contains(char::is_whitespace) {
        bail!("the standard input holds no account id");
    }
    Ok(AccountId::new(account.to_owned()))
}

async fn erase(
    app: &App,
    connection: Option<&str>,
    account: Option<AccountId>,
    reason: ErasureReason,
) -> anyhow::Result<ErasureId> {
    if let Some(account) = account {
        return Ok(erasure::erase_account(app, &account, reason).await?);
    }
    let id: ConnectionId = connection
        .unwrap_or_default()
        .parse()
        .map_err(|_| anyhow::anyhow!("that is not a connection's id"))?;
    Ok(erasure::erase_connection(app, id, reason).await?)
}

async fn finish(app: &App, erasure: ErasureId, file: Option<PathBuf>) -> anyhow::Result<ExitCode> {
    say(&format!(
        "Erasure {erasure} is begun: whatever worked by it has stopped."
    ));
    match erasure::finish_now(app, erasure).await? {
        Now::Waits => {
            say(
                "Atlassian cannot be reached. The server goes on trying for a day; then everything is erased without it.",
            );
            return Ok(ExitCode::SUCCESS);
        }
        Now::LeftToServer => {
            say(
                "Jira is not set up for this command, so the server revokes the tokens and erases the rest.",
            );
            return Ok(ExitCode::SUCCESS);
        }
        Now::Final(revocation) => {
            say("What was held is erased, and the key of older copies is destroyed.");
            say(&format!("At Atlassian: {}.", receipt::words(revocation)));
        }
    }
    let text = receipt::find(app, erasure).await?;
    if let (Some(text), Some(path)) = (text, file) {
        std::fs::write(&path, text + "\n").with_context(|| path.display().to_string())?;
        say(&format!("The receipt is in {}.", path.display()));
    }
    Ok(ExitCode::SUCCESS)
}

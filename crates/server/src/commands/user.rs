//! `upvow user`: the way in for an operator whose people cannot get mail.

use std::process::ExitCode;

use clap::Subcommand;
use upvow_app::{Clock, Mail, sign_in};

use super::{load, say};
use crate::{
    config::{Given, Need},
    wiring,
};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Print a sign-in link that works once
    Link {
        /// Whose
        email: String,
        #[command(flatten)]
        given: Box<Given>,
    },
}

pub(super) async fn run(command: Command) -> anyhow::Result<ExitCode> {
    let Command::Link { email, given } = command;
    let config = load(*given, Need::Links)?;
    let app = wiring::open(&config, Mail::Console, Clock::system()).await?;
    let secret = sign_in::operator_link(&app, &email, "/").await;
    let address = secret.map(|secret| {
        app.settings
            .address(&format!("/sign-in/link/{}", secret.expose()))
    });
    app.vault.close().await;
    app.db.close().await;
    say(&address?);
    Ok(ExitCode::SUCCESS)
}

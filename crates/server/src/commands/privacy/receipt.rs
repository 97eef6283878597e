//! `upvow privacy receipt verify`: says in plain words what a receipt states, and whether to believe it. Needs nothing
//! but the file and the public keys: no server, no network, no database.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context as _;
use clap::Subcommand;
use upvow_app::privacy::receipt::{self, Statement};
use upvow_vault::signing::{self, Jwk, JwkSet, PUBLIC_KEYS};

use crate::{
    commands::{complain, load, say},
    config::{Given, Need},
};

#[derive(Subcommand)]
pub(in crate::commands) enum Command {
    /// Say what a receipt states, if it is one and nothing in it was changed; else end with status 1
    Verify {
        /// The receipt
        file: PathBuf,
        /// The public keys (a copy of /trust/keys.json). Without it, those in this server's key folder
        #[arg(long)]
        keys: Option<PathBuf>,
        #[command(flatten)]
        given: Box<Given>,
    },
}

pub(super) fn run(command: Command) -> anyhow::Result<ExitCode> {
    let Command::Verify { file, keys, given } = command;
    let path = match keys {
        Some(path) => path,
        None => load(*given, Need::Data)?.keys_dir.join(PUBLIC_KEYS),
    };
    let keys = read_keys(&path)?;
    let text = std::fs::read_to_string(&file).with_context(|| file.display().to_string())?;
    let jws = text.trim();
    let payload = match signing::verify_as(jws, receipt::TYP, &keys) {
        Ok(payload) => payload,
        Err(why) => {
            complain(&format!("Not a receipt to believe: {why}."));
            return Ok(ExitCode::FAILURE);
        }
    };
    let said: Statement =
        serde_json::from_slice(&payload).context("the statement is of a form not known here")?;
    tell(&said);
    if let Some(key) = signer(jws, &keys) {
        say(&format!("Signed by the key {}", key.kid));
        if let Some(until) = &key.signed_until {
            say(&format!(
                "  which signed until {until} and was replaced then; what it signed stays valid"
            ));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn read_keys(path: &Path) -> anyhow::Result<JwkSet> {
    let text =
        std::fs::read(path).with_context(|| format!("the public keys: {}", path.display()))?;
    serde_json::from_slice(&text).with_context(|| format!("{} is not a JWK set", path.display()))
}

fn tell(said: &Statement) {
    say("The signature is good. The receipt states:");
    say(&format!(
        "  {} ({}) erased what it held of one person's Jira authorisation, because {}.",
        said.operator,
        said.server,
        receipt::reason_in_words(&said.reason)
    ));
    say(&format!("  Erasure      {}", said.erasure));
    say(&format!(
        "  Begun        {}   from then on the tokens could only be revoked",
        said.begun_at
    ));
    say(&format!("  Erased       {}", said.erased_at));
    say(&format!(
        "  Final        {}   the key was destroyed: no older copy can be read",
        said.final_at
    ));
    say(&format!(
        "  What         {}",
        if said.erased.is_empty() {
            "nothing: nothing was held".to_owned()
        } else {
            said.erased.join(", ")
        }
    ));
    say(&format!("  At Atlassian {}", said.revocation));
    if let Some(address) = &said.remove_at {
        say(&format!(
            "               that the authorisation ended was not confirmed; the person removes it at {address}"
        ));
    }
    say(&format!("  Done by      {}", said.program));
}

/// The key that the header names. It verified, so it is there.
fn signer<'a>(jws: &str, keys: &'a JwkSet) -> Option<&'a Jwk> {
    let kid = signing::kid_of(jws)?;
    keys.keys.iter().find(|key| key.kid == kid)
}

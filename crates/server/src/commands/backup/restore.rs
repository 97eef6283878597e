//! `upvow restore`: the main database as it was, and everything that was erased since stays erased.

use std::{path::PathBuf, process::ExitCode};

use anyhow::{Context as _, bail};
use upvow_app::{Clock, Mail, upkeep};

use super::{LEDGER, Manifest, database};
use crate::{
    commands::{load, say},
    config::{Given, Need},
    process::Alone,
    wiring,
};

/// What `upvow restore` can be told.
#[derive(clap::Args)]
pub(in crate::commands) struct Args {
    /// The folder that `upvow backup` made
    dir: PathBuf,
    /// Take the place of the main database that is there; it is gone then
    #[arg(long)]
    replace: bool,
    #[command(flatten)]
    given: Box<Given>,
}

pub(in crate::commands) async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let config = load(*args.given, Need::Data)?;
    let _alone = Alone::take(&config)?;
    let manifest = Manifest::read(&args.dir)?;
    let kind = database::kind(&config.database_url);
    if manifest.database != kind {
        bail!(
            "the backup is of a {} database, and UPVOW_DATABASE_URL names a {} one",
            manifest.database.name(),
            kind.name()
        );
    }
    database::refuse_if_served(&config).await?;
    if !args.replace && database::is_used(&config).await? {
        bail!(
            "there is a main database already. Say --replace to put the backup in its place, or back it up first"
        );
    }
    // The ledger first: if this stops here, more is known to be erased, never less.
    let learned = upvow_vault::merge::merge_ledger(&config.keys_dir, &args.dir.join(LEDGER))
        .context("merging the erasure ledger")?;
    database::put_back(&config, &args.dir).await?;
    say(&format!(
        "The main database is back, as of {} (Upvow {}).",
        moment(manifest.made_at),
        manifest.upvow
    ));
    say(&format!(
        "The erasure ledger kept all it knew and learned {learned} lines from the backup."
    ));

    // Opening replays the ledger: nothing listens before that is done.
    let app = match wiring::open(&config, Mail::Console, Clock::system()).await {
        Ok(app) => app,
        Err(error) => {
            say(&format!(
                "The vault does not open: {error:#}\n\
                 If it is lost: upvow keys start-over --yes. Connections then ask to be connected again; links stay."
            ));
            return Ok(ExitCode::FAILURE);
        }
    };
    let waiting = upkeep::settle(&app).await;
    let noted = upkeep::note(&app, "backup.restored", "").await;
    app.vault.close().await;
    app.db.close().await;
    noted?;
    say(&match waiting? {
        0 => "Every connection has its authorisation.".to_owned(),
        count => format!(
            "{count} authorisations are gone: erased since, or lost with the vault. Their connections ask to be connected again; links and rules stay."
        ),
    });
    Ok(ExitCode::SUCCESS)
}

fn moment(at: upvow_app::Time) -> String {
    upkeep::moment(at)
}

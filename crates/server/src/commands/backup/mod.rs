//! `upvow backup` and `upvow restore`: the main database and the erasure ledger. Never the vault, never a key: a copy of
//! those is what an erasure is to make unreadable.
//!
//! - `manifest`: what a backup consists of, with checksums.
//! - `database`: the copy itself, for each of the two databases.
//! - [`restore`]: the way back.

mod database;
mod manifest;
pub(super) mod restore;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context as _, bail};
use upvow_app::{Clock, Mail, upkeep};

use super::{load, say};
use crate::{
    config::{Config, Given, Need},
    wiring,
};
use manifest::Manifest;

/// The ledger's copy.
const LEDGER: &str = "erasures.log";

/// What `upvow backup` can be told.
#[derive(clap::Args)]
pub(super) struct Args {
    /// A new folder, or an empty one
    dir: PathBuf,
    #[command(flatten)]
    given: Box<Given>,
}

pub(super) async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let config = load(*args.given, Need::Data)?;
    let dir = args.dir;
    make_folder(&dir)?;
    if is_inside(&dir, &config) {
        bail!(
            "{} is inside the data or key folder; a backup is to be somewhere else",
            dir.display()
        );
    }
    let taken = take(&config, &dir).await;
    if taken.is_err() {
        // Half a backup is worse than none: somebody may take it for a whole one.
        empty(&dir);
    }
    let manifest = taken?;
    note(&config, "backup.taken").await;
    say(&format!(
        "{} holds the main database ({}) and the erasure ledger; no key and nothing of the vault.\n\
         Keep it as you keep personal data: people of the board are in it. Keep the root key apart from it.\n\
         upvow restore {0} brings it back.",
        dir.display(),
        manifest.sizes()
    ));
    Ok(ExitCode::SUCCESS)
}

async fn take(config: &Config, dir: &Path) -> anyhow::Result<Manifest> {
    // The ledger last: it may know more than the database, never less.
    let main = database::copy(config, dir).await?;
    upvow_vault::merge::copy_ledger(&config.keys_dir, &dir.join(LEDGER))
        .context("copying the erasure ledger")?;
    let manifest = Manifest::of(dir, main, &[main.file(), LEDGER], Clock::system().now())?;
    manifest.write(dir)?;
    Ok(manifest)
}

/// Leaves an audit line, if the vault opens; a backup is worth having without it.
async fn note(config: &Config, action: &str) {
    let noted = async {
        let app = wiring::open(config, Mail::Console, Clock::system()).await?;
        let noted = upkeep::note(&app, action, "").await;
        app.vault.close().await;
        app.db.close().await;
        anyhow::Ok(noted?)
    };
    if let Err(error) = noted.await {
        say(&format!("(There is no audit line of it: {error:#}.)"));
    }
}

fn make_folder(dir: &Path) -> anyhow::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .recursive(true)
        .create(dir)
        .with_context(|| dir.display().to_string())?;
    let mut entries = std::fs::read_dir(dir).with_context(|| dir.display().to_string())?;
    if entries.next().is_some() {
        bail!("{} is not empty; give a new folder", dir.display());
    }
    Ok(())
}

fn is_inside(dir: &Path, config: &Config) -> bool {
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let dir = real(dir);
    [&config.data_dir, &config.keys_dir]
        .into_iter()
        .any(|folder| dir.starts_with(real(folder)))
}

fn empty(dir: &Path) {
    for name in ["main.db", "main.pgdump", LEDGER, manifest::FILE] {
        let _ = std::fs::remove_file(dir.join(name));
    }
}

//! The demo's folder: laid out like any data folder, with a settings file, so that every command can be pointed at it.

use std::{
    fmt::Write as _,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use upvow_app::Time;
use upvow_db::{Db, Tuning};
use upvow_jira_sim::Running as Sim;
use upvow_vault::{Vault, VaultError};

use super::sample;
use crate::{
    config::{Config, DatabaseUrl, FILE},
    wiring,
};

/// What is said of another place for the data than the folder itself.
const ELSEWHERE: &[(&str, &str)] = &[
    ("UPVOW_DATABASE_URL", "database_url"),
    ("UPVOW_VAULT_URL", "vault_url"),
    ("UPVOW_KEYS_DIR", "keys_dir"),
];

/// The folder.
pub struct Folder {
    /// Where it is; absolute.
    pub path: PathBuf,
    /// Nothing was in it.
    pub is_new: bool,
}

/// What goes into the settings file.
pub struct Settings<'a> {
    /// Where the board listens.
    pub listen: SocketAddr,
    /// By which address it is reached.
    pub public_url: &'a str,
    /// The simulator.
    pub sim: &'a Sim,
}

/// What an earlier run in this folder left in the settings file.
#[derive(Default)]
pub(super) struct Before {
    pub(super) sim: Option<SocketAddr>,
    pub(super) client_id: Option<String>,
    pub(super) client_secret: Option<String>,
}

impl Folder {
    /// The named folder, made if missing; or a fresh one for temporary files.
    pub fn open(path: Option<PathBuf>) -> anyhow::Result<Folder> {
        let path = path.unwrap_or_else(|| {
            std::env::temp_dir().join(format!("upvow-demo-{}", upvow_app::node().simple()))
        });
        let is_new = std::fs::read_dir(&path).map_or(true, |mut entries| entries.next().is_none());
        if !is_new && !path.join(FILE).exists() {
            bail!(
                "{} holds other things; give a new folder, or one that a demo made",
                path.display()
            );
        }
        let mut builder = std::fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder
            .recursive(true)
            .create(&path)
            .with_context(|| path.display().to_string())?;
        let path = path
            .canonicalize()
            .with_context(|| path.display().to_string())?;
        Ok(Folder { path, is_new })
    }

    /// Writes `upvow.toml`, for this run and for every other command. What an earlier run said of databases stays.
    pub fn write_settings(&self, settings: &Settings) -> anyhow::Result<()> {
        let before = self.read();
        let mut text = String::from(
            "# Made by `upvow demo`. Point any command at it: upvow serve --data-dir <this folder>\n",
        );
        let mut line = |key: &str, value: &str| {
            // A JSON text is a TOML text, too.
            let value = serde_json::Value::from(value);
            let _ = writeln!(text, "{key} = {value}");
        };
        line("listen", &settings.listen.to_string());
        line("public_url", settings.public_url);
        line("operator_name", "Acme Notes");
        line("contact", "privacy@acme-notes.example");
        line("atlassian_client_id", settings.sim.client_id());
        line("atlassian_client_secret", settings.sim.client_secret());
        line("atlassian_auth_url", &settings.sim.auth_url());
        line("atlassian_api_url", &settings.sim.api_url());
        for (env, key) in ELSEWHERE {
            let said = std::env::var(env)
                .ok()
                .filter(|value| !value.trim().is_empty());
            let said = said.or_else(|| before.get(*key)?.as_str().map(str::to_owned));
            if let Some(value) = said {
                line(key, &value);
            }
        }
        write_private(&self.path.join(FILE), &text).with_context(|| self.path.display().to_string())
    }

    pub(super) fn settings_before(&self) -> Before {
        let table = self.read();
        let text = |key: &str| {
            table
                .get(key)
                .and_then(toml::Value::as_str)
                .map(str::to_owned)
        };
        let sim = text("atlassian_api_url").and_then(|url| {
            url.strip_prefix("http://")?
                .trim_end_matches('/')
                .parse()
                .ok()
        });
        Before {
            sim,
            client_id: text("atlassian_client_id"),
            client_secret: text("atlassian_client_secret"),
        }
    }

    fn read(&self) -> toml::Table {
        std::fs::read_to_string(self.path.join(FILE))
            .ok()
            .and_then(|text| text.parse().ok())
            .unwrap_or_default()
    }

    /// Removes it with all that is in it.
    pub fn remove(self) {
        // It is in the folder for temporary files: the system clears what is left there.
        let _ = std::fs::remove_dir_all(&self.path);
    }
}

/// Sample data is put into new databases only: the demo must never be pointed at somebody's own by mistake. Those of an
/// earlier demo are known by its owner, whose address no real board can have; with them the demo goes on, and its vault,
/// whose keys went with the earlier demo's folder, begins anew.
pub(super) async fn meet_databases(config: &Config, now: Time) -> anyhow::Result<()> {
    let main = standing(&config.database_url).await?;
    let vault = standing(&config.vault_url).await?;
    let is_ours = main == Standing::Demo;
    if main == Standing::Used || (vault != Standing::New && !is_ours) {
        bail!(
            "UPVOW_DATABASE_URL or UPVOW_VAULT_URL names a database that is in use already. The demo fills new databases only; give two empty ones, or those of an earlier demo"
        );
    }
    if vault != Standing::New {
        let opened = Vault::open(wiring::vault_settings(config)?, now).await;
        let vault = match opened {
            Err(VaultError::KeysMissing { .. }) => {
                Vault::start_over(wiring::vault_settings(config)?, now).await?
            }
            other => other?,
        };
        vault.close().await;
    }
    Ok(())
}

#[derive(PartialEq, Eq)]
enum Standing {
    New,
    Demo,
    Used,
}

async fn standing(url: &DatabaseUrl) -> anyhow::Result<Standing> {
    if !url.is_postgres() {
        // A file: below the new folder, or named by the environment.
        let path = url
            .expose()
            .trim_start_matches("sqlite:")
            .trim_start_matches("//");
        if !Path::new(path.split('?').next().unwrap_or(path)).exists() {
            return Ok(Standing::New);
        }
    }
    let db = Db::connect(url.expose(), Tuning::default())
        .await
        .context("the demo's database")?;
    let standing = if db.migrated().await?.is_empty() {
        Standing::New
    } else {
        let mut tx = db.read().await?;
        // The vault's database has no such table, and is nobody's demo by itself.
        let owner = tx
            .value::<String>(
                "SELECT id FROM people WHERE email = $1",
                upvow_db::args![sample::OWNER.email],
            )
            .await;
        if owner.is_ok_and(|id| id.is_some()) {
            Standing::Demo
        } else {
            Standing::Used
        }
    };
    db.close().await;
    Ok(standing)
}

fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write as _;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(text.as_bytes())
}

//! The settings: a flag wins over the environment, the environment over `upvow.toml`, the file over the default.
//!
//! `given` has every setting with its name, meaning and default, as it is said; `file` reads `upvow.toml`; `check` makes of
//! what is said what holds, or the list of all that is missing or unsafe; `address` knows when two addresses are one, `folder` makes the folders, and looks who may look
//! into them.

mod address;
mod check;
mod file;
mod folder;
mod given;

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use tracing_subscriber::filter::LevelFilter;
use upvow_app::{
    privacy::{promises::Subprocessors, reporting::relay::Sender, retention::Terms},
    settings::Night,
};
use upvow_domain::{
    ConnectionId,
    outgoing::Gate,
    secret::{ApiSecret, ClientSecret, Email},
};
use upvow_jira::Hosts;
use upvow_vault::RootKey;
use upvow_web::address::Network;
use url::Url;

pub use check::Refusal;
pub(crate) use check::beside;
pub use given::{Given, SETTINGS, Setting, table};

/// The name of the settings file in the data folder.
pub const FILE: &str = "upvow.toml";

/// What a command needs to be set before it may start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// All that serving people and Jira takes.
    Serve,
    /// The databases and keys, an address for links, and Jira if it is set up.
    JiraIfSet,
    /// The databases and keys, and an address for links.
    Links,
    /// The databases and keys.
    Data,
}

/// The settings as they hold, checked. Its `Debug` shows no secret.
#[derive(Debug, Clone)]
pub struct Config {
    /// Everything that is kept is below this folder, unless another setting says otherwise.
    pub data_dir: PathBuf,
    /// Where requests are taken.
    pub listen: SocketAddr,
    /// Where people reach us. [`Need::Data`] takes a placeholder.
    pub public_url: Url,
    /// The main database.
    pub database_url: DatabaseUrl,
    /// The sealed store's own database.
    pub vault_url: DatabaseUrl,
    /// The vault's key files and erasure ledger.
    pub keys_dir: PathBuf,
    /// Opens the key files.
    pub root_key: RootKeyFrom,
    /// The OAuth app at Atlassian; `None` runs the board alone.
    pub jira: Option<JiraApp>,
    /// Where mail goes; `None` is the terminal.
    pub smtp_url: Option<DatabaseUrl>,
    /// From whom mail comes.
    pub mail_from: Option<Email>,
    /// Who runs this, as named on the consent page.
    pub operator: Option<String>,
    /// Where privacy requests go.
    pub contact: Option<String>,
    /// Whether a token is presented again on purpose at the end.
    pub revoke_by_reuse: bool,
    /// How soon a privacy request is to be answered.
    pub requests_target: Duration,
    /// How long that takes at the most.
    pub requests_ceiling: Duration,
    /// The connection whose authorisation reports all accounts; `None` is any that may.
    pub reporter: Option<ConnectionId>,
    /// Whose signed requests the relay takes; empty is no relay.
    pub relay: Vec<Sender>,
    /// How often accounts are reported before Atlassian says it; `None` is the usual. Only a demonstration is in a hurry.
    pub reporting_cycle: Option<Duration>,
    /// Who handles data on the operator's behalf.
    pub subprocessors: Subprocessors,
    /// The gate before everything that goes out.
    pub gate: Gate,
    /// When linked issues are compared with Jira every night; `None` is never.
    pub compare_at: Option<Night>,
    /// How long everything is kept.
    pub retention: Terms,
    /// Whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Network>,
    /// What `/metrics` asks for; `None` shows it to this machine only.
    pub metrics_token: Option<ApiSecret>,
    /// The file it was read from: another text there is taken while the server runs.
    pub metrics_token_file: Option<PathBuf>,
    /// How much is logged.
    pub log: LevelFilter,
}

impl Config {
    /// Lets out to what these settings name. Subprocessors' hosts follow when it is known which of them count.
    fn open_gate(&self) {
        let mut hosts: Vec<String> = Vec::new();
        if let Some(jira) = &self.jira {
            for url in [&jira.hosts.auth_url, &jira.hosts.api_url] {
                hosts.extend(url.host_str().map(str::to_owned));
            }
        }
        let mail = self.smtp_url.as_ref();
        hosts.extend(mail.and_then(|url| upvow_app::mail::host_of(url.expose())));
        self.gate.set(hosts.iter().map(String::as_str));
    }
}

/// The OAuth app at Atlassian.
#[derive(Debug, Clone)]
pub struct JiraApp {
    /// Its public name.
    pub client_id: String,
    /// Its secret.
    pub client_secret: ClientSecret,
    /// The secret before the last change.
    pub previous_secret: Option<ClientSecret>,
    /// The file it was read from: another text there is taken while the server runs.
    pub secret_file: Option<PathBuf>,
    /// The file that the secret before the last change is read from, if it is there.
    pub previous_file: Option<PathBuf>,
    /// Where Atlassian is.
    pub hosts: Hosts,
}

/// An address that may hold a password.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(String);

impl DatabaseUrl {
    /// Takes the address over.
    pub fn new(url: String) -> DatabaseUrl {
        DatabaseUrl(url)
    }

    /// The address itself, password included.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Makes a SQLite file for its owner alone, if it is not there yet; SQLite gives its journals the same rights.
    pub fn make_private(&self) -> std::io::Result<()> {
        let Some(path) = address::sqlite_path(&self.0) else {
            return Ok(());
        };
        let mut options = std::fs::OpenOptions::new();
        options.append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(path).map(drop)
    }

    /// The file of a SQLite database.
    pub fn file(&self) -> Option<PathBuf> {
        address::sqlite_path(&self.0).map(PathBuf::from)
    }

    /// Whether it names a PostgreSQL database.
    pub fn is_postgres(&self) -> bool {
        self.0.starts_with("postgres:") || self.0.starts_with("postgresql:")
    }
}

impl std::fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.is_postgres() {
            "postgres:.."
        } else {
            ".."
        })
    }
}

/// Where the root key comes from.
#[derive(Debug, Clone)]
pub enum RootKeyFrom {
    /// The environment or the settings file.
    Given(RootKey),
    /// A file the operator named; it must be there.
    File(PathBuf),
    /// Our own file in the key folder, made at the first start.
    Own(PathBuf),
}

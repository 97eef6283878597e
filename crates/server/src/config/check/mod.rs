//! From what is said to what holds. All that is missing or unsafe is named at once, each with what to do.
//!
//! `atlassian`: the app at Atlassian; `privacy`: people's requests, reporting, who else gets data, and how long it stays.

mod atlassian;
mod privacy;

use std::{
    fmt,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use tracing_subscriber::filter::LevelFilter;
use upvow_app::settings::Night;
use upvow_domain::{
    outgoing::Gate,
    secret::{ApiSecret, Email},
};
use upvow_vault::RootKey;
use upvow_web::address::Network;
use url::Url;

use super::{
    Config, DatabaseUrl, FILE, Given, Need, RootKeyFrom,
    address::{is_loopback, same_database, sqlite_path},
    file, folder,
};

pub(crate) use atlassian::beside;

/// Why the program does not start: everything at once. Holds no value of a secret.
#[derive(Debug)]
pub struct Refusal(pub Vec<String>);

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "upvow does not start like this:")?;
        for problem in &self.0 {
            write!(f, "\n  - {problem}")?;
        }
        write!(f, "\n\n`upvow serve --help` lists every setting.")
    }
}

impl std::error::Error for Refusal {}

impl Config {
    /// Reads the settings file, merges, checks. Makes the data and key folders if they are not there.
    pub fn load(given: Given, need: Need) -> Result<Config, Refusal> {
        let mut check = Check::default();
        let given = check.with_file(given);
        let config = check.config(&given, need);
        check.folders(&config.data_dir, &config.keys_dir);
        if check.0.is_empty() {
            Ok(config)
        } else {
            Err(Refusal(check.0))
        }
    }
}

#[derive(Default)]
struct Check(Vec<String>);

impl Check {
    fn refuse(&mut self, problem: impl Into<String>) {
        self.0.push(problem.into());
    }

    fn with_file(&mut self, given: Given) -> Given {
        let (path, in_data_dir) = match said(given.config.as_ref()) {
            Some(path) => (PathBuf::from(path), false),
            None => (data_dir(&given).join(FILE), true),
        };
        if in_data_dir && !path.exists() {
            return given;
        }
        let (from_file, problems) = file::read(&path, in_data_dir);
        self.0.extend(problems);
        given.or(from_file)
    }

    fn config(&mut self, given: &Given, need: Need) -> Config {
        let data_dir = data_dir(given);
        let keys_dir =
            said(given.keys_dir.as_ref()).map_or_else(|| data_dir.join("keys"), PathBuf::from);
        let public_url = self.public_url(given, need);
        let database_url = self.secret(
            "UPVOW_DATABASE_URL",
            given.database_url.as_ref(),
            given.database_url_file.as_ref(),
        );
        let vault_url = self.secret(
            "UPVOW_VAULT_URL",
            given.vault_url.as_ref(),
            given.vault_url_file.as_ref(),
        );
        let database_url = self.database(
            "UPVOW_DATABASE_URL",
            database_url,
            &data_dir.join("upvow.db"),
        );
        let vault_url = self.database("UPVOW_VAULT_URL", vault_url, &data_dir.join("vault.db"));
        if same_database(database_url.expose(), vault_url.expose()) {
            self.refuse(
                "UPVOW_VAULT_URL names the main database. The vault needs a database of its own, so that it stays out of backups and can be rewritten whole.",
            );
        }
        let smtp_url = self.secret(
            "UPVOW_SMTP_URL",
            given.smtp_url.as_ref(),
            given.smtp_url_file.as_ref(),
        );
        let mail_from = self.mail_from(given, smtp_url.as_deref());
        let metrics_token = self.secret(
            "UPVOW_METRICS_TOKEN",
            given.metrics_token.as_ref(),
            given.metrics_token_file.as_ref(),
        );
        if metrics_token.as_ref().is_some_and(|token| token.len() < 16) {
            self.refuse("UPVOW_METRICS_TOKEN is shorter than 16 characters. Use a long random text, or leave it out to let only this machine read /metrics.");
        }
        let config = Config {
            listen: self.listen(given),
            root_key: self.root_key(given, &keys_dir),
            jira: match need {
                Need::Serve => self.jira(given),
                Need::JiraIfSet if said(given.atlassian_client_id.as_ref()).is_some() => {
                    self.jira(given)
                }
                Need::JiraIfSet | Need::Links | Need::Data => None,
            },
            smtp_url: smtp_url.map(DatabaseUrl::new),
            mail_from,
            operator: said(given.operator_name.as_ref()).map(str::to_owned),
            contact: self.contact(given),
            revoke_by_reuse: self.on_or_off(
                "UPVOW_REVOKE_BY_REUSE",
                given.revoke_by_reuse.as_ref(),
                false,
            ),
            requests_target: self.whole(
                given.requests_target.as_ref(),
                ("UPVOW_REQUESTS_TARGET", "minutes", 15),
                Duration::from_mins,
            ),
            requests_ceiling: self.whole(
                given.requests_ceiling.as_ref(),
                ("UPVOW_REQUESTS_CEILING", "hours", 48),
                Duration::from_hours,
            ),
            reporter: self.reporter(given),
            relay: self.relay(given),
            reporting_cycle: None,
            subprocessors: self.subprocessors(given, &data_dir),
            gate: Gate::default(),
            compare_at: self.compare_at(given),
            retention: self.retention(given),
            trusted_proxies: self.trusted_proxies(given),
            metrics_token: metrics_token.map(ApiSecret::new),
            metrics_token_file: said(given.metrics_token_file.as_ref()).map(PathBuf::from),
            log: self.log(given),
            data_dir,
            keys_dir,
            public_url,
            database_url,
            vault_url,
        };
        config.open_gate();
        config
    }

    fn folders(&mut self, data_dir: &Path, keys_dir: &Path) {
        // A start that is refused anyway leaves no new folder behind.
        let is_refused = !self.0.is_empty();
        for (env, path) in [("UPVOW_DATA_DIR", data_dir), ("UPVOW_KEYS_DIR", keys_dir)] {
            let tried = if is_refused && !path.is_dir() {
                folder::could_prepare(path)
            } else {
                folder::prepare(path)
            };
            if let Err(error) = tried {
                self.refuse(format!(
                    "{env}: nothing can be written to {} ({}). Give a folder that belongs to the user upvow runs as.",
                    path.display(),
                    error.kind()
                ));
                return;
            }
        }
        if folder::is_open(keys_dir) {
            self.refuse(format!(
                "UPVOW_KEYS_DIR: others may look into {0}. Close it: chmod 700 {0}",
                keys_dir.display()
            ));
        }
    }

    fn public_url(&mut self, given: &Given, need: Need) -> Url {
        let placeholder = Url::parse("http://localhost").expect("the address is a constant");
        let Some(text) = said(given.public_url.as_ref()) else {
            if need != Need::Data {
                self.refuse(
                    "UPVOW_PUBLIC_URL is not set. Give the address where people reach this server, for example https://feedback.example.com, or http://localhost:8080 to try it on this machine.",
                );
            }
            return placeholder;
        };
        let Ok(url) = Url::parse(text) else {
            self.refuse(
                "UPVOW_PUBLIC_URL is not an address. Write it like https://feedback.example.com",
            );
            return placeholder;
        };
        let plain = url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none();
        if !plain || url.path() != "/" {
            self.refuse("UPVOW_PUBLIC_URL holds more than scheme and host. Leave out path, user, `?` and `#`.");
        }
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(&url) => {}
            "http" => self.refuse(
                "UPVOW_PUBLIC_URL is plain http to another machine: sign-in links and sessions could be read on the way. Use https, with a proxy in front that ends TLS.",
            ),
            _ => self.refuse("UPVOW_PUBLIC_URL starts with neither https:// nor http://."),
        }
        url
    }

    /// A secret from its own setting or from a file; never both. A file's last line break is not part of it.
    fn secret(
        &mut self,
        env: &str,
        value: Option<&String>,
        path: Option<&String>,
    ) -> Option<String> {
        let Some(path) = said(path) else {
            return said(value).map(str::to_owned);
        };
        if value.is_some() {
            self.refuse(format!("{env} and {env}_FILE are both set. Keep one."));
            return None;
        }
        match std::fs::read_to_string(path) {
            Ok(text) if text.trim().is_empty() => {
                self.refuse(format!("{env}_FILE names an empty file ({path})."));
            }
            Ok(text) => return Some(text.trim_end_matches(['\r', '\n']).to_owned()),
            Err(error) => self.refuse(format!(
                "{env}_FILE names a file that cannot be read: {path} ({}).",
                error.kind()
            )),
        }
        None
    }

    /// Something else than `on` or `off` counts as off: the program does not start with it.
    fn on_or_off(&mut self, env: &str, given: Option<&String>, default: bool) -> bool {
        match said(given) {
            None => default,
            Some("on") => true,
            Some(text) => {
                if text != "off" {
                    self.refuse(format!("{env} is to be on or off."));
                }
                false
            }
        }
    }

    fn database(&mut self, env: &str, url: Option<String>, file: &Path) -> DatabaseUrl {
        let url = DatabaseUrl::new(url.unwrap_or_else(|| format!("sqlite:{}", file.display())));
        if !url.is_postgres() && sqlite_path(url.expose()).is_none() {
            self.refuse(format!(
                "{env} is to be sqlite:PATH or postgres://user:password@host/database."
            ));
        }
        if url.is_postgres() && Url::parse(url.expose()).is_err() {
            self.refuse(format!("{env} is not an address. Write it like postgres://user:password@host/database, odd characters as %XX."));
        }
        url
    }

    fn root_key(&mut self, given: &Given, keys_dir: &Path) -> RootKeyFrom {
        let path = said(given.root_key_file.as_ref()).map(PathBuf::from);
        match (said(given.root_key.as_ref()), path) {
            (Some(_), Some(path)) => {
                self.refuse("UPVOW_ROOT_KEY and UPVOW_ROOT_KEY_FILE are both set. Keep one.");
                RootKeyFrom::File(path)
            }
            (None, Some(path)) => RootKeyFrom::File(path),
            (None, None) => RootKeyFrom::Own(keys_dir.join("root.key")),
            (Some(text), None) => match RootKey::from_text(text) {
                Ok(key) => RootKeyFrom::Given(key),
                Err(error) => {
                    self.refuse(format!("UPVOW_ROOT_KEY: {error}"));
                    RootKeyFrom::Own(keys_dir.join("root.key"))
                }
            },
        }
    }

    fn mail_from(&mut self, given: &Given, smtp_url: Option<&str>) -> Option<Email> {
        if smtp_url.is_some_and(|url| !url.starts_with("smtp://") && !url.starts_with("smtps://")) {
            self.refuse("UPVOW_SMTP_URL is to start with smtp:// or smtps://.");
        }
        match said(given.mail_from.as_ref()) {
            Some(text) => match Email::parse(text) {
                Ok(email) => return Some(email),
                Err(error) => self.refuse(format!("UPVOW_MAIL_FROM: {}.", error.message)),
            },
            None if smtp_url.is_some() => self.refuse("UPVOW_MAIL_FROM is not set. Give the address that mail comes from, for example feedback@example.com."),
            None => {}
        }
        None
    }

    fn compare_at(&mut self, given: &Given) -> Option<Night> {
        let text = said(given.compare_at.as_ref()).unwrap_or("1-5");
        if text == "off" {
            return None;
        }
        let night = Night::parse(text);
        if night.is_none() {
            self.refuse("UPVOW_COMPARE_AT is not two hours of the day. Use 1-5, or 22-4 to go over midnight, or off.");
        }
        night
    }

    fn listen(&mut self, given: &Given) -> SocketAddr {
        let text = said(given.listen.as_ref()).unwrap_or("127.0.0.1:8080");
        let text = text
            .strip_prefix("localhost")
            .map_or_else(|| text.to_owned(), |port| format!("127.0.0.1{port}"));
        text.parse().unwrap_or_else(|_| {
            self.refuse(
                "UPVOW_LISTEN is to be an address and a port, like 127.0.0.1:8080 or [::]:8080.",
            );
            SocketAddr::from(([127, 0, 0, 1], 0))
        })
    }

    fn trusted_proxies(&mut self, given: &Given) -> Vec<Network> {
        let list = said(given.trusted_proxies.as_ref()).unwrap_or_default();
        let items = list
            .split(',')
            .map(str::trim)
            .filter(|item| !item.is_empty());
        let networks: Result<Vec<Network>, _> = items.map(str::parse).collect();
        networks.unwrap_or_else(|_| {
            self.refuse("UPVOW_TRUSTED_PROXIES is to be a list of addresses or blocks with commas between, like 10.0.0.2,10.1.0.0/16.");
            Vec::new()
        })
    }

    fn log(&mut self, given: &Given) -> LevelFilter {
        match said(given.log.as_ref()).unwrap_or("info") {
            "off" => LevelFilter::OFF,
            "error" => LevelFilter::ERROR,
            "warn" => LevelFilter::WARN,
            "info" => LevelFilter::INFO,
            "debug" => LevelFilter::DEBUG,
            _ => {
                self.refuse("UPVOW_LOG is to be error, warn, info, debug or off.");
                LevelFilter::INFO
            }
        }
    }
}

fn said(value: Option<&String>) -> Option<&str> {
    value
        .map(|text| text.trim())
        .filter(|text| !text.is_empty())
}

fn data_dir(given: &Given) -> PathBuf {
    PathBuf::from(said(given.data_dir.as_ref()).unwrap_or("./upvow-data"))
}

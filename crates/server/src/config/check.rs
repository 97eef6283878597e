//! From what is said to what holds. All that is missing or unsafe is named at once, each with what to do.

use std::{
    fmt,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

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

use super::{
    Config, DatabaseUrl, FILE, Given, JiraApp, Need, RootKeyFrom,
    address::{is_loopback, same_database, sqlite_path},
    file, folder,
};

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
            revoke_by_reuse: self.revoke_by_reuse(given),
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

    fn jira(&mut self, given: &Given) -> Option<JiraApp> {
        match said(given.jira.as_ref()) {
            None | Some("on") => {}
            Some("off") => return None,
            Some(_) => {
                self.refuse("UPVOW_JIRA is to be on or off.");
                return None;
            }
        }
        let client_id = said(given.atlassian_client_id.as_ref());
        if client_id.is_none() {
            self.refuse(
                "UPVOW_ATLASSIAN_CLIENT_ID is not set. Make an OAuth 2.0 app at https://developer.atlassian.com/console/myapps and copy its client id, or set UPVOW_JIRA=off to run the board alone.",
            );
        }
        let is_empty = given
            .atlassian_client_secret
            .as_ref()
            .is_some_and(|text| text.trim().is_empty());
        let before = self.0.len();
        let secret = self.secret(
            "UPVOW_ATLASSIAN_CLIENT_SECRET",
            given.atlassian_client_secret.as_ref(),
            given.atlassian_client_secret_file.as_ref(),
        );
        if is_empty {
            self.refuse("UPVOW_ATLASSIAN_CLIENT_SECRET is empty: with an empty secret anybody could sign webhooks. Copy the secret from Atlassian's developer console.");
        } else if secret.is_none() && self.0.len() == before {
            self.refuse(
                "UPVOW_ATLASSIAN_CLIENT_SECRET is not set. Copy the app's secret from Atlassian's developer console, best into a file named by UPVOW_ATLASSIAN_CLIENT_SECRET_FILE.",
            );
        }
        let previous = self.secret(
            "UPVOW_ATLASSIAN_PREVIOUS_SECRET",
            given.atlassian_previous_secret.as_ref(),
            given.atlassian_previous_secret_file.as_ref(),
        );
        let secret_file = said(given.atlassian_client_secret_file.as_ref()).map(PathBuf::from);
        let previous_file = said(given.atlassian_previous_secret_file.as_ref())
            .map(PathBuf::from)
            .or_else(|| secret_file.as_deref().map(beside));
        // The one beside the secret's own file is there after `upvow keys rotate client-secret`.
        let previous = previous.or_else(|| {
            let text = std::fs::read_to_string(previous_file.as_ref()?).ok()?;
            let text = text.trim_end_matches(['\r', '\n']).to_owned();
            (!text.trim().is_empty()).then_some(text)
        });
        let hosts = self.hosts(given);
        Some(JiraApp {
            client_id: client_id?.to_owned(),
            client_secret: ClientSecret::new(secret?),
            previous_secret: previous.map(ClientSecret::new),
            secret_file,
            previous_file,
            hosts: hosts?,
        })
    }

    fn hosts(&mut self, given: &Given) -> Option<Hosts> {
        let auth = said(given.atlassian_auth_url.as_ref()).unwrap_or("https://auth.atlassian.com");
        let api = said(given.atlassian_api_url.as_ref()).unwrap_or("https://api.atlassian.com");
        // Each by itself, so that both problems are named.
        for (auth, api) in [
            (auth, "https://api.atlassian.com"),
            ("https://auth.atlassian.com", api),
        ] {
            if let Err(error) = Hosts::parse(auth, api) {
                self.refuse(format!(
                    "UPVOW_{}: {}.",
                    error.field.to_uppercase(),
                    error.message
                ));
            }
        }
        Hosts::parse(auth, api).ok()
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

    fn contact(&mut self, given: &Given) -> Option<String> {
        let email = Email::parse(said(given.contact.as_ref())?);
        match email {
            Ok(email) => Some(email.expose().to_owned()),
            Err(error) => {
                self.refuse(format!("UPVOW_CONTACT: {}.", error.message));
                None
            }
        }
    }

    /// A whole number of a unit, 1 to 1000, or the default.
    fn whole(
        &mut self,
        given: Option<&String>,
        (env, unit, default): (&str, &str, u64),
        span: fn(u64) -> Duration,
    ) -> Duration {
        let Some(text) = said(given) else {
            return span(default);
        };
        let number = text.trim().parse().ok();
        let number = number.filter(|number| (1..=1_000).contains(number));
        if number.is_none() {
            self.refuse(format!(
                "{env} is to be a whole number of {unit}, 1 to 1000."
            ));
        }
        span(number.unwrap_or(default))
    }

    fn reporter(&mut self, given: &Given) -> Option<ConnectionId> {
        let id = said(given.reporter.as_ref())?.parse();
        if id.is_err() {
            self.refuse("UPVOW_REPORTER_CONNECTION is not the id of a connection. It is in the address of the connection's page, like connection_0199...");
        }
        id.ok()
    }

    fn revoke_by_reuse(&mut self, given: &Given) -> bool {
        match said(given.revoke_by_reuse.as_ref()) {
            None | Some("off") => false,
            Some("on") => true,
            Some(_) => {
                self.refuse("UPVOW_REVOKE_BY_REUSE is to be on or off.");
                false
            }
        }
    }

    fn relay(&mut self, given: &Given) -> Vec<Sender> {
        match said(given.pdr_relay.as_ref()) {
            None | Some("off") => return Vec::new(),
            Some("on") => {}
            Some(_) => {
                self.refuse("UPVOW_PDR_RELAY is to be on or off.");
                return Vec::new();
            }
        }
        let list = said(given.pdr_senders.as_ref()).unwrap_or_default();
        let senders: Option<Vec<Sender>> = list.split(',').map(Sender::parse).collect();
        senders.unwrap_or_else(|| {
            self.refuse("UPVOW_PDR_RELAY is on, and UPVOW_PDR_SENDERS does not say whose requests to take. Write it like key1@relay.example=BASE64, the key an Ed25519 public key of 32 bytes.");
            Vec::new()
        })
    }

    fn subprocessors(&mut self, given: &Given, data_dir: &Path) -> Subprocessors {
        let named = said(given.subprocessors.as_ref()).map(PathBuf::from);
        let own = data_dir.join("subprocessors.toml");
        let Some(path) = named.or_else(|| own.exists().then_some(own)) else {
            return Subprocessors::default();
        };
        let read = std::fs::read_to_string(&path)
            .map_err(|error| format!("it cannot be read ({})", error.kind()))
            .and_then(|text| Subprocessors::with(&text));
        read.unwrap_or_else(|problem| {
            self.refuse(format!(
                "UPVOW_SUBPROCESSORS, {}: {problem}.",
                path.display()
            ));
            Subprocessors::default()
        })
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

    fn retention(&mut self, given: &Given) -> Terms {
        let text = said(given.retention.as_ref()).unwrap_or_default();
        Terms::parse(text).unwrap_or_else(|problems| {
            for problem in problems {
                self.refuse(format!("UPVOW_RETENTION: {problem}."));
            }
            Terms::default()
        })
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

/// Where the secret before is kept, if nothing else is said.
pub(crate) fn beside(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".previous");
    name.into()
}

fn said(value: Option<&String>) -> Option<&str> {
    value
        .map(|text| text.trim())
        .filter(|text| !text.is_empty())
}

fn data_dir(given: &Given) -> PathBuf {
    PathBuf::from(said(given.data_dir.as_ref()).unwrap_or("./upvow-data"))
}

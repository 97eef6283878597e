//! Opens the parts, puts them together, starts them and stops them.

mod relay;
mod secret_file;

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, anyhow, bail};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use upvow_app::{App, Clock, Live, Mail, Settings, privacy::promises::proofs, settings::Place};
use upvow_db::{Db, Tuning};
use upvow_events::Event;
use upvow_jira::{AppCredentials, Jira};
use upvow_vault::{RootKey, Vault, VaultSettings};
use upvow_web::{Web, address::Proxies};

use crate::{
    config::{Config, DatabaseUrl, RootKeyFrom},
    telemetry,
};

pub(crate) use secret_file::LOOKED_AT_EVERY as SECRET_LOOKED_AT_EVERY;

/// How long a stop waits for requests and jobs at hand.
const STOP_WITHIN: std::time::Duration = std::time::Duration::from_secs(25);

/// Opens both databases, brings their schemas up to date, and puts the product together. Nothing runs yet.
pub async fn open(config: &Config, mail: Mail, clock: Clock) -> anyhow::Result<App> {
    let db = open_main(config).await?;
    let vault = Vault::open(vault_settings(config)?, clock.now())
        .await
        .context("the vault (UPVOW_VAULT_URL, UPVOW_KEYS_DIR, UPVOW_ROOT_KEY)")?;
    let jira = config.jira.as_ref().map(|app| {
        let credentials = AppCredentials {
            client_id: app.client_id.clone(),
            client_secret: app.client_secret.clone(),
            previous_secret: app.previous_secret.clone(),
        };
        Jira::new(app.hosts.clone(), credentials).map(|jira| jira.behind(config.gate.clone()))
    });
    let app = App::new(upvow_app::Parts {
        db,
        vault,
        jira: jira.transpose().context(
            "the Jira client (UPVOW_ATLASSIAN_CLIENT_ID, UPVOW_ATLASSIAN_CLIENT_SECRET)",
        )?,
        clock,
        mail,
        settings: settings(config),
        live: Live::new(),
        work: tokio::sync::Notify::new(),
        node: upvow_app::node(),
    });
    app.look_at_edge_by(upvow_web::edge::look);
    // From here on the gate also knows the subprocessors whose day has come.
    proofs::settle(&app)
        .await
        .context("the lists of hosts and of announcements")?;
    Ok(app)
}

/// Opens the main database and runs the migrations that have not run yet.
pub async fn open_main(config: &Config) -> anyhow::Result<Db> {
    config
        .database_url
        .make_private()
        .context("the main database's file (UPVOW_DATABASE_URL)")?;
    let db = Db::connect(config.database_url.expose(), Tuning::default())
        .await
        .context("the main database (UPVOW_DATABASE_URL)")?;
    let ran = upvow_store::migrate(&db)
        .await
        .context("bringing the main database up to date")?;
    if ran > 0 {
        Event::MainMigrated { steps: ran }.log();
    }
    Ok(db)
}

/// Where the vault is and what opens it. At the first start this makes the root key.
pub fn vault_settings(config: &Config) -> anyhow::Result<VaultSettings> {
    let root_key = match &config.root_key {
        RootKeyFrom::Given(key) => key.clone(),
        RootKeyFrom::File(path) => RootKey::from_file(path)
            .with_context(|| format!("UPVOW_ROOT_KEY_FILE {}", path.display()))?,
        RootKeyFrom::Own(path) if path.exists() => {
            RootKey::from_file(path).with_context(|| path.display().to_string())?
        }
        RootKeyFrom::Own(path) => {
            // A new root key next to old key files would open none of them.
            if has_keys(&config.keys_dir) {
                bail!(
                    "{} is missing, and the key folder holds keys made with it. Bring it back from where you keep it.",
                    path.display()
                );
            }
            RootKey::create_file(path).with_context(|| format!("making {}", path.display()))?
        }
    };
    Ok(VaultSettings {
        url: config.vault_url.expose().to_owned(),
        keys_dir: config.keys_dir.clone(),
        root_key,
    })
}

/// An erasure ledger alone is no key: it may have been brought back without them.
fn has_keys(folder: &Path) -> bool {
    let is_key = |entry: std::io::Result<std::fs::DirEntry>| {
        entry.is_ok_and(|entry| {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            name.ends_with(".key") || name.ends_with(".key.new")
        })
    };
    std::fs::read_dir(folder).is_ok_and(|entries| entries.into_iter().any(is_key))
}

/// Where mail goes by the settings.
pub fn mail(config: &Config) -> anyhow::Result<Mail> {
    match (&config.smtp_url, &config.mail_from) {
        (Some(url), Some(from)) => Mail::smtp(url.expose(), from.clone(), config.gate.clone())
            .map_err(|_| anyhow!("UPVOW_SMTP_URL is not a mail server's address")),
        _ => Ok(Mail::Console),
    }
}

fn settings(config: &Config) -> Settings {
    let mut settings = Settings::new(config.public_url.clone());
    let host = config.public_url.host_str().unwrap_or("localhost");
    settings.contact = config
        .contact
        .clone()
        .unwrap_or_else(|| format!("privacy@{host}"));
    settings.compare_at = config.compare_at;
    settings.retention = config.retention.clone();
    settings.revoke_by_reuse = config.revoke_by_reuse;
    settings.requests_target = config.requests_target;
    settings.requests_ceiling = config.requests_ceiling;
    settings.reporter = config.reporter;
    settings.relay.clone_from(&config.relay);
    if let Some(cycle) = config.reporting_cycle {
        settings.reporting_cycle = cycle;
    }
    settings.subprocessors = config.subprocessors.clone();
    settings.gate = config.gate.clone();
    settings.smtp_host = config
        .smtp_url
        .as_ref()
        .and_then(|url| upvow_app::mail::host_of(url.expose()));
    settings.place = place(config);
    if let Some(operator) = &config.operator {
        settings.operator.clone_from(operator);
    }
    settings
}

/// Where things are on this machine, for the checks.
fn place(config: &Config) -> Place {
    let beside = |url: &DatabaseUrl| -> Vec<PathBuf> {
        let Some(path) = url.file() else {
            return Vec::new();
        };
        let path = path.display();
        ["", "-wal", "-journal"]
            .map(|end| PathBuf::from(format!("{path}{end}")))
            .to_vec()
    };
    let mut secret_files = vec![config.keys_dir.clone()];
    match &config.root_key {
        RootKeyFrom::File(path) | RootKeyFrom::Own(path) => secret_files.push(path.clone()),
        RootKeyFrom::Given(_) => {}
    }
    Place {
        logs: Some(config.data_dir.join("logs")),
        database_files: beside(&config.database_url),
        vault_files: beside(&config.vault_url),
        secret_files,
    }
}

/// The product at work: serving, working off its jobs, telling other nodes.
pub struct Running {
    /// Where requests are taken.
    pub address: SocketAddr,
    /// The product.
    pub app: App,
    stop: CancellationToken,
    tasks: Vec<JoinHandle<()>>,
}

/// Starts everything on a listener that is bound already.
pub fn start(app: App, config: &Config, listener: TcpListener) -> anyhow::Result<Running> {
    let stop = CancellationToken::new();
    let address = listener
        .local_addr()
        .context("the listener has no address")?;
    let web = web(&app, config, stop.clone());
    let mut tasks = vec![tokio::spawn(upvow_app::jobs::work(
        app.clone(),
        stop.clone(),
    ))];
    if let (Some(jira), Some(set)) = (&app.jira, &config.jira) {
        tasks.push(tokio::spawn(secret_file::watch(
            jira.clone(),
            set.clone(),
            stop.clone(),
        )));
    }
    if let Some(file) = &config.metrics_token_file {
        tasks.push(tokio::spawn(secret_file::watch_metrics(
            file.clone(),
            web.metrics_tokens.clone(),
            stop.clone(),
        )));
    }
    if app.db.is_postgres() {
        tasks.push(tokio::spawn(relay::run(app.clone(), stop.clone())));
    }
    let stopping = stop.clone();
    tasks.push(tokio::spawn(async move {
        if let Err(error) = upvow_web::serve(listener, web, stopping.clone()).await {
            Event::ServingEnded { kind: error.kind() }.log();
        }
        stopping.cancel();
    }));
    Ok(Running {
        address,
        app,
        stop,
        tasks,
    })
}

fn web(app: &App, config: &Config, stop: CancellationToken) -> Web {
    let auth_url = config
        .jira
        .as_ref()
        .map_or(&config.public_url, |jira| &jira.hosts.auth_url);
    Web {
        metrics: Some(telemetry::metrics()),
        metrics_tokens: secret_file::metrics_tokens(config),
        trusted_proxies: Proxies::new(config.trusted_proxies.clone()),
        stop,
        ..Web::new(app.clone(), auth_url)
    }
}

impl Running {
    /// Returns when the product stopped by itself.
    pub async fn stopped(&self) {
        self.stop.cancelled().await;
    }

    /// Takes no new request, finishes those at hand and the job at hand, closes the databases.
    pub async fn stop(self) {
        self.stop.cancel();
        let all = async {
            for task in self.tasks {
                // A task that panicked has logged it.
                let _ = task.await;
            }
        };
        if tokio::time::timeout(STOP_WITHIN, all).await.is_err() {
            Event::StopTimedOut {}.log();
        }
        self.app.vault.close().await;
        self.app.db.close().await;
    }
}

/// Returns at SIGTERM or SIGINT.
pub async fn signal() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate =
            signal(SignalKind::terminate()).expect("a handler can be set for SIGTERM");
        tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
    }
    #[cfg(not(unix))]
    let _ = tokio::signal::ctrl_c().await;
}

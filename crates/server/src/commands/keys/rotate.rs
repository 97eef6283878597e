//! `upvow keys rotate`: another key in the place of one. It works beside a running server, through what both share: the key
//! folder, the databases, the file of the app's secret.

use std::{
    io::{Read as _, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context as _, bail};
use clap::ValueEnum;
use upvow_app::{
    App, Clock, Mail,
    upkeep::keys::{self, Key},
};
use upvow_vault::VaultError;
use zeroize::Zeroizing;

use crate::{
    commands::{load, say},
    config::{Config, Given, Need, beside},
    wiring::{self, SECRET_LOOKED_AT_EVERY},
};

/// What `upvow keys rotate` can be told.
#[derive(clap::Args)]
pub(in crate::commands) struct Args {
    /// Which
    key: Which,
    /// For client-secret: the file with the new secret from Atlassian's console [default: standard input]
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
    #[command(flatten)]
    given: Box<Given>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Which {
    /// The root key, which wraps the others; it has to be in a file
    Root,
    /// The vault's own key: everything is sealed anew, and older copies of the vault become noise
    Epoch,
    /// The key that signs receipts; the public half of the old one stays published
    Signing,
    /// The secret parts of the addresses that Jira delivers to; the old ones are taken for a day
    Webhooks,
    /// The OAuth app's secret; it has to be in a file. The one before goes on verifying deliveries
    ClientSecret,
    /// What signed-in browsers are known by; nobody is signed out
    Sessions,
    /// The key that signs the addresses in letters that end mail; what the old one signed is good until the next change
    MailLinks,
    /// The token that /metrics asks for; it has to be in a file. The one before is taken until its file is deleted
    MetricsToken,
    /// All but client-secret, which has to come from Atlassian's console
    All,
}

impl Args {
    pub(super) fn epoch(given: Box<Given>) -> Args {
        Args {
            key: Which::Epoch,
            from: None,
            given,
        }
    }
}

pub(super) async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let need = if args.key == Which::ClientSecret {
        Need::Serve
    } else {
        Need::Data
    };
    let config = load(*args.given, need)?;
    let app = wiring::open(&config, Mail::Console, Clock::system()).await?;
    let rotated = rotate(&app, &config, args.key, args.from.as_deref()).await;
    app.vault.close().await;
    app.db.close().await;
    rotated?;
    Ok(ExitCode::SUCCESS)
}

async fn rotate(
    app: &App,
    config: &Config,
    which: Which,
    from: Option<&Path>,
) -> anyhow::Result<()> {
    match which {
        Which::Root => root(app).await,
        Which::Epoch => epoch(app).await,
        Which::Signing => signing(app).await,
        Which::Webhooks => webhooks(app).await,
        Which::Sessions => sessions(app).await,
        Which::ClientSecret => client_secret(app, config, from).await,
        Which::MailLinks => mail_links(app).await,
        Which::MetricsToken => metrics_token(app, config).await,
        Which::All => {
            match root(app).await {
                // The others are worth rotating in any case.
                Err(error)
                    if matches!(error.downcast_ref(), Some(VaultError::RootKeyNotInFile)) =>
                {
                    say("root: left alone, because it does not come from a file.");
                }
                other => other?,
            }
            signing(app).await?;
            epoch(app).await?;
            webhooks(app).await?;
            sessions(app).await?;
            mail_links(app).await?;
            if config.metrics_token_file.is_some() {
                metrics_token(app, config).await?;
            }
            say(
                "client-secret: make a new one in Atlassian's developer console, then upvow keys rotate client-secret.",
            );
            Ok(())
        }
    }
}

async fn root(app: &App) -> anyhow::Result<()> {
    app.vault.change_root_key().await?;
    keys::note(app, Key::Root).await?;
    say(
        "root: another root key is in its file, and every key is wrapped by it. Keep a copy apart from the databases; older copies open nothing any more.",
    );
    Ok(())
}

async fn epoch(app: &App) -> anyhow::Result<()> {
    let number = app.vault.turn_epoch(app.now()).await?;
    keys::note(app, Key::Epoch).await?;
    say(&format!(
        "epoch: the vault is in epoch {number} now; the old key is destroyed."
    ));
    Ok(())
}

async fn signing(app: &App) -> anyhow::Result<()> {
    app.vault.rotate_signing_key(app.now()).await?;
    keys::note(app, Key::Signing).await?;
    say(
        "signing: what is signed from now on has another key; the public half of the old one stays published.",
    );
    Ok(())
}

async fn webhooks(app: &App) -> anyhow::Result<()> {
    let count = keys::rotate_webhooks(app).await?;
    say(&format!(
        "webhooks: {count} addresses have another secret part. The running server tells Jira within seconds; what is under way to the old ones is taken for a day.\n          Webhooks that an administrator of Jira made by hand are changed on the connection's page, Upkeep, because only they can enter the new secret."
    ));
    Ok(())
}

async fn sessions(app: &App) -> anyhow::Result<()> {
    keys::rotate_sessions(app).await?;
    say(
        "sessions: every browser gets another secret with the next page it opens. Nobody is signed out.",
    );
    Ok(())
}

async fn client_secret(app: &App, config: &Config, from: Option<&Path>) -> anyhow::Result<()> {
    let Some(jira) = &config.jira else {
        bail!("Jira is off (UPVOW_JIRA=off), so there is no secret");
    };
    let (Some(file), Some(previous)) = (&jira.secret_file, &jira.previous_file) else {
        bail!(
            "the secret is not in a file, so a running server cannot read it again. Put it into one, name that with UPVOW_ATLASSIAN_CLIENT_SECRET_FILE instead of UPVOW_ATLASSIAN_CLIENT_SECRET, start once more, and run this again"
        );
    };
    let next = new_secret(from)?;
    let present = jira.client_secret.expose();
    exchange(present, &next, file, previous)?;
    // So that whoever goes on with the next step at Atlassian finds every node ready.
    tokio::time::sleep(SECRET_LOOKED_AT_EVERY * 2).await;
    keys::note(app, Key::ClientSecret).await?;
    say(&format!(
        "client-secret: {} holds the new one, and running servers use it.\n\
         The one before is in {} and goes on verifying deliveries. A day after the old secret was deleted in Atlassian's console, delete that file.",
        file.display(),
        previous.display()
    ));
    Ok(())
}

async fn mail_links(app: &App) -> anyhow::Result<()> {
    app.vault.rotate_mail_key(app.now()).await?;
    keys::note(app, Key::MailLinks).await?;
    say(
        "mail-links: addresses that end mail are signed with another key; those in letters that went out stay good until the next change.",
    );
    Ok(())
}

async fn metrics_token(app: &App, config: &Config) -> anyhow::Result<()> {
    let (Some(file), Some(present)) = (&config.metrics_token_file, &config.metrics_token) else {
        bail!(
            "there is no token in a file, so a running server cannot read it again. Put it into one, name that with UPVOW_METRICS_TOKEN_FILE instead of UPVOW_METRICS_TOKEN, start once more, and run this again"
        );
    };
    let previous = beside(file);
    let next = keys::fresh_metrics_token();
    exchange(present.expose(), next.expose(), file, &previous)?;
    tokio::time::sleep(SECRET_LOOKED_AT_EVERY * 2).await;
    keys::note(app, Key::MetricsToken).await?;
    say(&format!(
        "metrics-token: {} holds the new one, and running servers take it.\n\
         The one before is in {} and is taken as well. Give the new one to whoever reads /metrics, then delete that file.",
        file.display(),
        previous.display()
    ));
    Ok(())
}

/// The old one is kept before the new one is in its place: whatever stops this, no delivery is refused.
fn exchange(present: &str, next: &str, file: &Path, previous: &Path) -> anyhow::Result<()> {
    if next == present {
        bail!("that is the secret which is in use already");
    }
    put(previous, present).with_context(|| previous.display().to_string())?;
    put(file, next).with_context(|| file.display().to_string())
}

fn new_secret(from: Option<&Path>) -> anyhow::Result<Zeroizing<String>> {
    let mut text = Zeroizing::new(String::with_capacity(4096));
    if let Some(path) = from {
        let mut file = std::fs::File::open(path).with_context(|| path.display().to_string())?;
        file.read_to_string(&mut text)?;
    } else {
        say("The new secret from Atlassian's console, then Enter:");
        std::io::stdin().read_line(&mut text)?;
    }
    let plain = Zeroizing::new(text.trim().to_owned());
    if plain.len() < 16 {
        bail!("that is no client secret: it is shorter than 16 characters");
    }
    Ok(plain)
}

/// Whoever reads the file meanwhile reads the old text or the new one, never a part.
fn put(path: &Path, text: &str) -> std::io::Result<()> {
    let mut name = path.as_os_str().to_owned();
    name.push(".next");
    let next = PathBuf::from(name);
    let _ = std::fs::remove_file(&next);
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&next)?;
    file.write_all(text.as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()?;
    #[cfg(unix)]
    if let Ok(had) = std::fs::metadata(path) {
        // A server that runs as another user is to go on reading it.
        std::fs::set_permissions(&next, had.permissions())?;
    }
    std::fs::rename(&next, path)
}

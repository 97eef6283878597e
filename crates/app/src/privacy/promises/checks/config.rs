//! How the program is set up: stores, keys, transport, hosts, its own door.

use std::path::Path;

use url::{Host, Url};

use super::{
    super::{edge as door, outgoing},
    CheckContext, Finding,
};
use upvow_domain::Time;

use crate::{App, Mail, Result, audit, upkeep::keys::Key};

/// How many times the advised age a key may have before that is told to everybody.
const LONG_OVER: u32 = 4;

pub(super) async fn encrypted(context: &CheckContext<'_>) -> Result<Finding> {
    let app = context.app;
    let set = &app.settings;
    let mut urls = vec![&set.public_url];
    if let Some(jira) = &app.jira {
        urls.extend([&jira.hosts().auth_url, &jira.hosts().api_url]);
    }
    let plain = urls
        .iter()
        .any(|url| url.scheme() != "https" && !is_here(url));
    let place = &set.place;
    let together = place
        .vault_files
        .iter()
        .any(|file| place.database_files.contains(file));
    let open = place
        .vault_files
        .iter()
        .chain(&place.secret_files)
        .find(|file| is_open(file));
    Ok(Finding::unless([
        (plain, "An address is plain http to another machine."),
        (together, "The vault and the main database are one file."),
        (
            open.is_some(),
            "A file of the vault or of its keys can be read by others on this machine.",
        ),
        (
            !app.vault.check().await?.is_empty(),
            "A secret in the vault is not sealed as it should be.",
        ),
    ]))
}

fn is_here(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

/// Whether others than its owner may read the file.
fn is_open(path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        std::fs::metadata(path).is_ok_and(|facts| facts.mode() & 0o077 != 0)
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        false
    }
}

pub(super) async fn keys_in_order(context: &CheckContext<'_>) -> Result<Finding> {
    let app = context.app;
    let epoch = app.vault.epoch().await?;
    let after = app.vault.aftermath(context.now).await?;
    let staged = after.epoch_keys.len() > 1;
    let signing = app.vault.public_keys()?;
    let signing = signing
        .keys
        .iter()
        .find(|key| key.signed_until.is_none())
        .and_then(|key| Time::parse(key.signs_since.as_deref()?));
    let is_old = |key: Key, since: Option<Time>| {
        let longest = key.lasts().map(|lasts| lasts * LONG_OVER);
        longest.is_some_and(|longest| since.is_none_or(|at| context.now.since(at) > longest))
    };
    Ok(Finding::unless([
        (
            is_old(Key::Epoch, Some(epoch.since)),
            "The key that seals the vault is far older than is advised (upvow keys turn-epoch).",
        ),
        (
            is_old(Key::Signing, signing),
            "The key that signs is far older than is advised (upvow keys rotate signing).",
        ),
        (
            !after.epoch_keys.contains(&epoch.number),
            "The key of the present epoch is not in the key folder.",
        ),
        (staged, "A change of keys was begun and not ended."),
        (
            epoch.since > context.now.plus(std::time::Duration::from_hours(1)),
            "The present key is from the future: a clock is wrong.",
        ),
    ]))
}

pub(super) async fn audit_chain(context: &CheckContext<'_>) -> Result<Finding> {
    let app = context.app;
    let keys = app.vault.public_keys()?;
    let report = audit::check::all(&app.db, &keys, app.vault.keys_dir()).await?;
    Ok(Finding::unless([(
        !report.is_whole(),
        format!(
            "{} things are wrong with the audit trail.",
            report.findings.len()
        ),
    )]))
}

pub(super) async fn hosts(context: &CheckContext<'_>) -> Result<Finding> {
    let app = context.app;
    let accounted = outgoing::accounted(app).await?;
    let gates = gates(app);
    let stray = gates
        .iter()
        .flat_map(upvow_domain::outgoing::Gate::hosts)
        .find(|host| !accounted.contains(host));
    let planted = gates
        .iter()
        .any(|gate| gate.admits("not-on-the-list.invalid").is_ok());
    if let Some(host) = stray {
        return Ok(Finding::fail(format!(
            "The program may connect to {host}, which nothing accounts for."
        )));
    }
    Ok(Finding::unless([(
        planted,
        "A call to a host that is not on the list was not refused.",
    )]))
}

/// Every gate that something stands behind.
fn gates(app: &App) -> Vec<upvow_domain::outgoing::Gate> {
    let mut gates = vec![app.settings.gate.clone()];
    gates.extend(app.jira.as_ref().map(|jira| jira.gate().clone()));
    if let Mail::Smtp(server, _) = &app.mail {
        gates.push(server.gate().clone());
    }
    gates
}

pub(super) async fn edge(context: &CheckContext<'_>) -> Result<Finding> {
    let Some(look) = context.app.edge() else {
        return Ok(Finding::not_here("No door is open to look at."));
    };
    let facts = look(context.app.clone()).await;
    let is_https = context.app.settings.public_url.scheme() == "https";
    Ok(match door::problem(&facts, is_https) {
        Some(problem) => Finding::fail(format!("Our own door: {problem}.")),
        None => Finding::Pass,
    })
}

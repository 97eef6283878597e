//! `upvow doctor`: everything that can be wrong with a set-up, looked at in turn, each with what is to be done. It changes
//! nothing, and may be run beside a server.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use upvow_app::{Clock, Time};
use upvow_db::{Db, Tuning};
use upvow_vault::{Vault, VaultError, merge};

use super::{load, say};
use crate::{
    config::{Config, Given, Need, RootKeyFrom},
    wiring,
};

/// By how much this machine's clock may differ from another's: signatures of webhooks are believed within a minute.
const CLOCK_WITHIN: Duration = Duration::from_secs(30);
/// How long a host may take to answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// What was found, line by line.
#[derive(Default)]
struct Findings {
    bad: usize,
    remarks: usize,
}

impl Findings {
    fn good(&mut self, what: &str, how: &str) {
        let _ = self;
        say(&format!("  ok       {what}: {how}"));
    }

    /// Something to know that keeps nothing from working.
    fn remark(&mut self, what: &str, how: &str) {
        self.remarks += 1;
        say(&format!("  mind     {what}: {how}"));
    }

    fn bad(&mut self, what: &str, advice: &str) {
        self.bad += 1;
        say(&format!("  PROBLEM  {what}: {advice}"));
    }
}

pub(super) async fn run(given: Given) -> anyhow::Result<ExitCode> {
    // What the settings lack is told as `serve` tells it, all at once.
    let config = load(given, Need::Serve)?;
    let mut found = Findings::default();
    say("Upvow looks at its set-up.");
    found.good("settings", "complete");
    files(&config, &mut found);
    main_database(&config, &mut found).await;
    ledger(&config, &mut found);
    vault(&config, &mut found).await;
    mail(&config, &mut found).await;
    atlassian(&config, &mut found).await;
    say(&match (found.bad, found.remarks) {
        (0, 0) => "All is well.".to_owned(),
        (0, remarks) => format!("All works; {remarks} to mind."),
        (bad, _) => format!("{bad} to mend, named above."),
    });
    Ok(if found.bad == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Who may read what.
fn files(config: &Config, found: &mut Findings) {
    let mut private: Vec<PathBuf> = vec![config.keys_dir.clone()];
    private.extend(config.database_url.file());
    private.extend(config.vault_url.file());
    if let RootKeyFrom::File(path) | RootKeyFrom::Own(path) = &config.root_key {
        private.push(path.clone());
    }
    let keys = std::fs::read_dir(&config.keys_dir).into_iter().flatten();
    private.extend(keys.flatten().map(|entry| entry.path()));
    let open: Vec<&PathBuf> = private.iter().filter(|path| is_open(path)).collect();
    if open.is_empty() {
        found.good("rights", "keys and databases are for their owner alone");
    }
    for path in open {
        found.bad(
            "rights",
            &format!(
                "others may read {0}. Close it: chmod go-rwx {0}",
                path.display()
            ),
        );
    }
    if is_open(&config.data_dir) {
        found.remark(
            "rights",
            &format!(
                "others may look into {0}, though what is in it is closed to them. Better: chmod go-rwx {0}",
                config.data_dir.display()
            ),
        );
    }
    if let RootKeyFrom::Given(_) = config.root_key {
        found.remark(
            "root key",
            "it comes from the environment or the settings file, so it cannot be changed while the server runs. Keep it in a file of its own and name that with UPVOW_ROOT_KEY_FILE",
        );
    }
    let backed_up = config.keys_dir.starts_with(&config.data_dir);
    if backed_up
        && config
            .database_url
            .file()
            .is_some_and(|file| file.starts_with(&config.data_dir))
    {
        found.remark(
            "key folder",
            "it is inside the data folder. Whatever copies the whole folder copies keys and vault, which must not be in a backup; use upvow backup, or move UPVOW_KEYS_DIR",
        );
    }
}

async fn main_database(config: &Config, found: &mut Findings) {
    const WHAT: &str = "main database";
    if let Some(file) = config.database_url.file() {
        if !file.exists() {
            found.remark(WHAT, "not there yet; the first start makes it");
            return;
        }
        match upvow_db::is_whole_sqlite(&file).await {
            Ok(true) => {}
            Ok(false) => return found.bad(WHAT, "SQLite finds errors in the file. Stop the server and bring a backup back: upvow restore DIR --replace"),
            Err(_) => return found.bad(WHAT, "the file cannot be opened as a database. Look at its owner and rights, or bring a backup back"),
        }
    }
    let Ok(db) = Db::connect(config.database_url.expose(), Tuning::default()).await else {
        return found.bad(WHAT, "no connection. Look whether the server runs, and at host, user and password in UPVOW_DATABASE_URL");
    };
    match db.migrated().await {
        Ok(ran) => {
            let known: Vec<&str> = upvow_store::MIGRATIONS
                .iter()
                .map(|step| step.name)
                .collect();
            let newer = ran.iter().any(|name| !known.contains(&name.as_str()));
            let missing = known
                .iter()
                .filter(|name| !ran.iter().any(|had| had == *name))
                .count();
            if newer {
                found.bad(
                    WHAT,
                    "its schema is of a newer Upvow. Run that version or a newer one",
                );
            } else if missing > 0 {
                found.remark(WHAT, &format!("{missing} steps of the schema are to come; the next start takes them. Back up first"));
            } else {
                found.good(WHAT, "answers, and its schema is up to date");
            }
        }
        Err(_) => found.bad(
            WHAT,
            "it answers, and its tables cannot be read. Look at the rights of the database's user",
        ),
    }
    clock_of_database(&db, found).await;
    db.close().await;
}

async fn clock_of_database(db: &Db, found: &mut Findings) {
    if !db.is_postgres() {
        return;
    }
    let Ok(mut tx) = db.read().await else { return };
    let said = tx
        .value::<i64>(
            "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)",
            vec![],
        )
        .await;
    if let Ok(Some(said)) = said {
        compare_clocks("the database server", Time(said), found);
    }
}

fn compare_clocks(whose: &str, theirs: Time, found: &mut Findings) {
    let ours = Clock::system().now();
    let apart = ours.since(theirs).max(theirs.since(ours));
    if apart > CLOCK_WITHIN {
        found.bad(
            "clock",
            &format!("{} seconds apart from {whose}. Webhooks and sign-ins are judged by it; set up time synchronisation (NTP) on this machine", apart.as_secs()),
        );
    } else {
        found.good("clock", &format!("agrees with {whose}"));
    }
}

fn ledger(config: &Config, found: &mut Findings) {
    const WHAT: &str = "erasure ledger";
    match merge::ledger_facts(&config.keys_dir) {
        Ok(facts) if facts.ends_well => {
            found.good(WHAT, &format!("{} erasures, every line whole", facts.erasures));
        }
        Ok(_) => found.remark(WHAT, "its last line was torn by a crash. It was never confirmed to anybody; the next line takes its place"),
        Err(error) => found.bad(WHAT, &error.to_string()),
    }
}

async fn vault(config: &Config, found: &mut Findings) {
    const WHAT: &str = "vault";
    let is_new = config.vault_url.file().is_some_and(|file| !file.exists());
    if is_new && matches!(&config.root_key, RootKeyFrom::Own(path) if !path.exists()) {
        return found.remark(
            WHAT,
            "not there yet; the first start makes it and its root key",
        );
    }
    let settings = match wiring::vault_settings(config) {
        Ok(settings) => settings,
        Err(error) => return found.bad("root key", &format!("{error:#}")),
    };
    let vault = match Vault::open(settings, Clock::system().now()).await {
        Ok(vault) => vault,
        Err(error) => return found.bad(WHAT, &error.to_string()),
    };
    match facts(&vault).await {
        Ok((_, broken)) if broken > 0 => found.bad(WHAT, &format!("{broken} records do not open; upvow keys check names them. Their connections ask to be connected again")),
        Ok((grants, _)) => found.good(WHAT, &format!("opens, {grants} authorisations, every record whole")),
        Err(error) => found.bad(WHAT, &error.to_string()),
    }
    match vault.epoch().await {
        Ok(epoch) => {
            let waits = epoch
                .waiting_since
                .map(|since| Clock::system().now().since(since));
            if waits.is_some_and(|waits| waits > Duration::from_hours(1)) {
                found.bad("erasures", "they wait for their key to be destroyed for more than an hour. Is the server running? upvow keys rotate epoch does it now");
            } else {
                found.good("erasures", "none waits longer than promised");
            }
        }
        Err(error) => found.bad("erasures", &error.to_string()),
    }
    vault.close().await;
}

async fn facts(vault: &Vault) -> Result<(u32, usize), VaultError> {
    Ok((vault.counts().await?.grants, vault.check().await?.len()))
}

async fn mail(config: &Config, found: &mut Findings) {
    const WHAT: &str = "mail";
    if config.smtp_url.is_none() {
        return found.remark(
            WHAT,
            "printed on the terminal; set UPVOW_SMTP_URL and UPVOW_MAIL_FROM to send it",
        );
    }
    match wiring::mail(config) {
        Ok(mail) if mail.answers().await => found.good(WHAT, "the server answers and takes us"),
        Ok(_) => found.bad(WHAT, "the mail server does not answer, or does not take user and password. Look at UPVOW_SMTP_URL"),
        Err(error) => found.bad(WHAT, &format!("{error:#}")),
    }
}

async fn atlassian(config: &Config, found: &mut Findings) {
    const WHAT: &str = "Atlassian";
    let Some(jira) = &config.jira else {
        return found.remark(WHAT, "Jira is off (UPVOW_JIRA=off)");
    };
    #[expect(
        clippy::disallowed_methods,
        reason = "asks the gate before each call, below"
    )]
    let Ok(client) = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(ANSWER_WITHIN)
        .build()
    else {
        return found.bad(
            WHAT,
            "no HTTP client: the system's root certificates cannot be read",
        );
    };
    let mut date = None;
    for url in [&jira.hosts.auth_url, &jira.hosts.api_url] {
        let host = url.host_str().unwrap_or_default();
        if config.gate.admits(host).is_err() {
            found.bad(WHAT, &format!("{host} is on no list of hosts"));
            continue;
        }
        match client.get(url.clone()).send().await {
            Ok(answer) => {
                date = date.or_else(|| {
                    let text = answer.headers().get(reqwest::header::DATE)?.to_str().ok()?;
                    http_date(text)
                });
                found.good(WHAT, &format!("{host} answers"));
            }
            Err(_) => found.bad(
                WHAT,
                &format!("{host} does not answer. Look at DNS, the firewall and HTTPS_PROXY"),
            ),
        }
    }
    if let Some(date) = date {
        compare_clocks("Atlassian", date, found);
    }
    if config.public_url.scheme() == "http" {
        found.remark("public address", "Jira delivers webhooks to public https addresses only; changes in Jira come by the nightly comparison");
    }
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`, as every server of today writes it.
fn http_date(text: &str) -> Option<Time> {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let words: Vec<&str> = text.split_whitespace().collect();
    let [_, day, month, year, time, "GMT"] = words[..] else {
        return None;
    };
    let month = MONTHS.iter().position(|name| *name == month)? + 1;
    Time::parse(&format!("{year}-{month:02}-{day}T{time}Z"))
}

#[cfg(unix)]
fn is_open(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata(path).is_ok_and(|facts| facts.mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_open(_: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_of_http_is_read() {
        let read = http_date("Sun, 06 Nov 1994 08:49:37 GMT").unwrap();
        assert_eq!(read.rfc3339(), "1994-11-06T08:49:37.000Z");
        for odd in [
            "",
            "Sunday",
            "Sun, 06 Nov 1994 08:49:37 CET",
            "Sun, 06 Foo 1994 08:49:37 GMT",
        ] {
            assert!(http_date(odd).is_none(), "{odd}");
        }
    }
}

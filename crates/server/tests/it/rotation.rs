//! Every key and secret is replaced by command while people, programs and Jira go on. Nobody notices.

use std::{
    collections::BTreeSet,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use upvow_db::{Db, Tuning};
use upvow_server::commands::demo::walk::browser::Browser;

use crate::{
    door,
    harness::{PATIENCE, Server, Town},
};

/// What the clients did, and what of it failed.
#[derive(Clone, Default)]
struct Load(Arc<State>);

#[derive(Default)]
struct State {
    rounds: [AtomicU64; 7],
    failures: Mutex<Vec<String>>,
    is_over: AtomicBool,
    /// What Jira signs with.
    secrets: Mutex<Vec<String>>,
    /// Where Jira delivers to, and by which webhook.
    door: Mutex<(String, Value)>,
    /// What the reader of the figures sends.
    figures: Mutex<String>,
}

impl Load {
    /// Does it again and again until the load is over; the pause keeps it below what one client may ask in a minute.
    async fn keep<F: Future<Output = Result<(), String>>>(
        &self,
        lane: usize,
        pause: Duration,
        what: impl Fn() -> F,
    ) {
        while !self.0.is_over.load(Ordering::SeqCst) {
            if let Err(failure) = what().await {
                self.0
                    .failures
                    .lock()
                    .unwrap()
                    .push(format!("{lane}: {failure}"));
            }
            self.0.rounds[lane].fetch_add(1, Ordering::SeqCst);
            tokio::time::sleep(pause).await;
        }
    }

    /// Until every client that is at work has begun and ended something.
    async fn goes_round(&self) {
        let before = self.rounds();
        let begun = Instant::now();
        while self
            .rounds()
            .iter()
            .zip(&before)
            .any(|(now, then)| *then > 0 && *now < then + 2)
        {
            assert!(
                begun.elapsed() < PATIENCE,
                "a client hangs: {before:?} {:?}",
                self.rounds()
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        self.is_unharmed();
    }

    fn rounds(&self) -> Vec<u64> {
        let rounds = self.0.rounds.iter();
        rounds.map(|count| count.load(Ordering::SeqCst)).collect()
    }

    fn is_unharmed(&self) {
        let failures = self.0.failures.lock().unwrap();
        assert!(failures.is_empty(), "{failures:#?}");
    }
}

async fn page(browser: &Browser) -> Result<(), String> {
    let page = browser.get("/p/town/settings/connections").await;
    let page = page.map_err(|error| format!("{error:#}"))?;
    if page.text().contains("Olga") || page.html.contains("/account") {
        Ok(())
    } else {
        Err("signed out".to_owned())
    }
}

async fn read(browser: &Browser, path: &str, list: &str) -> Result<(), String> {
    let read = browser.read(path).await;
    let read = read.map_err(|error| format!("{path}: {error:#}"))?;
    match read[list].as_array() {
        Some(items) if !items.is_empty() => Ok(()),
        _ => Err(format!("{path}: {read}")),
    }
}

async fn deliver(load: &Load) -> Result<(), String> {
    let (url, id) = load.0.door.lock().unwrap().clone();
    let secrets = load.0.secrets.lock().unwrap().clone();
    let body = json!({
        "timestamp": 1_800_000_000_000_i64, "webhookEvent": "jira:issue_updated", "matchedWebhookIds": [id],
        "issue": { "id": "999999", "key": "KITE-999", "fields": {} },
    });
    for secret in secrets {
        let status = door::deliver(&url, &body, &secret).await;
        if status != 204 {
            return Err(format!("the door said {status}"));
        }
    }
    Ok(())
}

/// The figures, as somebody from elsewhere reads them.
async fn figures(address: &str, token: &str) -> u16 {
    let asked = reqwest::Client::new()
        .get(address)
        .header("x-forwarded-for", "203.0.113.9")
        .bearer_auth(token);
    asked.send().await.unwrap().status().as_u16()
}

/// Every number that the main database is asked for.
async fn count(server: &Server, sql: &'static str) -> i64 {
    let db = Db::connect(&server.databases()[0], Tuning::default())
        .await
        .unwrap();
    let mut tx = db.read().await.unwrap();
    let count = tx.count(sql, vec![]).await.unwrap();
    drop(tx);
    db.close().await;
    count
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

/// Promise 9.4.
#[tokio::test(flavor = "multi_thread")]
async fn every_key_and_secret_is_replaced_under_load_without_a_failed_request() {
    let mut town = Town::start().await;
    let secrets = tempfile::tempdir().unwrap();
    let secret_file = secrets.path().join("client-secret");
    let first_secret = town.simulator.says("client_secret").to_owned();
    std::fs::write(&secret_file, format!("{first_secret}\n")).unwrap();
    town.server.kill();
    town.server.unset("UPVOW_ATLASSIAN_CLIENT_SECRET");
    town.server.set(
        "UPVOW_ATLASSIAN_CLIENT_SECRET_FILE",
        secret_file.display().to_string(),
    );
    let figures_file = secrets.path().join("figures");
    let first_figures = "the-first-token-for-the-figures";
    std::fs::write(&figures_file, first_figures).unwrap();
    town.server.set(
        "UPVOW_METRICS_TOKEN_FILE",
        figures_file.display().to_string(),
    );
    town.server.start_again().await;
    let connection = town.connect().await;
    // With several nodes every one of them has to follow.
    let other = match std::env::var_os("UPVOW_TEST_POSTGRES_URL") {
        Some(_) => Some(town.server.another().await),
        None => None,
    };
    let there = match &other {
        Some(other) => other.sign_in("olga@town.example").await,
        None => town.server.sign_in("olga@town.example").await,
    };
    let jira = town.simulator.jira();
    let hooks = jira.look("webhooks").await.unwrap();
    let door = hooks[0]["url"].as_str().unwrap().to_owned();
    let load = Load::default();
    load.0.secrets.lock().unwrap().push(first_secret.clone());
    *load.0.door.lock().unwrap() = (door.clone(), hooks[0]["id"].clone());
    first_figures.clone_into(&mut load.0.figures.lock().unwrap());
    let measures = [Some(&town.server), other.as_ref()];
    let measures: Vec<String> = measures
        .into_iter()
        .flatten()
        .map(|server| server.address("/metrics"))
        .collect();

    let projects = Town::api(&format!("/connections/{connection}/jira-projects"));
    let boards = Town::api("/boards");
    let beat = Duration::from_millis(150);
    let clients = async {
        tokio::join!(
            load.keep(0, beat, || page(&town.owner)),
            load.keep(1, beat, || page(&there)),
            // By a call to Jira, with a token of the vault.
            load.keep(2, beat, || read(&town.owner, &projects, "items")),
            load.keep(3, beat, || read(&there, &projects, "items")),
            load.keep(4, beat, || async {
                deliver(&load).await?;
                read(&there, &boards, "items").await
            }),
            load.keep(6, beat, || async {
                let token = load.0.figures.lock().unwrap().clone();
                for address in &measures {
                    let status = figures(address, &token).await;
                    if status != 200 {
                        return Err(format!("the figures: {status}"));
                    }
                }
                Ok(())
            }),
            // The round trip to Atlassian and back.
            load.keep(5, Duration::from_secs(1), || async {
                town.authorise().await;
                Ok(())
            }),
        );
    };
    let keys = town.server.folder().join("keys");
    let rotations = async {
        while load.rounds().contains(&0) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        load.goes_round().await;
        let rotate = async |key: &'static str, args: &[&str]| {
            let mut command = town.server.command(&["keys", "rotate", key]);
            command.args(args);
            let output = tokio::task::spawn_blocking(move || command.output());
            let output = output.await.unwrap().unwrap();
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.success(), "{key}: {said}");
            load.goes_round().await;
        };

        let before = text(&keys.join("root.key"));
        rotate("root", &[]).await;
        assert_ne!(before, text(&keys.join("root.key")));

        rotate("epoch", &[]).await;
        assert!(keys.join("epoch-2.key").exists() && !keys.join("epoch-1.key").exists());

        let before = names(&keys);
        rotate("signing", &[]).await;
        assert_ne!(before, names(&keys), "there is another key");

        rotate("webhooks", &[]).await;
        let begun = Instant::now();
        let next = loop {
            let hooks = jira.look("webhooks").await.unwrap();
            let hooks = hooks.as_array().unwrap();
            if let [hook] = &hooks[..]
                && hook["url"] != door.as_str()
            {
                break (hook["url"].as_str().unwrap().to_owned(), hook["id"].clone());
            }
            assert!(
                begun.elapsed() < PATIENCE,
                "Jira was not told: {}",
                hooks.len()
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        };
        // The old address goes on being taken: that is what the load delivers to.
        load.goes_round().await;
        *load.0.door.lock().unwrap() = next;
        load.goes_round().await;

        rotate("sessions", &[]).await;
        let begun = Instant::now();
        let renewed =
            "SELECT CAST(COUNT(*) AS BIGINT) AS n FROM sessions WHERE secret_at IS NOT NULL";
        while count(&town.server, renewed).await < 2 {
            assert!(
                begun.elapsed() < PATIENCE,
                "both browsers get another secret"
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        load.goes_round().await;

        rotate("mail-links", &[]).await;

        rotate("metrics-token", &[]).await;
        let next = text(&figures_file).trim().to_owned();
        assert_ne!(next, first_figures);
        next.clone_into(&mut load.0.figures.lock().unwrap());
        load.goes_round().await;
        std::fs::remove_file(secrets.path().join("figures.previous")).unwrap();
        for address in &measures {
            let begun = Instant::now();
            while figures(address, first_figures).await != 404 {
                assert!(begun.elapsed() < PATIENCE, "the old token goes");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }

        let next = "another-secret-of-the-app-by-the-console";
        jira.order(&json!({ "do": "change_client_secret", "secret": next }))
            .await
            .unwrap();
        let from = secrets.path().join("new");
        std::fs::write(&from, next).unwrap();
        rotate("client-secret", &["--from", from.to_str().unwrap()]).await;
        // Deliveries are signed with either for a while; every node is through with its look at the file.
        load.0.secrets.lock().unwrap().push(next.to_owned());
        load.goes_round().await;
        jira.order(&json!({ "do": "delete_old_client_secret" }))
            .await
            .unwrap();
        load.goes_round().await;

        rotate("all", &[]).await;
        load.goes_round().await;
        load.0.is_over.store(true, Ordering::SeqCst);
    };
    tokio::join!(clients, rotations);
    load.is_unharmed();

    // A token that can only have been bought with the new secret.
    let noted = "SELECT CAST(COUNT(*) AS BIGINT) AS n FROM audit WHERE action = 'key.rotated'";
    assert!(
        count(&town.server, noted).await >= 15,
        "each has its line in the trail"
    );
    // Both nodes publish the same keys, and each signs with the newest.
    if let Some(other) = &other {
        let published = async |server: &Server| {
            let keys = reqwest::get(server.address("/trust/keys.json")).await;
            keys.unwrap().json::<Value>().await.unwrap()
        };
        let here = published(&town.server).await;
        assert_eq!(here, published(other).await);
        assert!(here["keys"].as_array().unwrap().len() >= 3);
    }
    let list = town.server.done(&["keys", "list"]);
    for key in [
        "root",
        "epoch",
        "signing",
        "webhooks",
        "client-secret",
        "sessions",
        "mail-links",
        "metrics-token",
    ] {
        let line = list.lines().find(|line| line.starts_with(key));
        assert!(
            line.is_some_and(|line| line.contains(" days")),
            "{key}: {list}"
        );
    }
    assert_eq!(
        text(&secret_file).trim(),
        "another-secret-of-the-app-by-the-console"
    );
    assert_eq!(
        text(&secrets.path().join("client-secret.previous")).trim(),
        first_secret
    );
    let check = town.server.done(&["keys", "check"]);
    assert!(check.contains(" 0 records that do not open"), "{check}");
}

//! The server with everything around it in which something could be left, and a look at all of it.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;
use tempfile::TempDir;
use upvow_server::{
    commands::demo::search::{Found, Needles, search, strings},
    config::DatabaseUrl,
};

use super::{
    cluster::{Cluster, psql},
    heard::Heard,
    post_office::PostOffice,
};
use crate::{
    harness::{self, Simulator, Town, Wire, upvow},
    memory,
    tokens::values,
};

/// What an operator looks at: the commands that only tell.
const TELLING: [&[&str]; 8] = [
    &["privacy", "verify", "--json"],
    &["privacy", "inventory"],
    &["privacy", "ropa"],
    &["privacy", "report", "--status"],
    &["audit", "verify"],
    &["keys", "list"],
    &["keys", "check"],
    &["doctor"],
];

pub(super) struct World {
    pub(super) town: Town,
    /// Everybody in Jira; in every string of theirs stands a word that is nowhere else in the world.
    pub(super) people: Value,
    pub(super) office: PostOffice,
    pub(super) heard: Heard,
    /// Where the server puts temporary files.
    pub(super) temporary: TempDir,
    /// Where backups and copies of the disk are kept.
    pub(super) shelf: TempDir,
    /// Databases that are copies of the server's, on PostgreSQL.
    pub(super) copies: Vec<String>,
    pub(super) cluster: Option<Cluster>,
    mark: String,
    /// Between the server and where tokens come from.
    wire: Wire,
}

impl World {
    pub(super) async fn begin() -> World {
        let cluster = Cluster::watched();
        let mark = upvow_app::node().simple().to_string()[20..].to_owned();
        let people = upvow()
            .args(["simulate-jira", "--people", "--marked", &mark])
            .output()
            .unwrap();
        let people: Value = serde_json::from_slice(&people.stdout).unwrap();
        let mut town = Town::beside(Simulator::with(&["--marked", &mark])).await;
        let said = town.simulator.jira().look("people").await.unwrap();
        assert_eq!(said, people, "everybody in this Jira is marked");

        let (wire, office) = (
            Wire::to(town.simulator.says("auth_url")).await,
            PostOffice::open().await,
        );
        let temporary = tempfile::tempdir().unwrap();
        town.server.stop();
        for (name, value) in [
            ("UPVOW_ATLASSIAN_AUTH_URL", wire.url()),
            ("UPVOW_SMTP_URL", office.url()),
            ("UPVOW_MAIL_FROM", "board@town.example".to_owned()),
            // Everything that can be logged is.
            ("UPVOW_LOG", "debug".to_owned()),
            ("TMPDIR", temporary.path().display().to_string()),
            ("RUST_BACKTRACE", "full".to_owned()),
        ] {
            town.server.set(name, value);
        }
        town.server.start_again().await;
        World {
            town,
            people,
            office,
            heard: Heard::default(),
            temporary,
            shelf: tempfile::tempdir().unwrap(),
            copies: Vec::new(),
            cluster,
            mark,
            wire,
        }
    }

    /// What may be nowhere: every personal string, the mark that is in all of them, and every token there was.
    pub(super) fn texts(&self) -> Vec<String> {
        let mut texts = strings(&self.people);
        assert!(texts.len() >= 60 && texts.iter().all(|text| text.contains(&self.mark)));
        texts.push(self.mark.clone());
        let heard = self.wire.heard();
        for field in ["access_token", "refresh_token"] {
            let tokens = values(&heard, field);
            assert!(tokens.len() > 1, "a pair, and the one that came after it");
            texts.extend(tokens);
        }
        texts.sort();
        texts.dedup();
        texts
    }

    /// A command that only tells, and what it said.
    pub(super) fn run(&mut self, args: &[&str]) -> String {
        let output = self.town.server.command(args).output().unwrap();
        let said = [&output.stdout[..], &output.stderr[..]].concat();
        let said = String::from_utf8_lossy(&said).into_owned();
        self.heard
            .hear(&format!("said by upvow {}", args.join(" ")), said.clone());
        said
    }

    /// The figures.
    pub(super) async fn measure(&mut self, address: &str) {
        let answer = reqwest::get(address).await.unwrap();
        let figures = answer.text().await.unwrap();
        assert!(figures.contains("upvow_"), "{figures}");
        self.heard.hear("figures", figures);
    }

    /// Looks everywhere but in memory.
    pub(super) async fn look(&mut self) -> Vec<Found> {
        for args in TELLING {
            self.run(args);
        }
        let figures = self.town.server.address("/metrics");
        if reqwest::get(&figures).await.is_ok() {
            self.measure(&figures).await;
        }
        let texts = self.texts();
        let needles = Needles::new(&texts);

        let folders = [
            self.town.server.folder(),
            self.temporary.path().to_owned(),
            self.shelf.path().to_owned(),
        ];
        let mut urls = self.town.server.databases().to_vec();
        urls.extend(self.copies.iter().cloned());
        let databases: Vec<DatabaseUrl> = urls.iter().cloned().map(DatabaseUrl::new).collect();
        let report = search(&texts, &folders, &databases).await.unwrap();
        assert!(report.places > 10 && report.bytes > 100_000, "{report:?}");
        let mut found = report.found;
        if let Some(cluster) = &self.cluster {
            found.extend(cluster.look(&needles, &urls).await);
        }
        if let Some(log) = self.cluster.as_ref().and_then(|_| Cluster::log()) {
            found.extend(needles.texts_in(&log).into_iter().map(|text| Found {
                place: "log of PostgreSQL".to_owned(),
                text: text.to_owned(),
            }));
        }
        let letters = self.office.letters();
        assert!(!letters.is_empty(), "letters were sent");
        let letters = letters
            .into_iter()
            .map(|text| ("letter".to_owned(), text.into_bytes()));
        let said = self.heard.take();
        assert!(said.len() > TELLING.len(), "answers were heard");
        let said = said
            .into_iter()
            .map(|(place, text)| (place, text.into_bytes()));
        for (place, content) in letters.chain(said).chain(self.unpacked()) {
            found.extend(needles.texts_in(&content).into_iter().map(|text| Found {
                place: place.clone(),
                text: text.to_owned(),
            }));
        }
        found
    }

    /// What is packed in backups, as PostgreSQL's own program unpacks it.
    fn unpacked(&self) -> Vec<(String, Vec<u8>)> {
        let entries = std::fs::read_dir(self.shelf.path()).unwrap();
        let packed = entries
            .map(|entry| entry.unwrap().path().join("main.pgdump"))
            .filter(|path| path.exists());
        packed
            .map(|path| {
                let output = Command::new("pg_restore")
                    .arg("--file=-")
                    .arg(&path)
                    .output()
                    .unwrap();
                assert!(output.status.success() && output.stdout.len() > 10_000);
                (format!("unpacked {}", path.display()), output.stdout)
            })
            .collect()
    }

    /// What is in the memory of the server a second after it did anything.
    pub(super) async fn remembered(&self) -> Option<harness::Seen> {
        if !memory::may_look() {
            return None;
        }
        let texts = self.texts();
        let needles =
            harness::Needles::new(texts.iter().map(|text| (text.as_str(), text.as_str())));
        // A thread that ends meanwhile takes its mappings along: look again until all could be read.
        for _ in 0..10 {
            let seen = memory::look(&needles, self.town.server.process()).await;
            assert!(seen.bytes > 10_000_000, "{seen:?}");
            if seen.unread <= 2 || !seen.found.is_empty() {
                return Some(seen);
            }
        }
        panic!("the memory could not be read");
    }

    /// Nothing anywhere, nor in memory; there, the account ids of so many are allowed whose records are held.
    pub(super) async fn is_clean(&mut self, when: &str, held: usize) {
        let found = self.look().await;
        assert!(found.is_empty(), "{when}: {found:#?}");
        if let Some(mut seen) = self.remembered().await {
            let all = self.people["people"].as_array().unwrap();
            for person in all.iter().take(held) {
                for field in ["account_id", "account_id_escaped"] {
                    let id = person[field].as_str().unwrap();
                    seen.found.retain(|one| !one.starts_with(id));
                }
                // The mark is in it, too.
                seen.found.retain(|one| !one.starts_with(&self.mark));
            }
            assert!(seen.found.is_empty(), "{when}, in memory: {seen:#?}");
        }
    }

    /// A backup, as the program makes it beside a running server.
    pub(super) fn back_up(&self, name: &str) -> PathBuf {
        let dir = self.shelf.path().join(name);
        self.town
            .server
            .done(&["backup", &dir.display().to_string()]);
        dir
    }

    /// A copy of all that is kept, keys and vault with it, as somebody takes it who steals the disk.
    pub(super) fn copy_disk(&mut self) -> PathBuf {
        let dir = self.shelf.path().join("disk");
        let copied = Command::new("cp")
            .arg("-a")
            .arg(self.town.server.folder())
            .arg(&dir)
            .status();
        assert!(copied.unwrap().success());
        if let Some(cluster) = &self.cluster {
            for url in self.town.server.databases() {
                let (base, name) = url.rsplit_once('/').unwrap();
                psql(
                    cluster.admin(),
                    &[format!("CREATE DATABASE {name}_disk TEMPLATE {name}")],
                );
                self.copies.push(format!("{base}/{name}_disk"));
            }
        }
        dir
    }

    /// Puts both databases of the stolen disk in the place of today's. The keys stay today's.
    pub(super) fn put_back(&self, disk: &Path) {
        for (which, url) in self.town.server.databases().iter().enumerate() {
            if let Some(cluster) = &self.cluster {
                let name = url.rsplit_once('/').unwrap().1;
                let from = self.copies[which].rsplit_once('/').unwrap().1;
                let put = [
                    format!("DROP DATABASE {name} WITH (FORCE)"),
                    format!("CREATE DATABASE {name} TEMPLATE {from}"),
                ];
                psql(cluster.admin(), &put);
                continue;
            }
            let file = url.trim_start_matches("sqlite:");
            let name = Path::new(file).file_name().unwrap().to_str().unwrap();
            for end in ["", "-wal", "-shm"] {
                let _ = std::fs::remove_file(format!("{file}{end}"));
                let from = disk.join(format!("{name}{end}"));
                if from.exists() {
                    std::fs::copy(from, format!("{file}{end}")).unwrap();
                }
            }
        }
    }
}

//! What PostgreSQL keeps in files: tables with what was deleted from them, indexes, statistics, and its journal. SQLite's
//! files are in the data folder, and searched there.

use std::process::Command;

use upvow_db::{Db, DbError, FromRow, Row, Tuning, args};
use upvow_server::commands::demo::search::{Found, Needles};

/// A server of PostgreSQL, whose journal is not thrown away meanwhile.
pub(super) struct Cluster {
    admin: String,
    /// Holds the journal back.
    slot: String,
    /// The journal's file at the beginning.
    from: String,
}

const FILES: &str = "SELECT 'base/' || d.oid || '/' || f.name AS text
    FROM pg_database d, LATERAL pg_ls_dir('base/' || d.oid) AS f (name)
    WHERE d.datname = current_database() AND f.name >= $1";
const JOURNAL: &str = "SELECT 'pg_wal/' || name AS text
    FROM pg_ls_waldir()
    WHERE length(name) = 24 AND name >= $1";

struct Text(String);

impl FromRow for Text {
    fn from_row(row: &Row) -> Result<Self, DbError> {
        row.get("text").map(Text)
    }
}

struct Bytes(Vec<u8>);

impl FromRow for Bytes {
    fn from_row(row: &Row) -> Result<Self, DbError> {
        row.get("bytes").map(Bytes)
    }
}

/// By `psql`, because not everything may be done within a transaction.
pub(super) fn psql(server: &str, statements: &[String]) -> String {
    let mut command = Command::new("psql");
    command.args(["-qtA", "-v", "ON_ERROR_STOP=1", server]);
    for statement in statements {
        command.args(["-c", statement]);
    }
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{statements:?}: {said}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

impl Cluster {
    /// The one that the stories run on, if they run on one.
    pub(super) fn watched() -> Option<Cluster> {
        let admin = std::env::var("UPVOW_TEST_POSTGRES_URL").ok()?;
        let slot = format!("canary_{}", upvow_app::node().simple());
        let hold = format!("SELECT pg_create_physical_replication_slot('{slot}', true)");
        psql(&admin, &[hold]);
        let mut cluster = Cluster {
            admin,
            slot,
            from: String::new(),
        };
        cluster.forget();
        Some(cluster)
    }

    /// From here on only.
    pub(super) fn forget(&mut self) {
        self.from = psql(
            &self.admin,
            &["SELECT pg_walfile_name(pg_current_wal_lsn())".to_owned()],
        );
    }

    pub(super) fn admin(&self) -> &str {
        &self.admin
    }

    /// Has the server write something down about itself: it repeats what it was asked and could not do.
    pub(super) fn complain(&self, text: &str) {
        let asked = format!("SELECT CAST('{text}' AS BIGINT)");
        let output = Command::new("psql")
            .args(["-q", &self.admin, "-c", &asked])
            .output();
        assert!(!output.unwrap().status.success(), "it is no number");
    }

    /// The server's own log, where it is known.
    pub(super) fn log() -> Option<Vec<u8>> {
        let path = std::env::var_os("UPVOW_TEST_POSTGRES_LOG")?;
        Some(std::fs::read(path).unwrap())
    }

    /// What is in the files of these databases and in the journal.
    pub(super) async fn look(&self, needles: &Needles, databases: &[String]) -> Vec<Found> {
        psql(&self.admin, &["CHECKPOINT".to_owned()]);
        let mut found = Vec::new();
        for (which, url) in databases.iter().enumerate() {
            found.extend(
                read(
                    url,
                    FILES,
                    "",
                    &format!("file of database {which}"),
                    needles,
                )
                .await,
            );
        }
        found.extend(read(&self.admin, JOURNAL, &self.from, "journal", needles).await);
        found
    }
}

/// Every file of a list, as the server itself reads it.
async fn read(
    url: &str,
    list: &'static str,
    from: &str,
    what: &str,
    needles: &Needles,
) -> Vec<Found> {
    let db = Db::connect(url, Tuning::default()).await.unwrap();
    let mut tx = db.read().await.unwrap();
    let files: Vec<Text> = tx.all(list, args![from]).await.unwrap();
    assert!(!files.is_empty(), "{what}: nothing to read");
    let mut found = Vec::new();
    for Text(file) in files {
        let content: Vec<Bytes> = tx
            .all(
                "SELECT pg_read_binary_file($1, 0, 67108864, true) AS bytes",
                args![file.as_str()],
            )
            .await
            .unwrap();
        for Bytes(content) in content {
            assert!(content.len() < 64 << 20, "{file} was not read to its end");
            found.extend(needles.texts_in(&content).into_iter().map(|text| Found {
                place: format!("{what}: {file}"),
                text: text.to_owned(),
            }));
        }
    }
    drop(tx);
    db.close().await;
    found
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let release = format!("SELECT pg_drop_replication_slot('{}')", self.slot);
        let _ = Command::new("psql")
            .args(["-q", &self.admin, "-c", &release])
            .output();
    }
}

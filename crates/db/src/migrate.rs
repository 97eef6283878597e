//! Forward-only migrations, one folder for both databases. A line that ends in `-- only: sqlite` or
//! `-- only: postgres` is kept for that database alone, as is a block between `-- begin: sqlite` and `-- end`.

use crate::{Db, DbError, FromRow, Result, Row, args};

/// One step of the schema.
pub struct Migration {
    /// Its name, which orders it: `0001_start`.
    pub name: &'static str,
    /// What it does.
    pub sql: &'static str,
}

/// Runs what has not run yet, each in a transaction of its own; gives how many ran. Safe to start on many nodes at once.
pub async fn migrate(db: &Db, migrations: &[Migration]) -> Result<u32> {
    let mut done = 0;
    for migration in migrations {
        let mut tx = db.write().await?;
        // One runner at a time: SQLite's write lock does this by itself.
        let lock = tx.pick("", "SELECT pg_advisory_xact_lock(7205)").to_owned();
        tx.script(lock).await?;
        tx.run(
            "CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY)",
            vec![],
        )
        .await?;
        let ran = tx
            .value::<String>(
                "SELECT name FROM migrations WHERE name = $1",
                args![migration.name],
            )
            .await?;
        if ran.is_some() {
            continue;
        }
        tx.run(
            "INSERT INTO migrations (name) VALUES ($1)",
            args![migration.name],
        )
        .await?;
        let dialect = tx.pick("sqlite", "postgres");
        tx.script(for_dialect(migration.sql, dialect)).await?;
        tx.commit().await?;
        done += 1;
    }
    Ok(done)
}

impl Db {
    /// The names of the migrations that ran, or `None` if none ever did.
    pub async fn migrated(&self) -> Result<Vec<String>> {
        let mut tx = self.read().await?;
        match tx
            .all::<Name>("SELECT name FROM migrations ORDER BY name", vec![])
            .await
        {
            Ok(names) => Ok(names.into_iter().map(|n| n.0).collect()),
            Err(DbError::Driver { .. }) => Ok(vec![]), // no such table: nothing ran
            Err(error) => Err(error),
        }
    }
}

struct Name(String);

impl FromRow for Name {
    fn from_row(row: &Row) -> Result<Self> {
        row.get("name").map(Name)
    }
}

fn for_dialect(sql: &str, dialect: &str) -> String {
    let mut keep = String::new();
    let mut block: Option<&str> = None;
    for line in sql.lines() {
        let (code, mark) = line.split_once("-- ").unwrap_or((line, ""));
        match mark.trim().split_once(": ") {
            Some(("begin", only)) => block = Some(only),
            Some(("only", only)) if only != dialect => {}
            _ if mark.trim() == "end" => block = None,
            _ if block.is_none_or(|only| only == dialect) => {
                keep.push_str(code);
                keep.push('\n');
            }
            _ => {}
        }
    }
    keep
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Tuning;

    #[test]
    fn each_dialect_keeps_its_own_lines() {
        let sql = "a\nb -- only: sqlite\n-- begin: postgres\nc\n-- end\nd -- a remark\n";
        assert_eq!(for_dialect(sql, "sqlite"), "a\nb \nd \n");
        assert_eq!(for_dialect(sql, "postgres"), "a\nc\nd \n");
    }

    #[tokio::test]
    async fn a_migration_runs_once_and_a_broken_one_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("a.db").display());
        let db = Db::connect(&url, Tuning::default()).await.unwrap();
        let good = Migration {
            name: "0001_a",
            sql: "CREATE TABLE a (x BIGINT);",
        };
        let bad = Migration {
            name: "0002_b",
            sql: "CREATE TABLE b (x BIGINT); CREATE TABLE a (x BIGINT);",
        };
        assert_eq!(migrate(&db, std::slice::from_ref(&good)).await.unwrap(), 1);
        assert_eq!(migrate(&db, std::slice::from_ref(&good)).await.unwrap(), 0);
        assert!(migrate(&db, &[good, bad]).await.is_err());
        assert_eq!(db.migrated().await.unwrap(), ["0001_a"]);
        let mut tx = db.read().await.unwrap();
        assert!(
            tx.value::<i64>("SELECT x FROM b", vec![]).await.is_err(),
            "table b must not be left behind"
        );
    }
}

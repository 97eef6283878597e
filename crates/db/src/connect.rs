//! Opening a database and its transactions.

use std::{str::FromStr, time::Duration};

use sqlx::{
    Transaction,
    postgres::{PgConnectOptions, PgListener, PgPool, PgPoolOptions, Postgres},
    sqlite::{
        SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
    },
};

use crate::{DbError, Result, Tx};

/// The database: SQLite with one writer and a few readers, or a PostgreSQL pool.
#[derive(Clone)]
pub enum Db {
    /// One file.
    Sqlite {
        #[doc(hidden)]
        writer: SqlitePool,
        #[doc(hidden)]
        readers: SqlitePool,
    },
    /// A server.
    Postgres(#[doc(hidden)] PgPool),
}

/// What a store wants of its database.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tuning {
    /// Deleted content is overwritten in the SQLite file (`secure_delete`). PostgreSQL has nothing like it.
    pub secure_delete: bool,
}

impl Db {
    /// Opens `sqlite:PATH` (made if missing) or `postgres://...`.
    pub async fn connect(url: &str, tuning: Tuning) -> Result<Db> {
        if url.starts_with("sqlite:") {
            Self::sqlite(url, tuning).await
        } else {
            Self::postgres(url).await
        }
    }

    async fn sqlite(url: &str, tuning: Tuning) -> Result<Db> {
        let options = SqliteConnectOptions::from_str(url)?
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // An answered webhook must outlive a power cut, so every commit is synced.
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .pragma(
                "secure_delete",
                if tuning.secure_delete { "ON" } else { "FAST" },
            )
            .busy_timeout(Duration::from_secs(10));
        let pool = || SqlitePoolOptions::new().acquire_timeout(Duration::from_secs(10));
        // One writer: SQLite has one write lock anyway, and waiting in our own queue is fair and cheap.
        let writer = pool()
            .max_connections(1)
            .connect_with(options.clone())
            .await?;
        let readers = pool()
            .max_connections(4)
            .connect_with(options.create_if_missing(false).read_only(true))
            .await?;
        Ok(Db::Sqlite { writer, readers })
    }

    async fn postgres(url: &str) -> Result<Db> {
        let options = PgConnectOptions::from_str(url)
            .map_err(|_| DbError::Unavailable("address not understood"))?
            .application_name("upvow")
            // A statement that hangs must not hold its connection for ever.
            .options([
                ("statement_timeout", "15000"),
                ("idle_in_transaction_session_timeout", "30000"),
            ]);
        let pool = PgPoolOptions::new()
            .max_connections(8)
            .acquire_timeout(Duration::from_secs(10))
            .connect_with(options)
            .await?;
        Ok(Db::Postgres(pool))
    }

    /// A transaction that may write. Dropped without [`Tx::commit`], it rolls back.
    pub async fn write(&self) -> Result<Tx> {
        Ok(match self {
            // Taking the write lock at once is what keeps SQLITE_BUSY away.
            Db::Sqlite { writer, .. } => Tx::Sqlite(writer.begin_with("BEGIN IMMEDIATE").await?),
            Db::Postgres(pool) => Tx::Postgres(begun(pool, "BEGIN").await?),
        })
    }

    /// A transaction for reading only: one consistent picture.
    pub async fn read(&self) -> Result<Tx> {
        Ok(match self {
            Db::Sqlite { readers, .. } => Tx::Sqlite(readers.begin().await?),
            Db::Postgres(pool) => {
                Tx::Postgres(begun(pool, "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY").await?)
            }
        })
    }

    /// Hears what [`Tx::notify`] of any node says. `None` on SQLite, where there is one process and no need.
    pub async fn listen(&self, channel: &str) -> Result<Option<Listener>> {
        let Db::Postgres(pool) = self else {
            return Ok(None);
        };
        let mut listener = PgListener::connect_with(pool).await?;
        listener.listen(channel).await?;
        Ok(Some(Listener(listener)))
    }

    /// Moves SQLite's write-ahead log into the file and cuts it to nothing, so that no old page stays behind in it.
    pub async fn checkpoint(&self) -> Result<()> {
        if let Db::Sqlite { writer, .. } = self {
            sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
                .execute(writer)
                .await?;
        }
        Ok(())
    }

    /// Lets go of every connection; waits for those in use.
    pub async fn close(&self) {
        match self {
            Db::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Db::Postgres(pool) => pool.close().await,
        }
    }

    /// Whether this is PostgreSQL.
    pub const fn is_postgres(&self) -> bool {
        matches!(self, Db::Postgres(_))
    }
}

/// Begins a transaction to its end, even if whoever asked goes away meanwhile: a browser that hangs up, a job that takes
/// too long. The driver only rolls back what it knows to have begun; dropped halfway, the connection would go back to
/// the pool with a transaction open, and the next one would find itself in it.
pub(crate) async fn begun(
    pool: &PgPool,
    how: &'static str,
) -> Result<Transaction<'static, Postgres>> {
    let pool = pool.clone();
    let begins = tokio::spawn(async move { pool.begin_with(how).await });
    let ended = |_| DbError::Unavailable("the program ends");
    Ok(begins.await.map_err(ended)??)
}

/// Notices from all nodes, in order. Some are lost when the connection breaks: they make things fast, not right.
pub struct Listener(PgListener);

impl Listener {
    /// The next notice's payload.
    pub async fn next(&mut self) -> Result<String> {
        Ok(self.0.recv().await?.payload().to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_goes_away_while_a_transaction_begins_leaves_none_behind() {
        let Ok(url) = std::env::var("UPVOW_TEST_POSTGRES_URL") else {
            eprintln!(
                "left out: UPVOW_TEST_POSTGRES_URL is not set, and SQLite's driver rolls back by itself"
            );
            return;
        };
        let db = Db::connect(&url, Tuning::default()).await.unwrap();
        for round in 0..400 {
            let patience = Duration::from_micros(round * 5);
            drop(tokio::time::timeout(patience, db.read()).await);
            let mut tx = db.write().await.unwrap();
            let mode: Option<String> = tx
                .value("SELECT current_setting('transaction_read_only')", vec![])
                .await
                .unwrap();
            assert_eq!(mode.as_deref(), Some("off"), "round {round}");
            tx.commit().await.unwrap();
        }
    }
}

//! An open transaction, and the only thing that runs SQL.

use sqlx::{
    Arguments as _,
    postgres::{PgArguments, Postgres},
    sqlite::{Sqlite, SqliteArguments},
};
use upvow_events::Event;

use crate::{Cell, FromCell, FromRow, Result, Row};

/// An open transaction. Dropped without [`Tx::commit`], it rolls back.
pub enum Tx {
    #[doc(hidden)]
    Sqlite(sqlx::Transaction<'static, Sqlite>),
    #[doc(hidden)]
    Postgres(sqlx::Transaction<'static, Postgres>),
}

impl Tx {
    /// `sqlite` or `postgres` text, where the two dialects part.
    pub const fn pick<'a>(&self, sqlite: &'a str, postgres: &'a str) -> &'a str {
        match self {
            Tx::Sqlite(_) => sqlite,
            Tx::Postgres(_) => postgres,
        }
    }

    /// Every row.
    pub async fn all<T: FromRow>(&mut self, sql: &'static str, args: Vec<Cell>) -> Result<Vec<T>> {
        self.rows(sql, args)
            .await?
            .iter()
            .map(T::from_row)
            .collect()
    }

    /// The first row, if there is one.
    pub async fn one<T: FromRow>(
        &mut self,
        sql: &'static str,
        args: Vec<Cell>,
    ) -> Result<Option<T>> {
        self.rows(sql, args)
            .await?
            .first()
            .map(T::from_row)
            .transpose()
    }

    /// The first column of the first row, if there is one.
    pub async fn value<T: FromCell>(
        &mut self,
        sql: &'static str,
        args: Vec<Cell>,
    ) -> Result<Option<T>> {
        self.rows(sql, args)
            .await?
            .first()
            .map(Row::first)
            .transpose()
    }

    /// How many rows there are, for a statement that gives one `BIGINT`.
    pub async fn count(&mut self, sql: &'static str, args: Vec<Cell>) -> Result<i64> {
        Ok(self.value(sql, args).await?.unwrap_or(0))
    }

    /// Runs a statement; gives how many rows were changed.
    pub async fn run(&mut self, sql: &'static str, args: Vec<Cell>) -> Result<u64> {
        Event::Statement { sql: sql.into() }.log();
        Ok(match self {
            Tx::Sqlite(tx) => sqlx::query_with(sql, sqlite_args(args)?)
                .execute(&mut **tx)
                .await?
                .rows_affected(),
            Tx::Postgres(tx) => sqlx::query_with(sql, pg_args(args)?)
                .execute(&mut **tx)
                .await?
                .rows_affected(),
        })
    }

    /// Runs a statement made of several words, with a space between each two. Every one of them is written in the
    /// program: a list in code names tables and columns, and nothing that came from outside can get in.
    pub async fn run_made(&mut self, words: &[&'static str], args: Vec<Cell>) -> Result<u64> {
        let sql = sqlx::AssertSqlSafe(words.join(" "));
        Ok(match self {
            Tx::Sqlite(tx) => sqlx::query_with(sql, sqlite_args(args)?)
                .execute(&mut **tx)
                .await?
                .rows_affected(),
            Tx::Postgres(tx) => sqlx::query_with(sql, pg_args(args)?)
                .execute(&mut **tx)
                .await?
                .rows_affected(),
        })
    }

    /// Every row of a statement that is made like that of [`Tx::run_made`], as `read` sees it.
    pub async fn all_made<T>(
        &mut self,
        words: &[&'static str],
        args: Vec<Cell>,
        read: impl Fn(&Row) -> Result<T>,
    ) -> Result<Vec<T>> {
        let sql = sqlx::AssertSqlSafe(words.join(" "));
        match self {
            Tx::Sqlite(tx) => {
                let rows = sqlx::query_with(sql, sqlite_args(args)?)
                    .fetch_all(&mut **tx)
                    .await?;
                rows.into_iter()
                    .map(|row| read(&Row::Sqlite(row)))
                    .collect()
            }
            Tx::Postgres(tx) => {
                let rows = sqlx::query_with(sql, pg_args(args)?)
                    .fetch_all(&mut **tx)
                    .await?;
                rows.into_iter()
                    .map(|row| read(&Row::Postgres(row)))
                    .collect()
            }
        }
    }

    async fn rows(&mut self, sql: &'static str, args: Vec<Cell>) -> Result<Vec<Row>> {
        Event::Statement { sql: sql.into() }.log();
        Ok(match self {
            Tx::Sqlite(tx) => {
                let rows = sqlx::query_with(sql, sqlite_args(args)?)
                    .fetch_all(&mut **tx)
                    .await?;
                rows.into_iter().map(Row::Sqlite).collect()
            }
            Tx::Postgres(tx) => {
                let rows = sqlx::query_with(sql, pg_args(args)?)
                    .fetch_all(&mut **tx)
                    .await?;
                rows.into_iter().map(Row::Postgres).collect()
            }
        })
    }

    /// Tells every node that listens on `channel`, once this transaction commits. Nothing on SQLite.
    pub async fn notify(&mut self, channel: &'static str, payload: &str) -> Result<()> {
        if matches!(self, Tx::Postgres(_)) {
            // `SELECT pg_notify` gives a row of type void, which no cell reads; `run` does not look at it.
            self.run("SELECT pg_notify($1, $2)", crate::args![channel, payload])
                .await?;
        }
        Ok(())
    }

    /// Runs several statements of our own text at once: migrations.
    pub(crate) async fn script(&mut self, sql: String) -> Result<()> {
        if sql.trim().is_empty() {
            return Ok(());
        }
        let sql = sqlx::AssertSqlSafe(sql);
        match self {
            Tx::Sqlite(tx) => {
                sqlx::raw_sql(sql).execute(&mut **tx).await?;
            }
            Tx::Postgres(tx) => {
                sqlx::raw_sql(sql).execute(&mut **tx).await?;
            }
        }
        Ok(())
    }

    /// Makes everything done here last.
    pub async fn commit(self) -> Result<()> {
        match self {
            Tx::Sqlite(tx) => tx.commit().await?,
            Tx::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }
}

macro_rules! bind {
    ($name:ident, $args:ty) => {
        fn $name(cells: Vec<Cell>) -> Result<$args> {
            let mut args = <$args>::default();
            for cell in cells {
                match cell {
                    Cell::Bool(value) => args.add(value),
                    Cell::Int(value) => args.add(value),
                    Cell::Real(value) => args.add(value),
                    Cell::Text(value) => args.add(value),
                    Cell::Blob(value) => args.add(value),
                }
                .map_err(sqlx::Error::Encode)?;
            }
            Ok(args)
        }
    };
}
bind!(sqlite_args, SqliteArguments);
bind!(pg_args, PgArguments);

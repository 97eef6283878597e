//! Looking at everything that a database holds, whatever its tables are called: for whoever searches for what must not
//! be there.

use futures_util::TryStreamExt as _;
use sqlx::{AssertSqlSafe, Column as _, Row as _, TypeInfo as _, ValueRef as _, sqlite::SqliteRow};

use crate::{Db, Result, connect::begun};

/// How many rows of a PostgreSQL table are fetched at once: each fetch is a statement of its own for the time limit.
const AT_ONCE: u32 = 500;

impl Db {
    /// The names of the tables that hold rows, shadow tables of a search index too, in order.
    pub async fn tables(&self) -> Result<Vec<String>> {
        Ok(match self {
            Db::Sqlite { readers, .. } => {
                sqlx::query_scalar(
                    "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name",
                )
                .fetch_all(readers)
                .await?
            }
            Db::Postgres(pool) => {
                sqlx::query_scalar(
                    "SELECT CAST(table_name AS TEXT) FROM information_schema.tables
                     WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'
                     ORDER BY 1",
                )
                .fetch_all(pool)
                .await?
            }
        })
    }

    /// Every column of every table, as `(table, column)`, in order.
    pub async fn columns(&self) -> Result<Vec<(String, String)>> {
        Ok(match self {
            Db::Sqlite { readers, .. } => {
                sqlx::query_as(
                    "SELECT m.name, p.name
                     FROM sqlite_master m, pragma_table_info(m.name) p
                     WHERE m.type = 'table'
                     ORDER BY 1, 2",
                )
                .fetch_all(readers)
                .await?
            }
            Db::Postgres(pool) => {
                sqlx::query_as(
                    "SELECT CAST(table_name AS TEXT), CAST(column_name AS TEXT)
                     FROM information_schema.columns
                     WHERE table_schema = current_schema()
                     ORDER BY 1, 2",
                )
                .fetch_all(pool)
                .await?
            }
        })
    }

    /// Hands every row of a table over as bytes: on SQLite its texts and blobs as they are, on PostgreSQL the text of
    /// the whole row, in which blobs are hexadecimal digits.
    pub async fn each_row(&self, table: &str, mut look: impl FnMut(&[u8]) + Send) -> Result<()> {
        // A name with a quote in it is none of ours.
        let name = format!("\"{}\"", table.replace('"', ""));
        match self {
            Db::Sqlite { readers, .. } => {
                let sql = AssertSqlSafe(format!("SELECT * FROM {name}"));
                let mut rows = sqlx::query(sql).fetch(readers);
                while let Some(row) = rows.try_next().await? {
                    look(&bytes(&row));
                }
            }
            Db::Postgres(pool) => {
                let mut tx = begun(pool, "BEGIN").await?;
                let open =
                    format!("DECLARE look NO SCROLL CURSOR FOR SELECT t::text FROM {name} t");
                sqlx::query(AssertSqlSafe(open)).execute(&mut *tx).await?;
                loop {
                    let fetch = AssertSqlSafe(format!("FETCH {AT_ONCE} FROM look"));
                    let rows: Vec<Option<String>> =
                        sqlx::query_scalar(fetch).fetch_all(&mut *tx).await?;
                    if rows.is_empty() {
                        break;
                    }
                    for row in rows.into_iter().flatten() {
                        look(row.as_bytes());
                    }
                }
                tx.rollback().await?;
            }
        }
        Ok(())
    }
}

/// The texts and blobs of a row, with a byte between that is part of neither.
fn bytes(row: &SqliteRow) -> Vec<u8> {
    let mut all = Vec::new();
    for column in row.columns() {
        let at = column.ordinal();
        let kind = row
            .try_get_raw(at)
            .map(|raw| raw.type_info().name().to_owned());
        let cell: Option<Vec<u8>> = match kind.as_deref() {
            Ok("TEXT") => row.try_get::<String, _>(at).ok().map(String::into_bytes),
            Ok("BLOB") => row.try_get(at).ok(),
            _ => None,
        };
        if let Some(cell) = cell {
            all.extend_from_slice(&cell);
            all.push(0);
        }
    }
    all
}

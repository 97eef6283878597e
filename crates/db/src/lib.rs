//! The one door to a database.
//!
//! SQL is written once, with `$1` placeholders, and runs on SQLite (the default) and on PostgreSQL.
//! [`Db`] opens transactions; [`Tx`] is the only thing that runs SQL; a column holds one of the kinds in
//! [`Cell`], and everything else (ids, times) is converted in `cell`, so no other crate knows a driver type.

mod cell;
mod connect;
mod copy;
mod look;
mod migrate;
mod schema;
mod tx;

pub use cell::{Cell, FromCell, FromRow, Row};
pub use connect::{Db, Listener, Tuning};
pub use copy::{copy_sqlite, is_whole_sqlite};
pub use migrate::{Migration, migrate};
pub use schema::Column;
pub use tx::Tx;

/// What can go wrong with a database.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// A row with this key is already there.
    #[error("already exists")]
    Duplicate,
    /// The statement and the row type disagree: a bug.
    #[error("column {0:?} is missing or holds another kind of value")]
    Column(String),
    /// The database cannot be reached, is full or is locked: try later.
    #[error("the database is not available ({0})")]
    Unavailable(&'static str),
    /// The driver refused. Its own text may repeat values, so it is not shown here.
    #[error("the database refused a statement (code {code})")]
    Driver {
        /// SQLSTATE, or SQLite's extended result code.
        code: String,
        /// For debuggers; never logged.
        #[source]
        source: Box<sqlx::Error>,
    },
}

/// What a database call gives.
pub type Result<T> = std::result::Result<T, DbError>;

impl From<sqlx::Error> for DbError {
    fn from(error: sqlx::Error) -> DbError {
        use sqlx::Error as E;
        match &error {
            E::Database(e) if e.is_unique_violation() => DbError::Duplicate,
            E::Database(e) => {
                let code = e
                    .code()
                    .map(std::borrow::Cow::into_owned)
                    .unwrap_or_default();
                match code.as_str() {
                    // SQLite: busy, locked, I/O error, disk full, cannot open; PostgreSQL classes 08, 53, 57.
                    "5" | "6" => DbError::Unavailable("locked"),
                    "13" => DbError::Unavailable("disk full"),
                    "10" | "14" => DbError::Unavailable("file"),
                    c if c.len() == 5
                        && (c.starts_with("08") || c.starts_with("53") || c.starts_with("57")) =>
                    {
                        DbError::Unavailable("server")
                    }
                    _ => DbError::Driver {
                        code,
                        source: Box::new(error),
                    },
                }
            }
            E::Io(_) | E::Tls(_) => DbError::Unavailable("connection"),
            E::PoolTimedOut | E::PoolClosed => DbError::Unavailable("pool"),
            _ => DbError::Driver {
                code: "driver".to_owned(),
                source: Box::new(error),
            },
        }
    }
}

/// The values for `$1`, `$2`, ... of one statement.
#[macro_export]
macro_rules! args {
    ($($value:expr),* $(,)?) => { vec![$($crate::Cell::from($value)),*] };
}

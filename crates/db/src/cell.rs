//! What a column can hold, and how values of ours become such cells and come back.

use sqlx::{
    Column as _, Row as _, TypeInfo as _, ValueRef as _, postgres::PgRow, sqlite::SqliteRow,
};
use upvow_domain::{
    Time,
    id::Id,
    jira::{CloudId, IssueId, IssueKey, IssueTypeId, JiraProjectId, JiraStatusId, ProjectKey},
};

use crate::{DbError, Result};

/// One value in a row, or bound to a placeholder. `None` is NULL, which keeps its kind: PostgreSQL must know the
/// type of a parameter even when there is no value.
#[derive(Clone, PartialEq)]
pub enum Cell {
    /// `BOOLEAN`
    Bool(Option<bool>),
    /// `BIGINT`
    Int(Option<i64>),
    /// `DOUBLE PRECISION`
    Real(Option<f64>),
    /// `TEXT`
    Text(Option<String>),
    /// `BYTEA`
    Blob(Option<Vec<u8>>),
}

macro_rules! kinds {
    ($($ty:ty => $kind:ident),* $(,)?) => { $(
        impl From<$ty> for Cell {
            fn from(value: $ty) -> Cell { Cell::$kind(Some(value.into())) }
        }
        impl From<Option<$ty>> for Cell {
            fn from(value: Option<$ty>) -> Cell { Cell::$kind(value.map(Into::into)) }
        }
    )* };
}
kinds! { bool => Bool, i64 => Int, f64 => Real, String => Text, &str => Text, Vec<u8> => Blob, &[u8] => Blob }

impl<K> From<Id<K>> for Cell {
    fn from(id: Id<K>) -> Cell {
        Cell::Text(Some(id.stored()))
    }
}
impl<K> From<Option<Id<K>>> for Cell {
    fn from(id: Option<Id<K>>) -> Cell {
        Cell::Text(id.map(Id::stored))
    }
}
impl From<Time> for Cell {
    fn from(time: Time) -> Cell {
        Cell::Int(Some(time.0))
    }
}
impl From<Option<Time>> for Cell {
    fn from(time: Option<Time>) -> Cell {
        Cell::Int(time.map(|t| t.0))
    }
}

/// Names of things in Jira are checked where they enter, so also when they come back from a column.
macro_rules! jira_names {
    ($($ty:ident),*) => { $(
        impl From<$ty> for Cell {
            fn from(name: $ty) -> Cell { Cell::Text(Some(name.as_str().to_owned())) }
        }
        impl From<&$ty> for Cell {
            fn from(name: &$ty) -> Cell { Cell::Text(Some(name.as_str().to_owned())) }
        }
        impl From<Option<$ty>> for Cell {
            fn from(name: Option<$ty>) -> Cell { Cell::Text(name.map(|n| n.as_str().to_owned())) }
        }
        impl FromCell for $ty {
            fn from_cell(cell: Cell) -> Option<Self> {
                match cell {
                    Cell::Text(text) => text.and_then(|text| <$ty>::parse(&text).ok()),
                    _ => None,
                }
            }
        }
    )* };
}
jira_names! { CloudId, IssueId, IssueKey, IssueTypeId, JiraProjectId, JiraStatusId, ProjectKey }

/// What a column can be read as.
pub trait FromCell: Sized {
    /// The value, if the cell is of a fitting kind.
    fn from_cell(cell: Cell) -> Option<Self>;
}

impl<T: FromCell> FromCell for Option<T> {
    fn from_cell(cell: Cell) -> Option<Self> {
        match cell {
            Cell::Bool(None)
            | Cell::Int(None)
            | Cell::Real(None)
            | Cell::Text(None)
            | Cell::Blob(None) => Some(None),
            cell => T::from_cell(cell).map(Some),
        }
    }
}

/// As it is: for whoever reads columns that a list names.
impl FromCell for Cell {
    fn from_cell(cell: Cell) -> Option<Self> {
        Some(cell)
    }
}

macro_rules! readable {
    ($($ty:ty => $($kind:pat => $value:expr),+;)*) => { $(
        impl FromCell for $ty {
            fn from_cell(cell: Cell) -> Option<Self> {
                match cell { $($kind => $value,)+ _ => None }
            }
        }
    )* };
}
readable! {
    bool => Cell::Bool(v) => v, Cell::Int(v) => v.map(|v| v == 1); // SQLite has no boolean
    i64 => Cell::Int(v) => v;
    f64 => Cell::Real(v) => v;
    String => Cell::Text(v) => v;
    Vec<u8> => Cell::Blob(v) => v;
    Time => Cell::Int(v) => v.map(Time);
}
impl<K> FromCell for Id<K> {
    fn from_cell(cell: Cell) -> Option<Self> {
        match cell {
            Cell::Text(text) => text.as_deref().and_then(Id::from_stored),
            _ => None,
        }
    }
}

/// A row that came back; take its columns by name.
pub enum Row {
    #[doc(hidden)]
    Sqlite(SqliteRow),
    #[doc(hidden)]
    Postgres(PgRow),
}

/// A type that a whole row can be read as.
pub trait FromRow: Sized {
    /// Reads the columns it needs, by name.
    fn from_row(row: &Row) -> Result<Self>;
}

impl Row {
    /// The column of that name.
    pub fn get<T: FromCell>(&self, name: &str) -> Result<T> {
        self.cell(name)
            .and_then(T::from_cell)
            .ok_or_else(|| DbError::Column(name.to_owned()))
    }

    pub(crate) fn first<T: FromCell>(&self) -> Result<T> {
        let name = match self {
            Row::Sqlite(row) => row.columns().first().map(|c| c.name().to_owned()),
            Row::Postgres(row) => row.columns().first().map(|c| c.name().to_owned()),
        };
        self.get(&name.unwrap_or_default())
    }

    fn cell(&self, name: &str) -> Option<Cell> {
        macro_rules! read {
            ($row:expr) => {{
                let raw = $row.try_get_raw(name).ok()?;
                let kind = raw.type_info().name().to_owned();
                match kind.as_str() {
                    "BOOL" | "BOOLEAN" => Cell::Bool($row.try_get(name).ok()?),
                    "INT8" | "INTEGER" => Cell::Int($row.try_get(name).ok()?),
                    "FLOAT8" | "REAL" => Cell::Real($row.try_get(name).ok()?),
                    "BYTEA" | "BLOB" => Cell::Blob($row.try_get(name).ok()?),
                    "TEXT" => Cell::Text($row.try_get(name).ok()?),
                    "NULL" => Cell::Int(None),
                    _ => return None,
                }
            }};
        }
        Some(match self {
            Row::Sqlite(row) => read!(row),
            Row::Postgres(row) => read!(row),
        })
    }
}

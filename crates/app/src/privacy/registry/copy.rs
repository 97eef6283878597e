//! Everything of one person of the board, table by table of the registry, the empty ones too.

use serde_json::{Map, Value};
use upvow_db::{Cell, Row, Tx};
use upvow_domain::{PersonId, Time, secret::Email};

use super::{
    Of, Table, tables,
    words::{Copied, Engine, Place},
};
use crate::Result;

/// What of one table is theirs.
#[derive(Debug, Clone)]
pub struct Held {
    /// The table, with what is to be said about it.
    pub table: &'static Table,
    /// How many rows.
    pub count: i64,
    /// The rows, by the names of the registry. Empty where only counts were asked for.
    pub rows: Vec<Map<String, Value>>,
}

/// The tables that can hold something of a person of the board.
pub fn of_board_people() -> impl Iterator<Item = &'static Table> {
    tables().filter(|table| table.place == Place::Main && table.of != Of::Nobody)
}

/// All rows of a person.
pub async fn export_of_person(tx: &mut Tx, person: PersonId, email: &Email) -> Result<Vec<Held>> {
    let mut held = vec![];
    for table in of_board_people() {
        let rows = rows(tx, table, person, email).await?;
        held.push(Held {
            table,
            count: i64::try_from(rows.len()).unwrap_or(i64::MAX),
            rows,
        });
    }
    Ok(held)
}

/// How many rows there are of a person.
pub async fn count_of_person(tx: &mut Tx, person: PersonId, email: &Email) -> Result<Vec<Held>> {
    let mut held = vec![];
    for table in of_board_people() {
        let Some((column, key)) = key(table, person, email) else {
            continue;
        };
        let words = [
            "SELECT CAST(COUNT(*) AS BIGINT) AS n FROM",
            table.name,
            "WHERE",
            column,
            "= $1",
        ];
        let found = tx.all_made(&words, vec![key], |row| row.get("n")).await?;
        held.push(Held {
            table,
            count: found.first().copied().unwrap_or_default(),
            rows: vec![],
        });
    }
    Ok(held)
}

/// The column that makes a row somebody's, and what is in it.
pub(super) fn key(table: &Table, person: PersonId, email: &Email) -> Option<(&'static str, Cell)> {
    match table.of {
        Of::Person(column) => Some((column, person.into())),
        Of::Address(column) => Some((column, email.expose().into())),
        Of::Nobody => None,
    }
}

async fn rows(
    tx: &mut Tx,
    table: &'static Table,
    person: PersonId,
    email: &Email,
) -> Result<Vec<Map<String, Value>>> {
    let Some((column, key)) = key(table, person, email) else {
        return Ok(vec![]);
    };
    let words = [
        "SELECT * FROM",
        table.name,
        "WHERE",
        column,
        "= $1 ORDER BY 1",
    ];
    Ok(tx
        .all_made(&words, vec![key], |row| copied(table, row))
        .await?)
}

fn copied(table: &Table, row: &Row) -> upvow_db::Result<Map<String, Value>> {
    let mut copy = Map::new();
    for field in table.fields {
        if field.copied == Copied::Derived || field.engine != Engine::Both {
            continue;
        }
        let cell: Cell = row.get(field.column)?;
        let value = if field.copied == Copied::Presence {
            Value::Bool(!is_empty(&cell))
        } else {
            value(field.column, cell)
        };
        copy.insert(field.export_name.to_owned(), value);
    }
    Ok(copy)
}

fn is_empty(cell: &Cell) -> bool {
    matches!(
        cell,
        Cell::Bool(None) | Cell::Int(None) | Cell::Real(None) | Cell::Text(None) | Cell::Blob(None)
    )
}

/// Times are written so that people can read them.
fn value(column: &str, cell: Cell) -> Value {
    let is_time = column == "at" || column.ends_with("_at");
    match cell {
        Cell::Int(Some(at)) if is_time => Value::String(Time(at).rfc3339()),
        Cell::Int(number) => number.map_or(Value::Null, Value::from),
        Cell::Bool(on) => on.map_or(Value::Null, Value::from),
        Cell::Real(number) => number.map_or(Value::Null, Value::from),
        Cell::Text(text) => text.map_or(Value::Null, Value::from),
        // Bytes are secrets and hashes; the registry has them as present or not.
        Cell::Blob(bytes) => Value::Bool(bytes.is_some()),
    }
}

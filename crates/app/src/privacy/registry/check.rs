//! The registry against the live schema: every column is in exactly one of the two lists, and every line of them is a column.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    plain::PLAIN,
    tables,
    words::{Engine, Place},
};
use crate::{App, Result};

/// What does not fit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// A column that neither list has.
    Unlisted {
        /// Where.
        place: Place,
        /// `table.column`
        column: String,
    },
    /// A line without a column.
    Missing {
        /// Where.
        place: Place,
        /// `table.column`
        column: String,
    },
    /// A column that is listed twice.
    Twice {
        /// Where.
        place: Place,
        /// `table.column`
        column: String,
    },
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (place, column, what) = match self {
            Fault::Unlisted { place, column } => {
                (place, column, "is neither personal data nor said not to be")
            }
            Fault::Missing { place, column } => (place, column, "is listed and not there"),
            Fault::Twice { place, column } => (place, column, "is listed twice"),
        };
        write!(f, "{}: {column} {what}", place.name())
    }
}

/// What does not fit now, in both databases.
pub async fn faults(app: &App) -> Result<Vec<Fault>> {
    let engine = if app.db.is_postgres() {
        Engine::Postgres
    } else {
        Engine::Sqlite
    };
    let main = {
        let mut tx = app.db.read().await?;
        tx.columns().await?
    };
    let vault = app.vault.columns().await?;
    let mut faults = vec![];
    for (place, columns) in [(Place::Main, main), (Place::Vault, vault)] {
        let there = columns
            .into_iter()
            .map(|c| format!("{}.{}", c.table, c.name));
        faults.extend(compare(place, &there.collect(), &listed(place, engine)));
    }
    faults.sort();
    Ok(faults)
}

/// What the lists say of a place, and how often.
fn listed(place: Place, engine: Engine) -> BTreeMap<String, usize> {
    let fits = |of: Engine| of == Engine::Both || of == engine;
    let personal = tables()
        .filter(|table| table.place == place && fits(table.engine))
        .flat_map(|table| {
            let fields = table.fields.iter().filter(move |field| fits(field.engine));
            fields.map(|field| format!("{}.{}", table.name, field.column))
        });
    // The tables of the search index are made by SQLite alone.
    let plain = PLAIN
        .iter()
        .filter(|(of, table, _)| {
            *of == place && (engine == Engine::Sqlite || !table.starts_with("post_search"))
        })
        .flat_map(|(_, table, columns)| columns.iter().map(move |c| format!("{table}.{c}")));
    let mut listed = BTreeMap::new();
    for column in personal.chain(plain) {
        *listed.entry(column).or_default() += 1;
    }
    listed
}

fn compare(place: Place, there: &BTreeSet<String>, listed: &BTreeMap<String, usize>) -> Vec<Fault> {
    let unlisted = there
        .iter()
        .filter(|column| !listed.contains_key(*column))
        .map(|column| Fault::Unlisted {
            place,
            column: column.clone(),
        });
    let missing = listed
        .keys()
        .filter(|column| !there.contains(*column))
        .map(|column| Fault::Missing {
            place,
            column: column.clone(),
        });
    let twice = listed
        .iter()
        .filter(|(_, times)| **times > 1)
        .map(|(column, _)| Fault::Twice {
            place,
            column: column.clone(),
        });
    unlisted.chain(missing).chain(twice).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_too_many_one_too_few_and_one_twice_are_told() {
        let there = ["a.x", "a.y"].map(str::to_owned).into();
        let listed = [("a.y", 2), ("a.z", 1)]
            .map(|(c, n)| (c.to_owned(), n))
            .into();
        let place = Place::Main;
        let told = |column: &str| column.to_owned();
        assert_eq!(
            compare(place, &there, &listed),
            [
                Fault::Unlisted {
                    place,
                    column: told("a.x")
                },
                Fault::Missing {
                    place,
                    column: told("a.z")
                },
                Fault::Twice {
                    place,
                    column: told("a.y")
                },
            ]
        );
    }
}

//! What tables and columns a database really has.

use crate::{FromRow, Result, Row, Tx};

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Column {
    /// The table.
    pub table: String,
    /// The column.
    pub name: String,
}

impl FromRow for Column {
    fn from_row(row: &Row) -> Result<Self> {
        Ok(Column {
            table: row.get("of_table")?,
            name: row.get("named")?,
        })
    }
}

impl Tx {
    /// Every column of every table, those that are generated and those of a search index included.
    pub async fn columns(&mut self) -> Result<Vec<Column>> {
        let sql = self.pick(
            "SELECT m.name AS of_table, c.name AS named
             FROM sqlite_master m
             JOIN pragma_table_xinfo(m.name) c
             WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite!_%' ESCAPE '!' AND c.hidden <> 1
             ORDER BY 1, 2",
            "SELECT CAST(c.table_name AS TEXT) AS of_table, CAST(c.column_name AS TEXT) AS named
             FROM information_schema.columns c
             JOIN information_schema.tables t ON t.table_schema = c.table_schema AND t.table_name = c.table_name
             WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE'
             ORDER BY 1, 2",
        );
        self.all(sql, vec![]).await
    }
}

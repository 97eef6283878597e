//! A consistent copy of a SQLite database that is in use, and whether a file is a whole one.

use std::{path::Path, time::Duration};

use sqlx::{
    ConnectOptions as _, Connection as _,
    sqlite::{SqliteConnectOptions, SqliteConnection},
};

use crate::Result;

/// Writes what the database holds at this moment into a new file. Deleted content does not come along, because pages that
/// are not in use are not copied. Others go on reading and writing meanwhile.
pub async fn copy_sqlite(from: &Path, to: &Path) -> Result<()> {
    let mut connection = open(from).await?;
    let copied = sqlx::query("VACUUM INTO $1")
        .bind(to.display().to_string())
        .execute(&mut connection)
        .await;
    connection.close().await?;
    copied?;
    Ok(())
}

/// Whether SQLite finds nothing wrong with the file.
pub async fn is_whole_sqlite(path: &Path) -> Result<bool> {
    let mut connection = open(path).await?;
    let said: std::result::Result<String, _> = sqlx::query_scalar("PRAGMA integrity_check")
        .fetch_one(&mut connection)
        .await;
    connection.close().await?;
    Ok(said? == "ok")
}

async fn open(path: &Path) -> Result<SqliteConnection> {
    Ok(SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .busy_timeout(Duration::from_secs(30))
        .connect()
        .await?)
}

//! The main database, out and in. SQLite does it itself; PostgreSQL has `pg_dump` and `pg_restore` for it.

use std::{path::Path, process::Command};

use anyhow::{Context as _, bail};
use upvow_db::{Db, Tuning};
use url::Url;

use super::manifest::Kind;
use crate::config::{Config, DatabaseUrl};

/// Which kind the settings name.
pub(super) fn kind(url: &DatabaseUrl) -> Kind {
    if url.is_postgres() {
        Kind::Postgres
    } else {
        Kind::Sqlite
    }
}

/// Copies it as it is at one moment, while it is in use.
pub(super) async fn copy(config: &Config, dir: &Path) -> anyhow::Result<Kind> {
    let kind = kind(&config.database_url);
    let to = dir.join(kind.file());
    if let Some(from) = config.database_url.file() {
        if !from.exists() {
            bail!("there is no main database at {}", from.display());
        }
        upvow_db::copy_sqlite(&from, &to)
            .await
            .with_context(|| format!("copying {} to {}", from.display(), to.display()))?;
        private(&to)?;
        if !upvow_db::is_whole_sqlite(&to).await? {
            bail!("SQLite finds errors in the copy; look after the disk and the database");
        }
        return Ok(kind);
    }
    let mut command = postgres_command("pg_dump", &config.database_url)?;
    command
        .args(["--format=custom", "--no-owner", "--no-privileges", "--file"])
        .arg(&to);
    run(command, "pg_dump")?;
    private(&to)?;
    Ok(kind)
}

/// Whether there is something in it that a restore would take the place of.
pub(super) async fn is_used(config: &Config) -> anyhow::Result<bool> {
    if let Some(file) = config.database_url.file()
        && !file.metadata().is_ok_and(|facts| facts.len() > 0)
    {
        return Ok(false);
    }
    let db = connect(config).await?;
    let ran = db.migrated().await;
    db.close().await;
    // A file that is no database at all is in the way, too.
    Ok(ran.map_or(true, |ran| !ran.is_empty()))
}

/// With PostgreSQL no lock file can tell: whoever serves has connections.
pub(super) async fn refuse_if_served(config: &Config) -> anyhow::Result<()> {
    if !config.database_url.is_postgres() {
        return Ok(());
    }
    let db = connect(config).await?;
    let mut tx = db.read().await?;
    let others = tx
        .count(
            "SELECT CAST(COUNT(*) AS BIGINT) AS n FROM pg_stat_activity
             WHERE datname = current_database()
               AND application_name = 'upvow'
               AND pid <> pg_backend_pid()",
            vec![],
        )
        .await;
    drop(tx);
    db.close().await;
    if others? > 0 {
        bail!("an upvow is connected to the main database; stop every node first");
    }
    Ok(())
}

/// Puts what was backed up in the place of what is there.
pub(super) async fn put_back(config: &Config, dir: &Path) -> anyhow::Result<()> {
    let from = dir.join(kind(&config.database_url).file());
    let Some(to) = config.database_url.file() else {
        return put_back_postgres(config, &from).await;
    };
    let beside = |suffix: &str| {
        let mut name = to.clone().into_os_string();
        name.push(suffix);
        std::path::PathBuf::from(name)
    };
    // Beside it first: whatever stops this leaves either the old one or the new one.
    let next = beside(".restoring");
    std::fs::copy(&from, &next).with_context(|| next.display().to_string())?;
    private(&next)?;
    std::fs::File::open(&next)?.sync_all()?;
    if !upvow_db::is_whole_sqlite(&next).await? {
        bail!("SQLite finds errors in the backup's database; take another backup");
    }
    // The journal of the old one must not be taken for the new one's.
    for suffix in ["-wal", "-shm", "-journal"] {
        let _ = std::fs::remove_file(beside(suffix));
    }
    std::fs::rename(&next, &to).with_context(|| to.display().to_string())?;
    if let Some(folder) = to.parent().filter(|path| !path.as_os_str().is_empty()) {
        std::fs::File::open(folder)?.sync_all()?;
    }
    Ok(())
}

async fn put_back_postgres(config: &Config, from: &Path) -> anyhow::Result<()> {
    let db = connect(config).await?;
    let emptied = async {
        let mut tx = db.write().await?;
        // All of it: what a newer schema has beyond the backup's would be in the way of the migrations.
        tx.run(
            "DO $$
             DECLARE found RECORD;
             BEGIN
                 FOR found IN SELECT tablename FROM pg_tables WHERE schemaname = current_schema() LOOP
                     EXECUTE format('DROP TABLE IF EXISTS %I CASCADE', found.tablename);
                 END LOOP;
                 FOR found IN
                     SELECT p.oid::regprocedure AS name FROM pg_proc p
                     WHERE p.pronamespace = current_schema()::regnamespace
                       AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
                 LOOP
                     EXECUTE format('DROP ROUTINE IF EXISTS %s CASCADE', found.name);
                 END LOOP;
             END
             $$",
            vec![],
        )
        .await?;
        tx.commit().await
    };
    let emptied = emptied.await;
    db.close().await;
    emptied.context("emptying the main database")?;
    let mut command = postgres_command("pg_restore", &config.database_url)?;
    let database = Url::parse(config.database_url.expose())?;
    let name = database.path().trim_start_matches('/').to_owned();
    command
        .args([
            "--no-owner",
            "--no-privileges",
            "--single-transaction",
            "--exit-on-error",
            "--dbname",
        ])
        .arg(name)
        .arg(from);
    run(command, "pg_restore")
        .context("the main database is empty now; mend what is said above and restore again")
}

async fn connect(config: &Config) -> anyhow::Result<Db> {
    Db::connect(config.database_url.expose(), Tuning::default())
        .await
        .context("the main database (UPVOW_DATABASE_URL)")
}

/// A program of PostgreSQL, pointed at the database. The password goes by the environment: arguments can be read by every
/// user of the machine.
fn postgres_command(program: &str, url: &DatabaseUrl) -> anyhow::Result<Command> {
    let address = Url::parse(url.expose())?;
    let mut command = Command::new(program);
    let text = |part: &str| {
        let pairs = format!("x={}", part.replace('+', "%2B"));
        url::form_urlencoded::parse(pairs.as_bytes())
            .next()
            .map(|(_, value)| value.into_owned())
            .unwrap_or_default()
    };
    if let Some(host) = address.host_str() {
        command.env("PGHOST", text(host));
    }
    if let Some(port) = address.port() {
        command.env("PGPORT", port.to_string());
    }
    if !address.username().is_empty() {
        command.env("PGUSER", text(address.username()));
    }
    if let Some(password) = address.password() {
        command.env("PGPASSWORD", text(password));
    }
    for (name, value) in address.query_pairs() {
        match &*name {
            "sslmode" => command.env("PGSSLMODE", &*value),
            "sslrootcert" => command.env("PGSSLROOTCERT", &*value),
            "host" => command.env("PGHOST", &*value),
            _ => &mut command,
        };
    }
    command.env("PGDATABASE", text(address.path().trim_start_matches('/')));
    Ok(command)
}

fn run(mut command: Command, name: &str) -> anyhow::Result<()> {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => bail!(
            "{name} failed ({status}); what it said is above. It must be of the server's version or newer"
        ),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => bail!(
            "{name} is not on the PATH. Install PostgreSQL's client programs (Debian: apt install postgresql-client), of the server's version or newer, and run this again"
        ),
        Err(error) => Err(error).with_context(|| name.to_owned()),
    }
}

fn private(path: &Path) -> anyhow::Result<()> {
    #[cfg(unix)]
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600))
        .with_context(|| path.display().to_string())?;
    Ok(())
}

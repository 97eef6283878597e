//! What a backup consists of: `manifest.json`, with the size and checksum of each file. Whatever does not fit it is refused.

use std::{fs::File, io::Read as _, path::Path};

use anyhow::{Context as _, bail};
use aws_lc_rs::digest;
use upvow_app::Time;
use upvow_domain::hex;

/// Its name.
pub(super) const FILE: &str = "manifest.json";

/// Which database is in a backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    /// A SQLite file.
    Sqlite,
    /// What `pg_dump` made.
    Postgres,
}

impl Kind {
    /// The name of its file.
    pub(super) const fn file(self) -> &'static str {
        match self {
            Kind::Sqlite => "main.db",
            Kind::Postgres => "main.pgdump",
        }
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Kind::Sqlite => "SQLite",
            Kind::Postgres => "PostgreSQL",
        }
    }
}

/// The manifest.
#[derive(serde::Serialize, serde::Deserialize)]
pub(super) struct Manifest {
    format: u32,
    /// The version of the program that made it.
    pub(super) upvow: String,
    pub(super) made_at: Time,
    pub(super) database: Kind,
    files: Vec<Part>,
}

#[derive(serde::Serialize, serde::Deserialize)]
struct Part {
    name: String,
    bytes: u64,
    sha256: String,
}

impl Manifest {
    /// Of these files.
    pub(super) fn of(
        dir: &Path,
        database: Kind,
        names: &[&str],
        now: Time,
    ) -> anyhow::Result<Manifest> {
        let parts = names.iter().map(|name| Part::of(dir, name));
        Ok(Manifest {
            format: 1,
            upvow: env!("CARGO_PKG_VERSION").to_owned(),
            made_at: now,
            database,
            files: parts.collect::<anyhow::Result<_>>()?,
        })
    }

    pub(super) fn write(&self, dir: &Path) -> anyhow::Result<()> {
        let text = serde_json::to_vec_pretty(self)?;
        let path = dir.join(FILE);
        std::fs::write(&path, text).with_context(|| path.display().to_string())?;
        // Names and contents are to be there after a power cut, too.
        File::open(&path)?.sync_all()?;
        Ok(File::open(dir)?.sync_all()?)
    }

    /// Reads a backup's manifest and holds every file against it.
    pub(super) fn read(dir: &Path) -> anyhow::Result<Manifest> {
        let path = dir.join(FILE);
        let text = std::fs::read(&path).with_context(|| {
            format!(
                "{} cannot be read; a folder that `upvow backup` made has it",
                path.display()
            )
        })?;
        let manifest: Manifest = serde_json::from_slice(&text)
            .ok()
            .with_context(|| format!("{} is damaged; take another backup", path.display()))?;
        if manifest.format != 1 {
            bail!(
                "the backup was made by Upvow {}, and this one is older; use that version or a newer one",
                manifest.upvow
            );
        }
        for needed in [manifest.database.file(), super::LEDGER] {
            if !manifest.files.iter().any(|part| part.name == needed) {
                bail!("the backup lacks {needed}; take another one");
            }
        }
        for part in &manifest.files {
            let found = Part::of(dir, &part.name)?;
            if found.bytes != part.bytes || found.sha256 != part.sha256 {
                bail!(
                    "{} is not what was backed up: its checksum differs. Take another backup",
                    part.name
                );
            }
        }
        Ok(manifest)
    }

    pub(super) fn sizes(&self) -> String {
        let bytes: u64 = self.files.iter().map(|part| part.bytes).sum();
        format!("{}, {} KB", self.database.name(), bytes.div_ceil(1024))
    }
}

impl Part {
    fn of(dir: &Path, name: &str) -> anyhow::Result<Part> {
        // From a manifest, a name could lead anywhere.
        if name.contains(['/', '\\']) || name.starts_with('.') {
            bail!("the manifest names a file outside of the backup");
        }
        let path = dir.join(name);
        let mut file = File::open(&path).with_context(|| path.display().to_string())?;
        file.sync_all().ok();
        let mut hash = digest::Context::new(&digest::SHA256);
        let (mut bytes, mut buffer) = (0, vec![0; 1 << 16]);
        loop {
            let read = file.read(&mut buffer)?;
            if read == 0 {
                break;
            }
            bytes += read as u64;
            hash.update(&buffer[..read]);
        }
        let sum = hash.finish();
        let sha256 = hex(sum.as_ref());
        Ok(Part {
            name: name.to_owned(),
            bytes,
            sha256,
        })
    }
}

//! The gate before a vault in a file. A turn swaps the file, so it must be alone, also among processes (a command
//! run beside the server): operations hold a lock file shared, a turn holds it alone. With PostgreSQL the database
//! itself keeps order.

use std::{
    fs::{File, TryLockError},
    path::{Path, PathBuf},
};

use crate::{Result, VaultError, files};

/// The lock file, if the vault is in a file.
pub(crate) struct Gate(Option<PathBuf>);

/// The right to pass, until dropped.
pub(crate) struct Pass(#[expect(dead_code, reason = "dropping the file unlocks it")] Option<File>);

impl Gate {
    pub(crate) fn before(store: Option<&Path>) -> Gate {
        Gate(store.map(|path| {
            let mut name = path.as_os_str().to_owned();
            name.push(".lock");
            name.into()
        }))
    }

    /// Passes together with others.
    pub(crate) async fn shared(&self) -> Result<Pass> {
        self.pass(File::try_lock_shared, File::lock_shared).await
    }

    /// Passes alone.
    pub(crate) async fn alone(&self) -> Result<Pass> {
        self.pass(File::try_lock, File::lock).await
    }

    async fn pass(
        &self,
        at_once: fn(&File) -> std::result::Result<(), TryLockError>,
        waiting: fn(&File) -> std::io::Result<()>,
    ) -> Result<Pass> {
        let Some(path) = &self.0 else {
            return Ok(Pass(None));
        };
        let (file, _) = files::append_to(path)?;
        let file = match at_once(&file) {
            Ok(()) => file,
            Err(TryLockError::Error(error)) => return Err(error.into()),
            Err(TryLockError::WouldBlock) => {
                tokio::task::spawn_blocking(move || waiting(&file).map(|()| file))
                    .await
                    .map_err(|_| VaultError::Unavailable("gate"))??
            }
        };
        Ok(Pass(Some(file)))
    }
}

//! The process itself: no image of its memory is left behind, and one data folder is served by one process.

use std::{
    fs::{File, TryLockError},
    io,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};

use crate::config::Config;

/// No core dump, whatever happens, and no debugger of the same user: memory holds keys, and for moments tokens.
#[cfg(unix)]
pub fn leave_no_image() -> io::Result<()> {
    use rustix::process::{Resource, Rlimit, setrlimit};
    // The hard limit, too, so that nothing in this process can lift it.
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    setrlimit(Resource::Core, none)?;
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        // The limit does not bind a core_pattern that is a pipe; this does.
        set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    }
    Ok(())
}

/// Elsewhere the system keeps no images unless it is told to.
#[cfg(not(unix))]
pub fn leave_no_image() -> io::Result<()> {
    Ok(())
}

/// The right to serve from a data folder, until dropped. The system takes it back when the process ends, however it ends,
/// so a lock file that is merely there hinders nobody.
pub struct Alone(#[expect(dead_code, reason = "dropping the files unlocks them")] Vec<File>);

impl Alone {
    /// Takes it, or says who has it. On SQLite also for the database's file, which may be somewhere else.
    pub fn take(config: &Config) -> anyhow::Result<Alone> {
        let mut files = Vec::new();
        for path in lock_files(config) {
            let file = open(&path).with_context(|| path.display().to_string())?;
            match file.try_lock() {
                Ok(()) => files.push(file),
                Err(TryLockError::WouldBlock) => bail!(
                    "another upvow is serving from {0}. Stop it first, or give this one a data folder and databases of its own. (Who it is: fuser {0})",
                    path.display()
                ),
                Err(TryLockError::Error(error)) => {
                    return Err(error).with_context(|| path.display().to_string());
                }
            }
        }
        Ok(Alone(files))
    }
}

fn lock_files(config: &Config) -> Vec<PathBuf> {
    let mut paths = vec![config.data_dir.join("serving.lock")];
    if let Some(database) = config.database_url.file() {
        let mut name = database.into_os_string();
        name.push(".serving");
        paths.push(name.into());
    }
    paths
}

fn open(path: &Path) -> io::Result<File> {
    let mut options = std::fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

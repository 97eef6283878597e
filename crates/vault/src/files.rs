//! Files that must be there after a power cut, and files that must not.

use std::{
    fs::{File, OpenOptions},
    io::{Result, Seek as _, Write as _},
    path::Path,
};

/// For reading and appending, mode 0600 if it is new. Says whether it is.
pub(crate) fn append_to(path: &Path) -> Result<(File, bool)> {
    let is_new = !path.exists();
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true);
    Ok((private(&mut options).open(path)?, is_new))
}

/// Writes a file that must not exist yet, so that it lasts. Mode 0600.
pub(crate) fn create(path: &Path, content: &[u8]) -> Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    let mut file = private(&mut options).open(path)?;
    file.write_all(content)?;
    file.sync_all()?;
    sync_folder_of(path)
}

/// Overwrites the file with noise and removes it, so that both last. Nothing happens if it is gone.
pub(crate) fn destroy(path: &Path) -> Result<()> {
    let mut file = match OpenOptions::new().write(true).open(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        other => other?,
    };
    overwrite(&mut file)?;
    drop(file);
    remove(path)?;
    sync_folder_of(path)
}

/// Puts one file in another's place and overwrites with noise what the other held.
pub(crate) fn replace(from: &Path, to: &Path) -> Result<()> {
    let mut old = OpenOptions::new().write(true).open(to)?;
    rename(from, to)?;
    overwrite(&mut old)
}

/// Removes the file, if it is there.
pub(crate) fn remove(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// Gives the file another name, so that it lasts; what had that name is gone.
pub(crate) fn rename(from: &Path, to: &Path) -> Result<()> {
    std::fs::rename(from, to)?;
    sync_folder_of(to)
}

/// Makes the names in the file's folder last.
pub(crate) fn sync_folder_of(path: &Path) -> Result<()> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

/// Makes the folder and those above it. Mode 0700.
pub(crate) fn create_folder(path: &Path) -> Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(path)
}

/// Whether anybody but the owner has rights to the file.
pub(crate) fn is_shared(path: &Path) -> Result<bool> {
    let facts = std::fs::metadata(path)?;
    #[cfg(unix)]
    return Ok(std::os::unix::fs::MetadataExt::mode(&facts) & 0o177 != 0);
    #[cfg(not(unix))]
    return Ok(!facts.is_file());
}

/// Which file the path names now; another one after a swap. `None` if there is none.
pub(crate) fn identity(path: &Path) -> Option<(u64, u64)> {
    Some(identity_of(&std::fs::metadata(path).ok()?))
}

/// Whether the path still names this open file.
pub(crate) fn is_named(file: &File, path: &Path) -> Result<bool> {
    Ok(Some(identity_of(&file.metadata()?)) == identity(path))
}

fn identity_of(facts: &std::fs::Metadata) -> (u64, u64) {
    #[cfg(unix)]
    return {
        use std::os::unix::fs::MetadataExt as _;
        (facts.dev(), facts.ino())
    };
    // Elsewhere there is one process, and it swaps no file under itself.
    #[cfg(not(unix))]
    return (0, facts.is_file().into());
}

fn overwrite(file: &mut File) -> Result<()> {
    let length = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX);
    let mut noise = vec![0; length.min(1 << 16)];
    // Zeros would do; noise also defeats a file system that keeps no room for zeros.
    aws_lc_rs::rand::fill(&mut noise).ok();
    file.rewind()?;
    file.write_all(&noise)?;
    file.sync_all()
}

fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

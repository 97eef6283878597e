//! The data and key folders: made private, and refused where others may look in.

use std::{io, path::Path};

/// Makes the folder for its owner alone if it is not there, and tries whether files can be written in it.
pub(super) fn prepare(path: &Path) -> io::Result<()> {
    if !path.is_dir() {
        let mut builder = std::fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.recursive(true).create(path)?;
    }
    let probe = path.join(format!(".upvow-can-write-{}", std::process::id()));
    std::fs::write(&probe, b"")?;
    std::fs::remove_file(&probe)
}

/// Whether [`prepare`] has a chance: the nearest folder above that is there is one, and is not read-only.
pub(super) fn could_prepare(path: &Path) -> io::Result<()> {
    let above = path
        .ancestors()
        .find(|above| above.exists())
        .unwrap_or(Path::new("."));
    let facts = std::fs::metadata(above)?;
    if !facts.is_dir() {
        return Err(io::ErrorKind::NotADirectory.into());
    }
    if facts.permissions().readonly() {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    Ok(())
}

/// Whether people other than its owner may look into the folder.
#[cfg(unix)]
pub(super) fn is_open(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata(path).is_ok_and(|facts| facts.mode() & 0o077 != 0)
}

/// Whether people other than its owner may look into the folder: not known here.
#[cfg(not(unix))]
pub(super) fn is_open(_: &Path) -> bool {
    false
}

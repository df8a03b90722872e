//! Makes the files of the data folder: readable by their owner only, and never by following a link to another place. SQLite gives
//! the files beside a database the mode that the database has.

use std::fs::{self, DirBuilder, File, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// What others than the owner may do.
const OTHERS: u32 = 0o077;

/// Makes a folder for its owner only, if it is missing. One that was there before keeps its mode, since it may be shared on purpose;
/// that other users can enter it is logged.
///
/// # Errors
/// If it cannot be made.
pub(crate) fn folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    let mode = fs::metadata(path)?.permissions().mode();
    if mode & OTHERS != 0 {
        let mode = format!("{:o}", mode & 0o7777);
        tracing::warn!(folder = %path.display(), mode, "other users of this machine may enter the data folder");
    }
    Ok(())
}

/// Opens a file, which is made if it is missing, and closes it to all but its owner. What it holds stays.
///
/// # Errors
/// If it is a link, or cannot be opened.
pub(crate) fn file(path: &Path) -> io::Result<File> {
    refuse_link(path)?;
    let file = File::options().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)?;
    close_to_others(path, &file)?;
    Ok(file)
}

/// Writes a new file in place of what has this name, be it a link.
///
/// # Errors
/// If it cannot be written.
pub(crate) fn replace(path: &Path, text: &str) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = File::options().write(true).create_new(true).mode(0o600).open(path)?;
    io::Write::write_all(&mut file, text.as_bytes())
}

/// Closes files that an earlier version made to all but their owner. Those that are missing or another user's stay as they are.
///
/// # Errors
/// If one of them is a link, or cannot be looked at.
pub(crate) fn close(folder: &Path, names: &[&str]) -> io::Result<()> {
    for path in names.iter().map(|name| folder.join(name)) {
        refuse_link(&path)?;
        match File::open(&path) {
            Ok(file) => close_to_others(&path, &file)?,
            Err(error)
                if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn close_to_others(path: &Path, file: &File) -> io::Result<()> {
    let mode = file.metadata()?.permissions().mode();
    if mode & OTHERS != 0 && file.set_permissions(Permissions::from_mode(mode & !OTHERS)).is_err() {
        tracing::warn!(file = %path.display(), "other users of this machine may read a file of the data folder");
    }
    Ok(())
}

/// The folder is the owner's, so nobody else can put a link there between this and the opening.
fn refuse_link(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_symlink() => {
            Err(io::Error::new(io::ErrorKind::InvalidInput, format!("{} is a link", path.display())))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn files_are_for_their_owner_only() {
        let data = tempfile::tempdir().unwrap();
        let (old, new, replaced) = (data.path().join("old"), data.path().join("new"), data.path().join("it"));
        fs::write(&old, "kept").unwrap();
        fs::set_permissions(&old, Permissions::from_mode(0o644)).unwrap();
        file(&old).unwrap();
        file(&new).unwrap();
        replace(&replaced, "text").unwrap();
        assert_eq!([&old, &new, &replaced].map(|path| mode(path)), [0o600; 3]);
        assert_eq!(fs::read_to_string(&old).unwrap(), "kept");
        fs::set_permissions(&old, Permissions::from_mode(0o664)).unwrap();
        close(data.path(), &["old", "missing"]).unwrap();
        assert_eq!(mode(&old), 0o600);
        assert!(!data.path().join("missing").exists());
    }

    #[test]
    fn links_are_not_followed() {
        let data = tempfile::tempdir().unwrap();
        let (victim, link) = (data.path().join("victim"), data.path().join("link"));
        fs::write(&victim, "kept").unwrap();
        symlink(&victim, &link).unwrap();
        assert!(file(&link).is_err());
        assert!(close(data.path(), &["link"]).is_err());
        replace(&link, "text").unwrap();
        assert_eq!(fs::read_to_string(&victim).unwrap(), "kept");
        assert_eq!(fs::read_to_string(&link).unwrap(), "text");
    }
}

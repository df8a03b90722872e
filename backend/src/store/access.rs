//! Why a file of the data folder cannot be used, said in one sentence: which file, and for which user.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::LogError;

/// What begins every SQLite file.
const MAGIC: &[u8] = b"SQLite format 3\0";

/// Where SQLite has a file's application id.
const APPLICATION_ID_AT: usize = 68;

/// Makes sure that a file is there and may be read.
///
/// # Errors
/// [`LogError::NoFile`], [`LogError::Unreadable`], or what else the system says.
pub(crate) fn expect_readable(file: &Path) -> Result<(), LogError> {
    match File::open(file) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(LogError::NoFile(file.to_owned())),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Err(unreadable(file)),
        Err(error) => Err(error.into()),
    }
}

/// As [`expect_readable`], for a file that may be missing and is to be written too.
///
/// # Errors
/// [`LogError::Unreadable`], [`LogError::Unwritable`], or what else the system says.
pub(crate) fn expect_writable(file: &Path) -> Result<(), LogError> {
    match expect_readable(file) {
        Err(LogError::NoFile(_)) => return Ok(()),
        other => other?,
    }
    File::options().read(true).write(true).open(file).map_err(|error| unwritable(file, &error)).map(drop)
}

/// What is said where a folder or file cannot be written.
pub(crate) fn unwritable(path: &Path, error: &io::Error) -> LogError {
    // The system's own words have the number of the error behind them.
    let reason = match error.kind() {
        io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory => {
            "it is a file, not a folder".to_owned()
        }
        kind => kind.to_string(),
    };
    LogError::Unwritable { path: path.to_owned(), user: user(), reason }
}

fn unreadable(file: &Path) -> LogError {
    LogError::Unreadable { file: file.to_owned(), user: user() }
}

/// Whether a file begins as one of this program does that has this application id, or as the first bytes of one.
pub(crate) fn begins_as_ours(file: &Path, application_id: i64) -> bool {
    let mut head = Vec::new();
    let length = APPLICATION_ID_AT as u64 + 4;
    let read = File::open(file).and_then(|file| file.take(length).read_to_end(&mut head));
    let id = head.get(APPLICATION_ID_AT..).and_then(|id| <[u8; 4]>::try_from(id).ok());
    let is_ours = id.is_none_or(|id| i64::from(i32::from_be_bytes(id)) == application_id);
    read.is_ok() && head.starts_with(MAGIC) && is_ours
}

/// The user this process runs as: name and number.
fn user() -> String {
    // A process's folder there belongs to its user.
    let Ok(number) = fs::metadata("/proc/self").map(|me| me.uid()) else { return "this user".to_owned() };
    let known = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let name = known.lines().find_map(|line| {
        let mut parts = line.split(':');
        let name = parts.next()?;
        (parts.nth(1)?.parse() == Ok(number)).then(|| name.to_owned())
    });
    name.map_or_else(|| format!("user {number}"), |name| format!("{name} ({number})"))
}

//! What can be wrong with the files of the data folder.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

/// Why the log cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// Another server runs on this folder.
    #[error("another server is using the data folder {0}")]
    InUse(PathBuf),
    /// Nothing to read.
    #[error("there is no log in {0}")]
    Missing(PathBuf),
    /// An index without its log.
    #[error(
        "log.db in {0} is missing or empty, and an index of it is there: is the disk mounted, is --data right? Restore a \
         backup; to begin with nothing, remove index.db"
    )]
    Emptied(PathBuf),
    /// The file is some other program's.
    #[error("{0} is not a log of this program")]
    Foreign(PathBuf),
    /// The file was written by a later version.
    #[error("the log has format {0}, which only a later version of this program reads")]
    Newer(i64),
    /// The file is this program's, and SQLite cannot read it.
    #[error("{0} is damaged: restore a backup")]
    Broken(PathBuf),
    /// A file is missing.
    #[error("{0}: no such file")]
    NoFile(PathBuf),
    /// The user that runs this may not read a file.
    #[error("{file} may not be read by {user}")]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Name and number of the user.
        user: String,
    },
    /// The data folder, or a file in it, cannot be written.
    #[error("the data folder {path} cannot be written by {user}: {reason}")]
    Unwritable {
        /// The folder, or the file.
        path: PathBuf,
        /// Name and number of the user.
        user: String,
        /// What the system says.
        reason: String,
    },
    /// A record makes no sense.
    #[error("the log is damaged at position {0}")]
    Damaged(i64),
    /// The system reports an error.
    #[error("a file of the data folder cannot be read or written")]
    Io(#[from] io::Error),
    /// The database reports an error.
    #[error("log.db cannot be read or written: is the disk full, or the file damaged?")]
    Sqlite(#[from] rusqlite::Error),
    /// The index stands in the way.
    #[error(transparent)]
    Index(#[from] IndexError),
}

impl LogError {
    /// Says which file SQLite cannot read, if that is what this says.
    pub(crate) fn of_file(self, file: &Path) -> Self {
        match self {
            Self::Sqlite(error) if is_corrupt(&error) => Self::Broken(file.to_owned()),
            other => other,
        }
    }

    /// Whether it comes again with each try: what is stored is damaged, while a full disk may have room again.
    pub fn is_damage(&self) -> bool {
        match self {
            Self::Damaged(_) | Self::Index(IndexError::Damaged(_)) => true,
            Self::Sqlite(error) | Self::Index(IndexError::Sqlite(error)) => is_corrupt(error),
            _ => false,
        }
    }
}

fn is_corrupt(error: &rusqlite::Error) -> bool {
    use rusqlite::Error::{FromSqlConversionFailure, IntegralValueOutOfRange, InvalidColumnType, Utf8Error};
    let is_odd = matches!(
        error,
        FromSqlConversionFailure(..) | IntegralValueOutOfRange(..) | InvalidColumnType(..) | Utf8Error(..)
    );
    is_odd || matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
}

/// Why the index cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// The file is some other program's.
    #[error("{0} is not an index of this program")]
    Foreign(PathBuf),
    /// What is kept of a room makes no sense.
    #[error("the index is damaged at life {0}: delete index.db, it is made anew from the log")]
    Damaged(i64),
    /// The file cannot be used.
    #[error("the index cannot be used")]
    Io(#[from] io::Error),
    /// The database reports an error.
    #[error("the index cannot be read or written")]
    Sqlite(#[from] rusqlite::Error),
}

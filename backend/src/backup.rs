//! `duiliao backup` and `duiliao restore`: the log as one file, copied out while a server writes it, and put back.
//!
//! The index is not copied: it is made anew from the log.

use std::fs::{self, File, TryLockError};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, params};
use shared::Epoch;

use crate::clock;
use crate::edge::Edge;
use crate::room::proposal::Settings;
use crate::store::log::cluster;
use crate::store::{LogError, log, schema};

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// Nothing is overwritten.
    #[error("{0} is there already")]
    Exists(PathBuf),
    /// Another process makes the same file.
    #[error("another backup to {0} is under way")]
    Running(PathBuf),
    /// The log, or the copy, cannot be read or written.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The copy cannot be made where it is to be.
    #[error("{0} cannot be written: {1}")]
    Unwritable(PathBuf, io::ErrorKind),
    /// A file cannot be read or written.
    #[error("a file cannot be read or written")]
    Io(#[from] io::Error),
}

impl From<rusqlite::Error> for BackupError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Log(error.into())
    }
}

/// Pages of the log that are copied at once.
const PAGES: i32 = 64;

/// How long a copy waits where it cannot go on.
const BUSY: Duration = Duration::from_millis(10);

/// Copies the log in `folder` to `file`, as it is at one moment, whatever is written meanwhile; `told` hears how many pages
/// are done, of how many. The server goes on: it waits for nobody who reads.
///
/// # Errors
/// If `file` is there already, or one of the two cannot be used; then there is no `file`.
pub fn backup(folder: &Path, file: &Path, told: impl FnMut(u64, u64)) -> Result<(), BackupError> {
    let connection = log::open_in(folder)?;
    whole(file, |part| copy(&connection, part, told))
}

/// Makes a new data folder of a backup. Every room begins another epoch: a page that has seen more than the backup holds is
/// told to forget it. Of a cluster's copy another copy is made, as it is: what it lacks is in the streams; unless it is to
/// be `alone` from now on.
///
/// # Errors
/// If there is a log in `folder` already, or a part of one, or a server; or `file` is no backup; then there is no log in `folder`.
pub fn restore(
    file: &Path,
    folder: &Path,
    (edge, alone): (&Edge, bool),
    told: impl FnMut(u64, u64),
) -> Result<(), BackupError> {
    let connection = log::open_to_read(file)?;
    if log::recognise(&connection, file)? == 0 {
        return Err(LogError::Foreign(file.to_owned()).into());
    }
    let _lock = log::lock(folder)?;
    // Of another log that was here: SQLite would play its write-ahead file onto the restored one, its index might be taken for the
    // restored one's, and its time would be believed.
    for left in LEFTOVERS.map(|name| folder.join(name)) {
        if left.try_exists()? {
            return Err(BackupError::Exists(left));
        }
    }
    whole(&folder.join(log::FILE), |part| {
        copy(&connection, part, told)?;
        if cluster::is_copy(&connection)? && !alone { Ok(()) } else { begin_anew(part, edge) }
    })
}

/// What may be left of another log, beside the log itself.
const LEFTOVERS: [&str; 6] =
    [log::WAL_FILE, log::SHM_FILE, schema::FILE, schema::WAL_FILE, schema::SHM_FILE, clock::FILE];

/// Makes a file, for its owner only, under another name, which it gets when it is whole and on disk.
fn whole(file: &Path, make: impl FnOnce(&Path) -> Result<(), BackupError>) -> Result<(), BackupError> {
    if file.try_exists()? {
        return Err(BackupError::Exists(file.to_owned()));
    }
    let mut part = file.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    let _claim = claim(&part, file)?;
    let made = make(&part).and_then(|()| {
        File::open(&part)?.sync_all()?;
        publish(&part, file)?;
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
        Ok(File::open(folder.unwrap_or_else(|| Path::new(".")))?.sync_all()?)
    });
    if made.is_err() {
        remove(&part)?;
    }
    made
}

/// Makes the unfinished file, empty, for as long as this process has what is returned. One that was left over, by a process that was
/// killed, is removed first: the system has taken its lock away.
fn claim(part: &Path, file: &Path) -> Result<File, BackupError> {
    let running = || BackupError::Running(file.to_owned());
    let claimed = |opened: &File| match opened.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => Err(running()),
        Err(TryLockError::Error(error)) => Err(error.into()),
    };
    match File::options().read(true).write(true).open(part) {
        Ok(left) => {
            claimed(&left)?;
            remove(part)?;
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error.into()),
    }
    match File::options().write(true).create_new(true).mode(0o600).open(part) {
        Ok(made) => claimed(&made).map(|()| made),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(running()),
        Err(error) => Err(BackupError::Unwritable(file.to_owned(), error.kind())),
    }
}

/// Gives a file its name, unless something has come by that name meanwhile.
fn publish(part: &Path, file: &Path) -> Result<(), BackupError> {
    match fs::hard_link(part, file) {
        Ok(()) => Ok(remove(part)?),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            Err(BackupError::Exists(file.to_owned()))
        }
        // There are file systems without links.
        Err(_) => Ok(fs::rename(part, file)?),
    }
}

fn remove(file: &Path) -> io::Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn copy(source: &Connection, file: &Path, mut told: impl FnMut(u64, u64)) -> Result<(), BackupError> {
    // Held until the end: without it, each write of the server's would make the copy begin again.
    let moment = source.unchecked_transaction()?;
    moment.query_row("SELECT count(*) FROM lives", [], |row| row.get::<_, i64>(0))?;
    let mut target = Connection::open(file)?;
    // It is synced once, when it is whole.
    target.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")?;
    let copying = Backup::new(source, &mut target)?;
    loop {
        let step = copying.step(PAGES)?;
        let at = copying.progress();
        let count = |pages: i32| u64::try_from(pages).unwrap_or_default();
        told(count(at.pagecount - at.remaining), count(at.pagecount));
        match step {
            StepResult::Done => break,
            StepResult::More => {}
            // Another process holds the new file, or the log is being written anew.
            _ => thread::sleep(BUSY),
        }
    }
    drop(copying);
    Ok(one_file(&target)?)
}

/// Everything that was written is in the file itself, not beside it.
fn one_file(connection: &Connection) -> Result<(), rusqlite::Error> {
    connection.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(()))
}

/// A log that nothing remembers: no index, no page.
fn begin_anew(file: &Path, edge: &Edge) -> Result<(), BackupError> {
    let mut connection = Connection::open(file)?;
    log::prepare(&connection, file)?;
    cluster::leave(&connection)?;
    let change = connection.transaction()?;
    change.execute("UPDATE log SET id = ?1", [edge.random::<16>()])?;
    let lives = change
        .prepare("SELECT lives.life, private FROM lives JOIN records ON pos = lives.life")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<Vec<(i64, String)>, _>>()?;
    for (life, private) in lives {
        let settings: Settings = serde_json::from_str(&private).map_err(|_| LogError::Damaged(life))?;
        let settings = Settings { epoch: Epoch::new(&edge.random()), ..settings };
        let private = serde_json::to_string(&settings).expect("settings are plain data");
        change.execute("UPDATE records SET private = ?1 WHERE pos = ?2", params![private, life])?;
        change
            .execute("UPDATE lives SET epoch = ?1 WHERE life = ?2", params![settings.epoch.as_str(), life])?;
    }
    change.commit()?;
    Ok(one_file(&connection)?)
}

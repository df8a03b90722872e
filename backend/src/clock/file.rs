//! The file `clock` of the data folder: the steady time that a server stored last, so that the next one can tell whether its clock is
//! plausible. Where it is missing, the newest event tells it.

use std::fs;
use std::io;
use std::path::Path;

use shared::Millis;

use crate::store::private;

/// The file's name within the data folder.
pub(crate) const FILE: &str = "clock";

/// What the file says; nothing if it is missing or makes no sense.
pub(crate) fn read(folder: &Path) -> Option<Millis> {
    fs::read_to_string(folder.join(FILE)).ok()?.trim().parse().ok().map(Millis)
}

/// Writes the file. It is replaced as a whole, and not synced: an older time does no harm.
///
/// # Errors
/// If it cannot be written.
pub(crate) fn write(folder: &Path, steady: Millis) -> io::Result<()> {
    let part = folder.join("clock.part");
    private::replace(&part, &format!("{}\n", steady.0))?;
    fs::rename(part, folder.join(FILE))
}

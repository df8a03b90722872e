//! `duiliao rebuild`: the index, made anew from the log of a server that is stopped.

use std::path::Path;

use crate::archive::follower::Follower;
use crate::store::log::{self, Log};
use crate::store::{IndexError, LogError, schema};

/// Makes the index in `folder` anew; `told` hears how many records are indexed, of how many.
///
/// # Errors
/// If a server uses the folder, or one of the files cannot be used.
pub fn rebuild(folder: &Path, mut told: impl FnMut(u64, u64)) -> Result<(), LogError> {
    if !folder.join(log::FILE).try_exists()? {
        return Err(LogError::Missing(folder.to_owned()));
    }
    let log = Log::open(folder)?;
    schema::remove(folder).map_err(IndexError::from)?;
    let mut follower = Follower::open(folder, &log)?;
    let count = |pos: i64| u64::try_from(pos).unwrap_or_default();
    while follower.step()? {
        told(count(follower.pos()), count(log.last()));
    }
    follower.catch_up()
}

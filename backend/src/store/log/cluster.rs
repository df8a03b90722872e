//! What a log has beside its records where it is one of a cluster's copies: of which cluster, and up to where it has
//! followed each stream. That stands in the transaction of what it led to, so nothing is followed twice or left out.

use rusqlite::{Connection, OptionalExtension, params};
use shared::{MemberId, Millis};

use super::{Log, format};
use crate::store::LogError;

/// The format of a log that is a copy: that of any other, and these tables.
pub(super) const FORMAT: i64 = format::FORMAT + 1;

/// `cluster` has one row. `streams` is the last message of each stream that was followed, and what tells it from any
/// other. `seen` is when members were seen, where the records do not tell: the rules ask for it, and each copy must know
/// the same.
const TABLES: &str = "
    CREATE TABLE cluster (id TEXT NOT NULL, partitions INTEGER NOT NULL) STRICT;
    CREATE TABLE streams (partition INTEGER PRIMARY KEY, seq INTEGER NOT NULL, digest BLOB NOT NULL) STRICT;
    CREATE TABLE seen (life INTEGER, member INTEGER, at INTEGER NOT NULL, PRIMARY KEY (life, member))
        STRICT, WITHOUT ROWID;
";

/// The cluster that a log is a copy in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// Its id.
    pub id: String,
    /// How many streams it has.
    pub partitions: u32,
}

/// How far a stream was followed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Followed {
    /// The last message; 0 before the first.
    pub seq: u64,
    /// What tells that message from any other; zeros before the first.
    pub digest: [u8; 16],
}

/// Whether a log is one of a cluster's copies.
pub(crate) fn is_copy(connection: &Connection) -> Result<bool, LogError> {
    let sql = "SELECT 1 FROM sqlite_schema WHERE name = 'cluster'";
    Ok(connection.prepare(sql)?.exists([])?)
}

/// Makes a log that is a copy one machine's own again.
pub(crate) fn leave(connection: &Connection) -> Result<(), LogError> {
    if is_copy(connection)? {
        connection.execute_batch(&format!(
            "DROP TABLE cluster; DROP TABLE streams; DROP TABLE seen; PRAGMA user_version = {}",
            format::FORMAT
        ))?;
    }
    Ok(())
}

impl Log {
    /// Whether this is one of a cluster's copies.
    pub const fn is_clustered(&self) -> bool {
        self.clustered
    }

    /// The cluster it is a copy in.
    ///
    /// # Errors
    /// If the log cannot be read.
    pub fn membership(&self) -> Result<Option<Membership>, LogError> {
        if !self.clustered {
            return Ok(None);
        }
        let mut query = self.connection.prepare("SELECT id, partitions FROM cluster")?;
        let found = query.query_row([], |row| Ok(Membership { id: row.get(0)?, partitions: row.get(1)? }));
        Ok(found.optional()?)
    }

    /// Makes it a copy in this cluster, which has followed nothing yet.
    ///
    /// # Errors
    /// If the log cannot be written.
    pub fn enter_cluster(&mut self, membership: &Membership) -> Result<(), LogError> {
        let change = self.connection.transaction()?;
        change.execute_batch(&format!("{TABLES} PRAGMA user_version = {FORMAT};"))?;
        change
            .execute("INSERT INTO cluster VALUES (?1, ?2)", params![membership.id, membership.partitions])?;
        change.commit()?;
        self.clustered = true;
        Ok(())
    }

    /// How far each stream was followed.
    ///
    /// # Errors
    /// If the log cannot be read.
    pub fn followed(&self, partitions: u32) -> Result<Vec<Followed>, LogError> {
        const SQL: &str = "SELECT seq, digest FROM streams WHERE partition = ?1";
        let mut query = self.connection.prepare_cached(SQL)?;
        let read = |partition| {
            let found = query.query_row([partition], |row| {
                Ok(Followed { seq: row.get::<_, i64>(0)?.cast_unsigned(), digest: row.get(1)? })
            });
            Ok(found.optional()?.unwrap_or_default())
        };
        (0..partitions).map(read).collect()
    }

    /// A stream was followed up to here, in the transaction under way.
    ///
    /// # Errors
    /// If the log cannot be written.
    pub fn follow(&self, partition: u32, to: &Followed) -> Result<(), LogError> {
        const SQL: &str = "REPLACE INTO streams (partition, seq, digest) VALUES (?1, ?2, ?3)";
        let to = params![partition, to.seq.cast_signed(), to.digest];
        self.connection.prepare_cached(SQL)?.execute(to)?;
        Ok(())
    }

    /// A member was seen then, which no record tells.
    ///
    /// # Errors
    /// If the log cannot be written.
    pub fn saw(&self, life: i64, member: MemberId, at: Millis) -> Result<(), LogError> {
        const SQL: &str = "REPLACE INTO seen (life, member, at) VALUES (?1, ?2, ?3)";
        self.connection.prepare_cached(SQL)?.execute(params![life, member.0, at.0.cast_signed()])?;
        Ok(())
    }

    /// When members of a life were seen, as far as records do not tell.
    ///
    /// # Errors
    /// If the log cannot be read.
    pub fn seen(&self, life: i64) -> Result<Vec<(MemberId, Millis)>, LogError> {
        if !self.clustered {
            return Ok(Vec::new());
        }
        let mut query = self.connection.prepare_cached("SELECT member, at FROM seen WHERE life = ?1")?;
        let seen = query.query_map([life], |row| {
            Ok((MemberId(row.get(0)?), Millis(row.get::<_, i64>(1)?.cast_unsigned())))
        })?;
        Ok(seen.collect::<Result<_, _>>()?)
    }

    pub(super) fn forget_seen(&self, life: i64) -> Result<(), LogError> {
        if self.clustered {
            self.connection.prepare_cached("DELETE FROM seen WHERE life = ?1")?.execute([life])?;
        }
        Ok(())
    }
}

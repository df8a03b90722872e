//! The table `members` of the index: what the rules know of each member that a life of a room has had.
//!
//! A room in memory holds those who sit, so the others are found here by number or by token.

use rusqlite::{Connection, OptionalExtension, Row, params};
use shared::{MemberId, Name, Names};

use crate::room::member::MemberState;
use crate::room::members::{Members, Whom};

use super::IndexError;

/// Find a member by its token, and those who stay in memory.
pub(super) const LOOKUPS: &str = "
    CREATE INDEX members_token ON members (life, state ->> '$.token');
    CREATE INDEX members_in_use ON members (life, member)
        WHERE state ->> '$.seat.taken' IS NOT NULL OR state ->> '$.banned_at' IS NOT NULL
            OR state ->> '$.recall_before' IS NOT NULL;
";

/// See [`in_use`].
pub(crate) const IN_USE: &str = "SELECT member, state FROM members INDEXED BY members_in_use WHERE life = ?1
    AND (state ->> '$.seat.taken' IS NOT NULL OR state ->> '$.banned_at' IS NOT NULL
        OR state ->> '$.recall_before' IS NOT NULL)
    ORDER BY member";

/// See [`find`]. SQLite would rather look through all members of the life, so the index is named.
pub(crate) const BY_TOKEN: &str =
    "SELECT member, state FROM members INDEXED BY members_token WHERE life = ?1 AND state ->> '$.token' = ?2";

/// All members of a life.
pub(super) fn all(index: &Connection, life: i64) -> Result<Members, IndexError> {
    const SQL: &str = "SELECT member, state FROM members WHERE life = ?1 ORDER BY member";
    read(index, SQL, life)
}

/// Members of a life that stay in memory while its room does, but for the host: those who sit, are banned, or lose their messages.
pub(super) fn in_use(index: &Connection, life: i64) -> Result<Members, IndexError> {
    read(index, IN_USE, life)
}

/// A member of a life.
pub(crate) fn find(
    index: &Connection,
    life: i64,
    whom: Whom,
) -> Result<Option<(MemberId, MemberState)>, IndexError> {
    const BY_NUMBER: &str = "SELECT member, state FROM members WHERE life = ?1 AND member = ?2";
    let row = match whom {
        Whom::Token(token) => {
            index.prepare_cached(BY_TOKEN)?.query_row(params![life, token.to_hex()], columns).optional()?
        }
        Whom::Number(number) => {
            index.prepare_cached(BY_NUMBER)?.query_row(params![life, number.0], columns).optional()?
        }
    };
    row.map(|row| parse(row, life)).transpose()
}

/// The latest names of these members of a life.
pub(crate) fn names(
    index: &Connection,
    life: i64,
    members: impl Iterator<Item = MemberId>,
) -> Result<Names, IndexError> {
    const SQL: &str = "SELECT member, state -> '$.name' FROM members WHERE life = ?1 AND member = ?2";
    let mut names = Names::new();
    let mut query = index.prepare_cached(SQL)?;
    for number in members {
        let row = query.query_row([life, number.0.into()], columns).optional()?;
        names.extend(row.map(|row| parse_name(row, life)).transpose()?);
    }
    Ok(names)
}

/// The latest names of all members of a life.
pub(crate) fn all_names(index: &Connection, life: i64) -> Result<Names, IndexError> {
    const SQL: &str = "SELECT member, state -> '$.name' FROM members WHERE life = ?1";
    let mut query = index.prepare_cached(SQL)?;
    query.query_map([life], columns)?.map(|row| parse_name(row?, life)).collect()
}

fn parse_name((number, name): (u32, String), life: i64) -> Result<(MemberId, Name), IndexError> {
    let name = serde_json::from_str(&name).map_err(|_| IndexError::Damaged(life))?;
    Ok((MemberId(number), name))
}

fn read(index: &Connection, sql: &str, life: i64) -> Result<Members, IndexError> {
    const COUNT: &str = "SELECT coalesce(max(member), 0) FROM members WHERE life = ?1";
    let mut query = index.prepare_cached(sql)?;
    let mut rows = query.query([life])?;
    let mut members = Vec::new();
    while let Some(row) = rows.next()? {
        members.push(parse(columns(row)?, life)?);
    }
    let count = index.prepare_cached(COUNT)?.query_row([life], |row| row.get(0))?;
    Ok(Members::new(members, count))
}

fn columns(row: &Row<'_>) -> rusqlite::Result<(u32, String)> {
    Ok((row.get(0)?, row.get(1)?))
}

fn parse((number, state): (u32, String), life: i64) -> Result<(MemberId, MemberState), IndexError> {
    let state = serde_json::from_str(&state).map_err(|_| IndexError::Damaged(life))?;
    Ok((MemberId(number), state))
}

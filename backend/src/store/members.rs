//! The table `members` of the index: what the rules know of each member that a life of a room has had.
//!
//! A room in memory holds those who sit, so the others are found here by number or by token.

use rusqlite::{Connection, OptionalExtension, Row, params};
use shared::{MemberId, Name, Names};

use crate::room::member::MemberState;
use crate::room::members::{Members, Whom};

use super::IndexError;

/// Beside what the rules know of a member (`state`) stands what it is looked up by: its `token`, whether it is `in_use`
/// ([`MemberState::is_in_use`]), and whether messages of it are still to be recalled (`recall`).
pub(super) const SCHEMA: &str = "
    CREATE TABLE members (life INTEGER, member INTEGER, token TEXT NOT NULL, in_use INTEGER NOT NULL,
        recall INTEGER NOT NULL, state TEXT NOT NULL, PRIMARY KEY (life, member)) STRICT, WITHOUT ROWID;
    CREATE INDEX members_token ON members (life, token);
    CREATE INDEX members_in_use ON members (life, member) WHERE in_use = 1;
    CREATE INDEX members_recall ON members (life) WHERE recall = 1;
";

/// What a member is looked up by.
type Lookups = (String, bool, bool);

fn lookups(member: &MemberState) -> Lookups {
    (member.token().to_hex(), member.is_in_use(), member.left_to_recall().is_some())
}

/// Stores a member. Where only its state has changed, as with each message, no lookup is touched.
pub(crate) fn put(
    index: &Connection,
    life: i64,
    number: MemberId,
    member: &MemberState,
) -> Result<(), IndexError> {
    const STATE: &str = "UPDATE members SET state = ?6
        WHERE life = ?1 AND member = ?2 AND token = ?3 AND in_use = ?4 AND recall = ?5";
    const ALL: &str = "REPLACE INTO members (life, member, token, in_use, recall, state)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let (token, in_use, recall) = lookups(member);
    let state = serde_json::to_string(member).expect("names, hashes and numbers are plain data");
    let row = params![life, number.0, token, in_use, recall, state];
    if index.prepare_cached(STATE)?.execute(row)? == 0 {
        index.prepare_cached(ALL)?.execute(row)?;
    }
    Ok(())
}

/// Whether all members of a life are looked up by what is known of them.
pub(crate) fn lookups_fit(index: &Connection, life: i64) -> Result<bool, IndexError> {
    const SQL: &str = "SELECT member, state, token, in_use, recall FROM members WHERE life = ?1";
    let mut query = index.prepare_cached(SQL)?;
    let mut rows = query.query([life])?;
    while let Some(row) = rows.next()? {
        let stored: Lookups = (row.get(2)?, row.get(3)?, row.get(4)?);
        if stored != lookups(&parse(columns(row)?, life)?.1) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// All members of a life.
pub(super) fn all(index: &Connection, life: i64) -> Result<Members, IndexError> {
    const SQL: &str = "SELECT member, state FROM members WHERE life = ?1 ORDER BY member";
    read(index, SQL, life)
}

/// Members of a life that stay in memory while its room does, but for the host.
pub(super) fn in_use(index: &Connection, life: i64) -> Result<Members, IndexError> {
    const SQL: &str = "SELECT member, state FROM members INDEXED BY members_in_use
        WHERE life = ?1 AND in_use = 1 ORDER BY member";
    read(index, SQL, life)
}

/// A member of a life.
pub(crate) fn find(
    index: &Connection,
    life: i64,
    whom: Whom,
) -> Result<Option<(MemberId, MemberState)>, IndexError> {
    const BY_TOKEN: &str = "SELECT member, state FROM members INDEXED BY members_token
        WHERE life = ?1 AND token = ?2";
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

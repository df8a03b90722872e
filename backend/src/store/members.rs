//! The tables `members` and `tokens` of the index: what the rules know of each member that a life of a room has had.
//!
//! A room in memory holds those who sit, so the others are found here by number or by token.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, Row, params};
use shared::{MemberId, Name, Names};

use crate::room::member::MemberState;
use crate::room::members::{Members, Whom};
use crate::room::seal::TokenHash;
use crate::room::tokens::Tokens;

use super::IndexError;

/// Beside what the rules know of a member (`state`) stands what it is looked up by: whether it is `in_use`
/// ([`MemberState::is_in_use`]), and whether messages of it are still to be recalled (`recall`). `tokens` has every token that a
/// member's state has, void ones too.
pub(super) const SCHEMA: &str = "
    CREATE TABLE members (life INTEGER, member INTEGER, in_use INTEGER NOT NULL, recall INTEGER NOT NULL,
        state TEXT NOT NULL, PRIMARY KEY (life, member)) STRICT, WITHOUT ROWID;
    CREATE TABLE tokens (life INTEGER, token BLOB, member INTEGER NOT NULL, PRIMARY KEY (life, token)) STRICT, WITHOUT ROWID;
    CREATE INDEX members_in_use ON members (life, member) WHERE in_use = 1;
    CREATE INDEX members_recall ON members (life) WHERE recall = 1;
";

/// What a member is looked up by.
type Lookups = (bool, bool);

fn lookups(member: &MemberState) -> Lookups {
    (member.is_in_use(), member.left_to_recall().is_some())
}

/// Stores a member in place of what the index has of it. Where only its state has changed, as with each message, no lookup is
/// touched.
pub(crate) fn put(
    index: &Connection,
    life: i64,
    number: MemberId,
    (before, member): (Option<&MemberState>, &MemberState),
) -> Result<(), IndexError> {
    const STATE: &str = "UPDATE members SET state = ?5
        WHERE life = ?1 AND member = ?2 AND in_use = ?3 AND recall = ?4";
    const ALL: &str =
        "REPLACE INTO members (life, member, in_use, recall, state) VALUES (?1, ?2, ?3, ?4, ?5)";
    let (in_use, recall) = lookups(member);
    let state = serde_json::to_string(member).expect("names, hashes and numbers are plain data");
    let row = params![life, number.0, in_use, recall, state];
    if index.prepare_cached(STATE)?.execute(row)? == 0 {
        index.prepare_cached(ALL)?.execute(row)?;
    }
    put_tokens(index, life, number, (before.map(MemberState::tokens), member.tokens()))
}

fn put_tokens(
    index: &Connection,
    life: i64,
    number: MemberId,
    (before, tokens): (Option<&Tokens>, &Tokens),
) -> Result<(), IndexError> {
    const DELETE: &str = "DELETE FROM tokens WHERE life = ?1 AND token = ?2";
    const PUT: &str = "REPLACE INTO tokens (life, token, member) VALUES (?1, ?2, ?3)";
    if before == Some(tokens) {
        return Ok(());
    }
    for forgotten in before.into_iter().flat_map(Tokens::iter).filter(|token| tokens.find(token).is_none()) {
        index.prepare_cached(DELETE)?.execute(params![life, forgotten.as_bytes()])?;
    }
    let is_new = |token: &TokenHash| before.is_none_or(|before| before.find(token).is_none());
    for token in tokens.iter().filter(is_new) {
        index.prepare_cached(PUT)?.execute(params![life, token.as_bytes(), number.0])?;
    }
    Ok(())
}

/// Deletes all members of a life.
pub(crate) fn forget(index: &Connection, life: i64) -> Result<(), IndexError> {
    index.prepare_cached("DELETE FROM members WHERE life = ?1")?.execute([life])?;
    index.prepare_cached("DELETE FROM tokens WHERE life = ?1")?.execute([life])?;
    Ok(())
}

/// Whether all members of a life are looked up by what is known of them.
pub(crate) fn lookups_fit(index: &Connection, life: i64) -> Result<bool, IndexError> {
    const SQL: &str = "SELECT member, state, in_use, recall FROM members WHERE life = ?1";
    const TOKENS: &str = "SELECT token, member FROM tokens WHERE life = ?1";
    let mut query = index.prepare_cached(SQL)?;
    let mut rows = query.query([life])?;
    let mut tokens = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let stored: Lookups = (row.get(2)?, row.get(3)?);
        let (number, member) = parse(columns(row)?, life)?;
        if stored != lookups(&member) {
            return Ok(false);
        }
        tokens.extend(member.tokens().iter().map(|token| (*token.as_bytes(), number.0)));
    }
    let mut query = index.prepare_cached(TOKENS)?;
    let stored = query.query_map([life], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(stored.collect::<Result<BTreeMap<[u8; 32], u32>, _>>()? == tokens)
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
    const BY_TOKEN: &str = "SELECT member, state FROM tokens JOIN members USING (life, member)
        WHERE life = ?1 AND token = ?2";
    const BY_NUMBER: &str = "SELECT member, state FROM members WHERE life = ?1 AND member = ?2";
    let row = match whom {
        Whom::Token(token) => {
            index.prepare_cached(BY_TOKEN)?.query_row(params![life, token.as_bytes()], columns).optional()?
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

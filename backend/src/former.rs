//! Names and tokens of former members, whom a room does not keep in memory: first from the room, then from the index.
//!
//! An index that cannot be read is an error ([`Code::Overloaded`]), not an unknown member.

use std::collections::BTreeSet;
use std::sync::Arc;

use shared::{Code, MemberId, Name, Names, TokenOwner};
use tokio::task::spawn_blocking;

use crate::room::member::MemberState;
use crate::room::seal::TokenHash;
use crate::room::tokens::TokenUse;
use crate::room::{Room, View};
use crate::services::Services;
use crate::store::LogError;

/// Names of members who were not seated at one moment.
#[derive(Debug)]
pub(crate) struct FormerNames {
    view: Arc<View>,
    /// Of those whom the room does not have in memory.
    read: Names,
}

impl FormerNames {
    /// Of those of `members` who are not seated now.
    ///
    /// # Errors
    /// [`Code::Overloaded`] if the index cannot be read.
    pub(crate) async fn find(
        room: &Room,
        members: impl Iterator<Item = MemberId>,
        services: &Arc<Services>,
    ) -> Result<Self, Code> {
        let view = room.snapshot().view;
        // Whoever leaves memory after this moment is in this view.
        let unknown: BTreeSet<_> = members.filter(|member| !view.roster.has(*member)).collect();
        if unknown.is_empty() {
            return Ok(Self { view, read: Names::new() });
        }
        let (services, life) = (Arc::clone(services), room.life());
        let read = blocking(move || services.archive.names(life, unknown.into_iter())).await?;
        Ok(Self { view, read })
    }

    /// The name of somebody who is not seated.
    pub(crate) fn name(&self, member: MemberId) -> Option<&Name> {
        if self.view.roster.has(member) {
            self.view.roster.former_name(member)
        } else {
            self.read.get(&member)
        }
    }
}

/// The names of everybody who is or was in a room, for an export.
///
/// # Errors
/// [`Code::Overloaded`] if the index cannot be read.
pub(crate) async fn all_names(room: &Room, services: &Arc<Services>) -> Result<Names, Code> {
    let view = room.snapshot().view;
    let (services, life) = (Arc::clone(services), room.life());
    let mut names = blocking(move || services.exports.archive.all_names(life)).await?;
    names.extend(view.roster.names().map(|(member, name)| (member, name.clone())));
    Ok(names)
}

/// The member this token belongs to, seated or not, if the room knows the token.
///
/// # Errors
/// [`Code::Overloaded`] if the index cannot be read.
pub(crate) async fn token_owner(
    room: &Room,
    token: TokenHash,
    services: &Arc<Services>,
) -> Result<Option<TokenOwner>, Code> {
    if let Some(owner) = room.token_owner(&token) {
        return Ok(Some(owner));
    }
    let member = find(room, token, services).await?;
    let member = member.filter(|(_, member)| member.tokens().find(&token) != Some(TokenUse::Void));
    Ok(member.map(|(_, member)| TokenOwner { name: Some(member.name().clone()), host: false, seated: false }))
}

/// The former member whose token this is or was, whom the room does not have in memory. The index may be behind the room: of a
/// token that the room knows it is not asked.
///
/// # Errors
/// [`Code::Overloaded`] if the index cannot be read.
pub(crate) async fn find(
    room: &Room,
    token: TokenHash,
    services: &Arc<Services>,
) -> Result<Option<(MemberId, MemberState)>, Code> {
    if room.snapshot().view.roster.token_use(&token).is_some() {
        return Ok(None);
    }
    let (services, life) = (Arc::clone(services), room.life());
    blocking(move || services.archive.member_with(life, token)).await
}

/// Reads the index on a thread of its own. Logs why the index cannot be read.
async fn blocking<T: Send + 'static>(
    read: impl FnOnce() -> Result<T, LogError> + Send + 'static,
) -> Result<T, Code> {
    match spawn_blocking(read).await {
        Ok(Ok(found)) => Ok(found),
        Ok(Err(error)) => {
            tracing::error!(error = &error as &dyn std::error::Error, "former members could not be read");
            Err(Code::Overloaded)
        }
        Err(error) => {
            tracing::error!(%error, "reading former members ended early");
            Err(Code::Overloaded)
        }
    }
}

//! Whose a token is in a room, as far as the room has its members in memory.

use shared::TokenOwner;

use super::roster::Seat;
use super::seal::TokenHash;
use super::tokens::TokenUse;
use super::{Room, View};

impl Room {
    /// The member this token belongs to, if the room knows the token and it is not void.
    pub fn token_owner(&self, token: &TokenHash) -> Option<TokenOwner> {
        let view = self.snapshot().view;
        match view.roster.token_use(token) {
            Some((_, TokenUse::Void)) => None,
            Some((member, TokenUse::Device | TokenUse::Recovery)) => {
                let name = view.roster.name(member).cloned();
                let seated = matches!(view.roster.seat(member), Some(Seat::Taken(_)));
                Some(TokenOwner { name, host: view.facts.host == Some(member), seated })
            }
            None => self.is_unused_host_token(token, &view).then_some(TokenOwner {
                name: None,
                host: true,
                seated: false,
            }),
        }
    }

    /// Whether this is the token of a device of the host, or kept for it.
    pub fn is_host_token(&self, token: &TokenHash) -> bool {
        let view = self.snapshot().view;
        match view.roster.find(token) {
            Some((member, _)) => view.facts.host == Some(member),
            None => self.is_unused_host_token(token, &view),
        }
    }

    /// Whether this token of a member in memory was signed out or used.
    pub fn is_void_token(&self, token: &TokenHash) -> bool {
        matches!(self.snapshot().view.roster.token_use(token), Some((_, TokenUse::Void)))
    }

    /// The host's token is known before it is used.
    fn is_unused_host_token(&self, token: &TokenHash, view: &View) -> bool {
        view.facts.host.is_none() && self.settings.host == Some(*token)
    }
}

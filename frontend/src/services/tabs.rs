//! Finds out whether another tab of this browser uses the same lobby session. Browsers copy the session storage when a tab is
//! duplicated, and two tabs of the lobby are two people.

use std::cell::Cell;
use std::rc::Rc;

use gloo_timers::future::TimeoutFuture;
use shared::Token;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{BroadcastChannel, MessageEvent};

const CHANNEL: &str = "duiliao.lobby";
/// How long another tab may take to answer.
const ANSWER_MS: u32 = 120;

/// Answers other tabs that ask for this tab's session, until it is dropped.
pub struct SessionClaim {
    channel: BroadcastChannel,
    _answer: Closure<dyn FnMut(MessageEvent)>,
}

impl SessionClaim {
    /// Claims a session. None in a browser without broadcast channels: there a duplicated tab stays the same person.
    pub fn new(token: &Token) -> Option<Self> {
        let channel = BroadcastChannel::new(CHANNEL).ok()?;
        let (question, reply) = (question(token), reply(token));
        let answers = channel.clone();
        let answer = Closure::<dyn FnMut(MessageEvent)>::new(move |message: MessageEvent| {
            if message.data().as_string().as_deref() == Some(&question) {
                let _ = answers.post_message(&reply.as_str().into());
            }
        });
        channel.set_onmessage(Some(answer.as_ref().unchecked_ref()));
        Some(Self { channel, _answer: answer })
    }

    /// Asks the other tabs whether one of them uses this session.
    pub async fn is_in_use(token: &Token) -> bool {
        let Ok(channel) = BroadcastChannel::new(CHANNEL) else {
            return false;
        };
        let is_used = Rc::new(Cell::new(false));
        let (reply, heard) = (reply(token), Rc::clone(&is_used));
        let listener = Closure::<dyn FnMut(MessageEvent)>::new(move |message: MessageEvent| {
            if message.data().as_string().as_deref() == Some(&reply) {
                heard.set(true);
            }
        });
        channel.set_onmessage(Some(listener.as_ref().unchecked_ref()));
        let _ = channel.post_message(&question(token).into());
        TimeoutFuture::new(ANSWER_MS).await;
        channel.close();
        is_used.get()
    }
}

impl Drop for SessionClaim {
    fn drop(&mut self) {
        self.channel.close();
    }
}

fn question(token: &Token) -> String {
    format!("who {}", token.as_str())
}

fn reply(token: &Token) -> String {
    format!("me {}", token.as_str())
}

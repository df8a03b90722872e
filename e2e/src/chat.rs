//! What a person does and sees in the chat, in the page's own terms.

use std::time::Duration;

use serde::Deserialize;

use crate::page::Page;
use crate::wait::{eventually, eventually_within};

/// Reads every row of the list that is a message or a notice of an event (a new day is neither).
pub(crate) const ROWS: &str = "
    return [...document.querySelectorAll('#log .note[data-seq], #log .msg')].map(row => ({
        note: row.classList.contains('note'),
        mine: row.classList.contains('mine'),
        text: (row.querySelector('.words') ?? row.firstChild).textContent.trim(),
        time: row.querySelector('time')?.innerText.trim() ?? '',
        state: [...row.querySelectorAll('.meta, .edited')].map(e => e.innerText.trim()).join(' · '),
        seq: row.dataset.seq ? Number(row.dataset.seq) : null,
    }));
";

/// One row of the conversation.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Row {
    /// A notice, not something said.
    pub note: bool,
    /// Said by this window's person.
    pub mine: bool,
    /// What was said, or noticed.
    pub text: String,
    /// The time, such as `15:04`. In a group it is in sight once, and for screen readers in every row.
    pub time: String,
    /// Delivery state and 已编辑. In a group the state is in sight where it changes, and for screen readers in every row.
    pub state: String,
    /// The event's number; none while it waits to be sent.
    pub seq: Option<u64>,
}

/// Identifies one accepted connection of one page load.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct ConnectionId(String);

impl Page {
    /// Writes a name into the card.
    #[track_caller]
    pub fn type_name(&self, name: &str) {
        self.write("#name", name);
    }

    /// Presses 连接.
    #[track_caller]
    pub fn connect(&self) {
        self.click("button#connect");
    }

    /// Joins under a name and waits for the welcome.
    #[track_caller]
    pub fn join(&self, name: &str) {
        self.type_name(name);
        self.connect();
        self.wait_for_note(&format!("欢迎你{name}"));
    }

    /// Tries to join, and gives the sentence that refuses it.
    #[track_caller]
    pub fn refused(&self, name: &str) -> String {
        self.type_name(name);
        self.connect();
        eventually(format_args!("{name} to be refused"), || {
            let sentence = self.try_text("#join-problem[role=alert]")?;
            if sentence.is_empty() { Err(self.describe()) } else { Ok(sentence) }
        })
    }

    /// Waits for this sentence on the card, which leaves something to be done.
    #[track_caller]
    pub fn wait_for_problem(&self, sentence: &str) {
        eventually(sentence, || {
            let seen = self.try_text("#join-problem[role=alert]")?;
            if seen == sentence { Ok(()) } else { Err(self.describe()) }
        });
        self.wait_for_card();
        assert!(self.is_enabled("button#connect") && self.shows("#new-room"), "{sentence} leads nowhere");
    }

    /// Presses 断开, behind ⋯ where there is little room, as a host a second time, and waits for the card.
    #[track_caller]
    pub fn disconnect(&self) {
        if !self.shows("button#disconnect") {
            self.click("button#more");
        }
        self.click("button#disconnect");
        self.wait_until(
            "the card, or the question to a host",
            "return !document.querySelector('.me button#disconnect')",
        );
        if self.shows("button#disconnect-anyway") {
            self.click("button#disconnect-anyway");
        }
        self.wait_for_card();
    }

    /// Waits until the card for joining is there and can be filled in.
    #[track_caller]
    pub fn wait_for_card(&self) {
        self.wait_until(
            "the card for joining",
            "const isEnabled = e => !!e && !e.disabled && !e.readOnly;
             return isEnabled(document.querySelector('#name'))
                 && !isEnabled(document.querySelector('button#disconnect'))",
        );
    }

    /// Writes a message and presses Enter.
    #[track_caller]
    pub fn say(&self, text: &str) {
        self.write("textarea#message", text);
        self.press_enter();
        self.wait_until(
            "the box to be empty",
            "return document.querySelector('textarea#message').value === ''",
        );
    }

    /// All rows, the oldest first.
    #[track_caller]
    pub fn rows(&self) -> Vec<Row> {
        self.query(ROWS, &[])
    }

    /// What was said, the oldest first.
    #[track_caller]
    pub fn texts(&self) -> Vec<String> {
        messages(self.rows())
    }

    /// The notices, the oldest first.
    #[track_caller]
    pub fn notes(&self) -> Vec<String> {
        self.rows().into_iter().filter(|row| row.note).map(|row| row.text).collect()
    }

    /// Waits for a message that says exactly this.
    #[track_caller]
    pub fn wait_for_text(&self, text: &str) -> Row {
        self.wait_for_row(text, |row| !row.note && row.text == text)
    }

    /// Waits for a notice that says exactly this.
    #[track_caller]
    pub fn wait_for_note(&self, text: &str) -> Row {
        self.wait_for_row(text, |row| row.note && row.text == text)
    }

    /// Waits until a message of one's own is 已送达, or even 已读.
    #[track_caller]
    pub fn wait_until_delivered(&self, text: &str) -> Row {
        self.wait_for_row(&format!("{text} to be 已送达"), |row| {
            row.mine && row.text == text && ["已送达", "已读"].iter().any(|state| row.state.contains(state))
        })
    }

    /// Waits until exactly this was said, in this order.
    #[track_caller]
    pub fn wait_for_texts(&self, texts: &[&str]) {
        eventually(format_args!("{texts:?}"), || {
            let seen = messages(self.try_rows()?);
            if seen == texts { Ok(()) } else { Err(format!("{seen:?}")) }
        });
    }

    /// Waits until this message of one's own shows that state, such as `已读`.
    #[track_caller]
    pub fn wait_for_state(&self, text: &str, state: &str) {
        self.wait_for_row(&format!("{text} to be {state}"), |row| {
            row.mine && row.text == text && row.state.split(" · ").any(|part| part == state)
        });
    }

    /// Waits until the line above the box says exactly this, or nothing.
    #[track_caller]
    pub fn wait_for_typing(&self, line: &str) {
        eventually(format_args!("the typing line to be {line:?}"), || {
            let seen = self.try_text("#typing")?;
            if seen == line { Ok(()) } else { Err(seen) }
        });
    }

    /// Scrolls up until nothing older is to come.
    #[track_caller]
    pub fn read_back_to_the_beginning(&self) {
        eventually("the beginning of the room", || {
            let more: bool = self.try_ask(
                "document.querySelector('#log').scrollTop = 0; return !!document.querySelector('#older')",
                &[],
            )?;
            if more { Err(self.describe()) } else { Ok(()) }
        });
    }

    /// Waits until the page says that the connection is lost.
    #[track_caller]
    pub fn wait_until_lost(&self) {
        // The page hides a loss shorter than two seconds.
        self.wait_until_lost_within(Duration::from_secs(6));
    }

    /// As [`Page::wait_until_lost`], for a loss that the page can only infer from silence.
    #[track_caller]
    pub fn wait_until_lost_within(&self, limit: Duration) {
        eventually_within(limit, "the banner of a lost connection", || {
            let banner = self.try_text("#banner")?;
            if banner.contains("连接断开，正在重连") { Ok(()) } else { Err(self.describe()) }
        });
    }

    /// Waits for a connection that the server has accepted, and returns its id.
    #[track_caller]
    pub fn connection(&self) -> ConnectionId {
        eventually("a connection", || self.try_connection()?.ok_or_else(|| self.describe()))
    }

    /// Waits until the server has accepted another connection than `before` and the banner is gone.
    ///
    /// `before` is taken while the old connection is still good, so this never returns before the loss.
    #[track_caller]
    pub fn wait_until_back(&self, before: &ConnectionId) {
        eventually("the connection to be back", || {
            let is_back = self.try_connection()?.is_some_and(|now| now != *before);
            if is_back && self.try_text("#banner")?.is_empty() { Ok(()) } else { Err(self.describe()) }
        });
    }

    fn try_connection(&self) -> Result<Option<ConnectionId>, String> {
        self.try_ask(
            "const number = document.querySelector('main.room')?.dataset.connection;
             return number === undefined ? null : `${performance.timeOrigin} ${number}`",
            &[],
        )
    }

    #[track_caller]
    fn wait_for_row(&self, what: &str, is_it: impl Fn(&Row) -> bool) -> Row {
        eventually(what, || {
            let rows = self.try_rows()?;
            rows.iter().find(|row| is_it(row)).cloned().ok_or_else(|| match rows.is_empty() {
                true => self.describe(),
                false => format!("{rows:?}"),
            })
        })
    }

    fn try_rows(&self) -> Result<Vec<Row>, String> {
        self.try_ask(ROWS, &[])
    }
}

/// The texts of the messages among these rows.
fn messages(rows: Vec<Row>) -> Vec<String> {
    rows.into_iter().filter(|row| !row.note).map(|row| row.text).collect()
}

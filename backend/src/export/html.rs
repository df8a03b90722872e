//! An export to be read: one file that needs no server, no script and nobody's leave, and looks like the room.
//!
//! Text from people goes through the template, which escapes it.

use std::collections::HashMap;

use maud::{Markup, PreEscaped, html};
use shared::appearance::{TOGETHER_MS, hue, initials, without_bidi_controls};
use shared::{Event, Fact, GoneKind, GoneWhy, LeftWhy, MemberId, Millis, Name, Names, Seq, grapheme};
use time::Date;

use super::About;
use super::clock::{clock, day, local, stamp};
use super::moves::Moves;

/// The room, event by event.
#[derive(Debug)]
pub(super) struct Html {
    me: MemberId,
    /// Whether the room has two seats.
    is_pair: bool,
    names: HashMap<MemberId, Name>,
    day: Option<Date>,
    /// Who spoke last, and when: messages of one person that are close stand together.
    last: Option<(MemberId, Millis)>,
    /// Who came and went since the last row, which is not drawn yet.
    moves: Option<Moves>,
}

/// The messages that replies answer, by their numbers. What is not readable is missing.
pub(super) type Quoted = HashMap<Seq, Fact>;

const STYLE: &str = include_str!("style.css");

/// What ends the page.
const TAIL: &str = "</main>\n</body>\n</html>\n";

/// It runs nothing and loads nothing, whatever stands in it.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

/// Characters of a message that stand in the line of a reply to it.
const QUOTE_MAX: usize = 60;

impl Html {
    pub(super) fn new(about: &About, names: Names) -> Self {
        let (me, is_pair) = (about.host, about.capacity == 2);
        Self { me, is_pair, names: names.into_iter().collect(), day: None, last: None, moves: None }
    }

    pub(super) fn head(&self, about: &About) -> String {
        let title = about.title.as_deref().unwrap_or("对聊");
        let head = html! {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
        };
        let header = html! {
            header {
                h1 { (title) }
                p { "导出于 " (day(local(about.at).date())) " " (clock(about.at)) "，时间为北京时间" }
            }
        };
        let (head, header) = (head.into_string(), header.into_string());
        format!("<!doctype html>\n<html lang=\"zh-CN\">\n{head}\n<body>\n{header}\n<main>\n")
    }

    /// Draws what is left, and ends the page.
    pub(super) fn tail(&mut self) -> String {
        let mut page = String::new();
        self.draw_moves(&mut page);
        page + TAIL
    }

    /// Draws an event.
    pub(super) fn event(&mut self, event: &Event, quoted: &Quoted, page: &mut String) {
        if let Fact::Joined { member, name, .. } = &event.fact {
            self.names.insert(*member, name.clone());
        }
        if self.fold_move(event, page) {
            return;
        }
        let row = match &event.fact {
            Fact::Said { by, text, reply_to, edited, .. } => {
                self.draw_moves(page);
                self.begin_day(event.at, page);
                let close = |(who, at): (MemberId, Millis)| who == *by && event.at.0 < at.0 + TOGETHER_MS;
                let again = self.last.is_some_and(close);
                self.last = Some((*by, event.at));
                let (mine, name) = (*by == self.me, self.name(*by));
                html! {
                    article.msg.mine[mine].again[again] id={ "m" (event.seq) } {
                        @if !again {
                            @if !mine {
                                span.avatar aria-hidden="true" style={ "--h:" (hue(name)) } { (initials(name)) }
                            }
                            span.who { (name) }
                        }
                        @if let Some(target) = reply_to {
                            a.reply href={ "#m" (target) } { (self.quote(quoted.get(target))) }
                        }
                        div.bubble dir="auto" { (without_bidi_controls(text.as_str())) }
                        span.meta {
                            time datetime=(stamp(event.at)) { (clock(event.at)) }
                            @if edited.is_some() { " 已编辑" }
                        }
                    }
                }
            }
            fact => {
                let Some(note) = self.note(fact) else { return };
                self.draw_moves(page);
                self.begin_day(event.at, page);
                self.last = None;
                html! { p.note id={ "m" (event.seq) } { (note) } }
            }
        };
        page.push_str(&row.into_string());
        page.push('\n');
    }

    /// Whether an event is somebody coming or going; then it is drawn later, with those that follow on the same day.
    fn fold_move(&mut self, event: &Event, page: &mut String) -> bool {
        let (member, joined) = match event.fact {
            Fact::Joined { member, .. } => (member, true),
            Fact::Left { member, why: LeftWhy::Asked | LeftWhy::Away } => (member, false),
            _ => return false,
        };
        if self.day != Some(local(event.at).date()) {
            self.draw_moves(page);
            self.begin_day(event.at, page);
        }
        let mut moves = self.moves.take().unwrap_or_else(|| Moves::from(event.seq));
        if joined {
            moves.join(member);
        } else {
            moves.leave(member);
        }
        self.moves = Some(moves);
        true
    }

    fn draw_moves(&mut self, page: &mut String) {
        if let Some(moves) = self.moves.take() {
            self.last = None;
            let row = html! { p.note id={ "m" (moves.first) } { (moves.line(self.is_pair, |member| self.name(member))) } };
            page.push_str(&row.into_string());
            page.push('\n');
        }
    }

    /// Whom and what a reply answers, in one line.
    fn quote(&self, answered: Option<&Fact>) -> Markup {
        match answered {
            Some(Fact::Said { by, text, .. }) => {
                let text = without_bidi_controls(text.as_str());
                let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
                let start = grapheme::beginning(&line, QUOTE_MAX);
                let more = if start.len() < line.len() { "…" } else { "" };
                html! { "回复" (self.name(*by)) "：" bdi { (start) (more) } }
            }
            Some(Fact::Gone { by, why: GoneWhy::Recalled, .. }) => {
                html! { "回复" (self.name(*by)) "：消息已撤回" }
            }
            Some(Fact::Gone { by, .. }) => html! { "回复" (self.name(*by)) },
            _ => html! { "回复" },
        }
    }

    /// The words are the page's.
    fn note(&self, fact: &Fact) -> Option<String> {
        let note = match fact {
            Fact::Left { member, why: LeftWhy::Removed } => format!("{}已被移出房间", self.name(*member)),
            Fact::Gone { of: GoneKind::Said, why: GoneWhy::Recalled, by, recalled_by, .. } => {
                match recalled_by.filter(|recaller| recaller != by) {
                    Some(host) => format!("{}撤回了{}的一条消息", self.name(host), self.name(*by)),
                    None => format!("{}撤回了一条消息", self.name(*by)),
                }
            }
            Fact::Locked { locked: true, .. } => "房间已锁定，新成员无法加入".to_owned(),
            Fact::Locked { locked: false, .. } => "房间已解锁".to_owned(),
            Fact::Set { title, slow_s, .. } => settings(title.as_deref(), *slow_s),
            Fact::Muted { member, until: Some(until), .. } => {
                let (day, clock) = (day(local(*until).date()), clock(*until));
                format!("{}已被禁言，至 {day} {clock}", self.name(*member))
            }
            Fact::Muted { member, until: None, .. } => format!("{}已被解除禁言", self.name(*member)),
            Fact::Unbanned { member, .. } => format!("已允许{}重新加入", self.name(*member)),
            Fact::Opened { .. }
            | Fact::Joined { .. }
            | Fact::Left { .. }
            | Fact::Said { .. }
            | Fact::Edited { .. }
            | Fact::Recalled { .. }
            | Fact::Gone { .. }
            // Only the member's own pages show it.
            | Fact::Devices { .. }
            | Fact::Unknown => return None,
        };
        Some(note)
    }

    fn name(&self, member: MemberId) -> &str {
        self.names.get(&member).map_or("未知成员", Name::as_str)
    }

    fn begin_day(&mut self, at: Millis, page: &mut String) {
        let date = local(at).date();
        if self.day.replace(date) != Some(date) {
            self.last = None;
            page.push_str(&html! { p.note.pill { (day(date)) } }.into_string());
            page.push('\n');
        }
    }
}

/// What the host changed. The words that are not allowed are not told.
fn settings(title: Option<&str>, slow_s: Option<u32>) -> String {
    let title = title.map(|title| match title {
        "" => "房间不再有名称".to_owned(),
        _ => format!("房间改名为“{title}”"),
    });
    let slow = slow_s.map(|pause| match pause {
        0 => "已关闭慢速模式".to_owned(),
        pause => format!("已开启慢速模式（每 {pause} 秒一条）"),
    });
    let changes: Vec<_> = title.into_iter().chain(slow).collect();
    if changes.is_empty() { "房间设置已更改".to_owned() } else { changes.join(" · ") }
}

#[cfg(test)]
mod tests;

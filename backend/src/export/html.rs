//! An export to be read: one file that needs no server, no script and nobody's leave, and looks like the room.
//!
//! Text from people goes through the template, which escapes it.

use std::collections::HashMap;

use maud::{PreEscaped, html};
use shared::appearance::{TOGETHER_MS, hue, initials, without_bidi_controls};
use shared::{Event, Fact, GoneKind, GoneWhy, LeftWhy, MemberId, Millis, Name};
use time::{Date, OffsetDateTime, UtcOffset};

use crate::room::roster::Roster;

use super::About;

/// The room, event by event.
#[derive(Debug)]
pub(super) struct Html {
    me: MemberId,
    names: HashMap<MemberId, Name>,
    day: Option<Date>,
    /// Who spoke last, and when: messages of one person that are close stand together.
    last: Option<(MemberId, Millis)>,
}

const STYLE: &str = include_str!("style.css");

/// What ends the page.
pub(super) const TAIL: &str = "</main>\n</body>\n</html>\n";

/// It runs nothing and loads nothing, whatever stands in it.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

impl Html {
    pub(super) fn new(me: MemberId, roster: &Roster) -> Self {
        let names = roster.names().map(|(member, name)| (member, name.clone())).collect();
        Self { me, names, day: None, last: None }
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

    /// What stands there for an event.
    pub(super) fn event(&mut self, event: &Event, page: &mut String) {
        if let Fact::Joined { member, name } = &event.fact {
            self.names.insert(*member, name.clone());
        }
        let row = match &event.fact {
            Fact::Said { by, text, reply_to, edited, .. } => {
                self.begin_day(event.at, page);
                let close = |(who, at): (MemberId, Millis)| who == *by && event.at.0 < at.0 + TOGETHER_MS;
                let again = self.last.is_some_and(close);
                self.last = Some((*by, event.at));
                let (mine, name) = (*by == self.me, self.name(*by));
                html! {
                    article.msg.mine[mine].again[again] id={ "m" (event.seq) } {
                        @if !mine && !again {
                            span.avatar aria-hidden="true" style={ "--h:" (hue(name)) } { (initials(name)) }
                            span.who { (name) }
                        }
                        @if let Some(target) = reply_to {
                            a.reply href={ "#m" (target) } { "回复" }
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
                self.begin_day(event.at, page);
                self.last = None;
                html! { p.note id={ "m" (event.seq) } { (note) } }
            }
        };
        page.push_str(&row.into_string());
        page.push('\n');
    }

    /// The words are the page's.
    fn note(&self, fact: &Fact) -> Option<String> {
        let note = match fact {
            Fact::Joined { member, .. } => format!("{}在线啦，你们可以聊天啦", self.name(*member)),
            Fact::Left { member, why: LeftWhy::Removed } => format!("{}被请出了房间", self.name(*member)),
            Fact::Left { member, .. } => format!("{}断开了连接", self.name(*member)),
            Fact::Gone { of: GoneKind::Said, why: GoneWhy::Recalled, by, recalled_by, .. } => {
                format!("{}撤回了一条消息", self.name(recalled_by.unwrap_or(*by)))
            }
            Fact::Locked { locked: true, .. } => "房间已锁定，新人不能加入".to_owned(),
            Fact::Locked { locked: false, .. } => "房间已解锁".to_owned(),
            Fact::Set { .. } => "房间设置已更改".to_owned(),
            Fact::Opened { .. }
            | Fact::Said { .. }
            | Fact::Edited { .. }
            | Fact::Recalled { .. }
            | Fact::Gone { .. } => return None,
        };
        Some(note)
    }

    fn name(&self, member: MemberId) -> &str {
        self.names.get(&member).map_or("有人", Name::as_str)
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

/// 北京时间: a file has no reader's clock to ask.
fn local(at: Millis) -> OffsetDateTime {
    const EAST: UtcOffset = match UtcOffset::from_hms(8, 0, 0) {
        Ok(east) => east,
        Err(_) => UtcOffset::UTC,
    };
    let seconds = i64::try_from(at.0 / 1_000).unwrap_or(i64::MAX);
    let moment = OffsetDateTime::from_unix_timestamp(seconds).ok();
    moment.and_then(|moment| moment.checked_to_offset(EAST)).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

fn day(date: Date) -> String {
    let names = ["一", "二", "三", "四", "五", "六", "日"];
    let name = names[usize::from(date.weekday().number_days_from_monday())];
    format!("{}年{}月{}日 周{name}", date.year(), u8::from(date.month()), date.day())
}

fn clock(at: Millis) -> String {
    let (hour, minute, _) = local(at).to_hms();
    format!("{hour:02}:{minute:02}")
}

fn stamp(at: Millis) -> String {
    let moment = local(at);
    let ((year, month, day), (hour, minute, second)) =
        ((moment.year(), u8::from(moment.month()), moment.day()), moment.to_hms());
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}+08:00")
}

#[cfg(test)]
mod tests {
    use shared::{Seq, Text};

    use super::*;

    #[test]
    fn text_from_a_person_is_text_in_an_export() {
        let mut html = Html::new(MemberId(1), &Roster::default());
        let (by, id) = (MemberId(2), shared::MessageId::new(Millis(0), &[0; 10]));
        let text = Text::parse("<img src=x onerror=alert(1)> & \u{202e}\"引号\"").unwrap();
        let fact = Fact::Said { by, id, text, reply_to: None, edited: None };
        let mut page = String::new();
        html.event(&Event { seq: Seq(7), at: Millis(1_795_400_007_000), fact }, &mut page);
        let bubble = "<div class=\"bubble\" dir=\"auto\">&lt;img src=x onerror=alert(1)&gt; &amp; &quot;引号&quot;</div>";
        assert!(page.contains(bubble), "{page}");
        assert!(!page.contains("<img") && page.contains("id=\"m7\""), "{page}");
        assert!(page.contains("2026年11月23日 周一") && page.contains("T10:13:27+08:00"), "{page}");
    }

    #[test]
    fn a_time_that_no_calendar_has_is_drawn_all_the_same() {
        // The last hours of the year 9999 in UTC are of the next one in China.
        for at in [253_402_300_799_000, u64::MAX] {
            assert_eq!(local(Millis(at)).unix_timestamp(), 0);
        }
    }
}

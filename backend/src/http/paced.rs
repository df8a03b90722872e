//! A WebSocket's connection, read at a pace: so many frames, pieces of messages among them, and so many bytes. What comes faster
//! waits in the kernel, and then with whoever sends it. What the frames say is not looked at here.

use std::io::{self, Cursor};
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use governor::Quota;
use tokio::io::{AsyncRead, ReadBuf};
use tokio::net::tcp::OwnedReadHalf;
use tokio::time::{Instant, Sleep, sleep_until};

use crate::config::{Config, READ_AHEAD};
use crate::pace;

/// A TCP connection that is read at a pace.
#[derive(Debug)]
pub struct Paced {
    stream: OwnedReadHalf,
    frames: Pace,
    bytes: Pace,
    heads: Heads,
    /// What was read, and more than was asked for.
    ahead: Option<Box<Cursor<Vec<u8>>>>,
    /// Runs as long as nothing may be read.
    later: Option<Pin<Box<Sleep>>>,
}

impl Paced {
    /// At the pace of `config`. These bytes were read before.
    pub(super) fn new(stream: OwnedReadHalf, config: &Config, read: &[u8]) -> Self {
        let [frames, bytes] = [config.frames, config.bytes].map(Pace::new);
        let mut paced = Self { stream, frames, bytes, heads: Heads::default(), ahead: None, later: None };
        paced.count(read);
        paced
    }

    /// What was read may be more than the pace allows: then it is longer until more is.
    fn count(&mut self, read: &[u8]) {
        if self.frames.quota.is_none() && self.bytes.quota.is_none() {
            return;
        }
        let now = Instant::now();
        let frames = self.frames.take(self.heads.count(read), now);
        let bytes = self.bytes.take(u32::try_from(read.len()).unwrap_or(u32::MAX), now);
        let at = frames.max(bytes);
        self.later = at.filter(|at| now < *at).map(|at| Box::pin(sleep_until(at)));
    }
}

impl AsyncRead for Paced {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Some(ahead) = &mut self.ahead {
            ready!(Pin::new(&mut **ahead).poll_read(cx, into))?;
            if ahead.position() == ahead.get_ref().len() as u64 {
                self.ahead = None;
            }
            return Poll::Ready(Ok(()));
        }
        if let Some(later) = &mut self.later {
            ready!(later.as_mut().poll(cx));
        }
        // Tungstenite asks for what is left of a small buffer, and where many frames came they are fetched at once: to a place
        // that is there only meanwhile, so that nobody who is quiet keeps it.
        let mut place = [MaybeUninit::uninit(); READ_AHEAD];
        let mut read = ReadBuf::uninit(&mut place);
        ready!(Pin::new(&mut self.stream).poll_read(cx, &mut read))?;
        let read = read.filled();
        self.count(read);
        let (asked, more) = read.split_at(read.len().min(into.remaining()));
        into.put_slice(asked);
        self.ahead = (!more.is_empty()).then(|| Box::new(Cursor::new(more.to_vec())));
        Poll::Ready(Ok(()))
    }
}

/// How much of a quota is used. Time is an argument.
#[derive(Debug)]
struct Pace {
    quota: Option<Quota>,
    /// When the next may come, once one came.
    at: Option<Instant>,
}

impl Pace {
    const fn new(quota: Option<Quota>) -> Self {
        Self { quota, at: None }
    }

    /// So many came; when the next may. Nothing if there is no limit.
    fn take(&mut self, many: u32, now: Instant) -> Option<Instant> {
        self.at = Some(pace::next(self.quota?, self.at, many, now));
        self.at
    }
}

/// Where frames begin (RFC 6455, section 5.2).
#[derive(Debug, Default)]
struct Heads {
    /// The head that is being read, and how much of it there is.
    head: [u8; HEAD_MAX],
    known: u8,
    /// Bytes of the payload that are still to come.
    payload: u64,
}

/// Bytes of the longest head.
const HEAD_MAX: usize = 14;

impl Heads {
    /// How many heads end in these bytes, which follow those of before.
    fn count(&mut self, mut bytes: &[u8]) -> u32 {
        let mut heads = 0;
        while !bytes.is_empty() {
            let payload = usize::try_from(self.payload).unwrap_or(usize::MAX).min(bytes.len());
            self.payload -= payload as u64;
            bytes = &bytes[payload..];
            while let (1.., Some((byte, rest))) = (self.length() - self.known, bytes.split_first()) {
                self.head[usize::from(self.known)] = *byte;
                (self.known, bytes) = (self.known + 1, rest);
            }
            if 2 <= self.known && self.known == self.length() {
                heads += 1;
                (self.payload, self.known) = (self.said(), 0);
            }
        }
        heads
    }

    /// How long the head is, as far as it is known.
    const fn length(&self) -> u8 {
        if self.known < 2 {
            return 2;
        }
        let mask = if self.head[1] & 0x80 == 0 { 0 } else { 4 };
        match self.head[1] & 0x7f {
            126 => 4 + mask,
            127 => 10 + mask,
            _ => 2 + mask,
        }
    }

    /// The length of the payload, as a whole head says it.
    fn said(&self) -> u64 {
        let number = |bytes: &[u8]| bytes.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
        match self.head[1] & 0x7f {
            126 => number(&self.head[2..4]),
            127 => number(&self.head[2..10]),
            short => u64::from(short),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use shared::limits::{PACE_BURST, PACE_PER_SECOND, TEXT_MAX};
    use shared::{FromPage, MessageId, Millis, Seq};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};

    use super::*;
    use crate::config::{BYTES_BURST, BYTES_PER_SECOND, quota};

    #[test]
    fn heads_are_counted_however_the_bytes_come() {
        let mut bytes = vec![0x81, 0x80, 1, 2, 3, 4, 0x00, 0x82, 1, 2, 3, 4, 0x81, 0x81, 0x89, 0x00];
        bytes.extend([0x82, 0xfe, 1, 0, 1, 2, 3, 4]);
        bytes.extend([0x81; 256]);
        bytes.extend([0x82, 0xff, 0, 0, 0, 0, 0, 1, 0, 0, 1, 2, 3, 4]);
        bytes.extend([0x81; 65_536]);
        bytes.extend([0x8a, 0x80, 1, 2, 3, 4, 0x88]);
        for piece in [1, 2, 3, 5, 1_000, bytes.len()] {
            let mut heads = Heads::default();
            assert_eq!(bytes.chunks(piece).map(|bytes| heads.count(bytes)).sum::<u32>(), 6, "{piece}");
        }
        let mut endless = Heads::default();
        assert_eq!(endless.count(&[[0x82, 0x7f].as_slice(), &[0xff; 9_000]].concat()), 1);
    }

    #[tokio::test]
    async fn what_came_together_is_fetched_at_once_and_taken_piece_by_piece() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut page = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (read, _write) = listener.accept().await.unwrap().0.into_split();
        let config = Config { frames: None, bytes: None, ..Config::new("data".into(), "dist".into()) };
        let mut paced = Paced::new(read, &config, &[]);
        let sent: Vec<u8> = (0..=250).cycle().take(READ_AHEAD / 2).collect();
        page.write_all(&sent).await.unwrap();
        paced.stream.readable().await.unwrap();
        let (mut heard, mut piece) = (Vec::<u8>::new(), [0; 100]);
        while heard.len() < sent.len() {
            let many = paced.read(&mut piece).await.unwrap();
            heard.extend(&piece[..many]);
            assert_eq!(paced.ahead.is_some(), heard.len() < sent.len());
        }
        assert_eq!(heard, sent);
        drop(page);
        assert_eq!(paced.read(&mut piece).await.unwrap(), 0);
    }

    #[test]
    fn a_page_that_says_the_longest_as_often_as_it_may_is_never_waited_for() {
        let text = "𠀀".repeat(TEXT_MAX);
        let say =
            FromPage::Say { id: MessageId::new(Millis(0), &[0; 10]), text, reply_to: Some(Seq(u64::MAX)) };
        let bytes = u32::try_from(HEAD_MAX + say.encode().len()).unwrap();
        assert!(PACE_PER_SECOND * bytes <= BYTES_PER_SECOND && PACE_BURST * bytes <= BYTES_BURST, "{bytes}");
    }

    #[test]
    fn a_burst_comes_at_once_and_what_was_too_much_is_waited_for() {
        let (mut pace, start) = (Pace::new(Some(quota(Quota::per_second, 2, 3))), Instant::now());
        let half = Duration::from_millis(500);
        assert!(pace.take(2, start).is_some_and(|at| at <= start));
        assert_eq!(pace.take(1, start), Some(start + half));
        assert_eq!(pace.take(4, start), Some(start + 5 * half));
        let late = start + 100 * half;
        assert_eq!(pace.take(3, late), Some(late + half), "no more than a burst was saved");
        assert_eq!(Pace::new(None).take(u32::MAX, start), None);
    }
}

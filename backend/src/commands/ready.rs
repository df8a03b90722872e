//! `duiliao ready`: asks a server whether it takes requests, once or until it does.

use std::fmt;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread::sleep;
use std::time::{Duration, Instant};

use backend::http::SERVER;

/// What a server of this program says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// It takes requests.
    Ready,
    /// It does not yet, or no more: its own words.
    NotReady(String),
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum AskError {
    /// Nobody there.
    #[error(
        "nobody answers there: it has not started, or DUILIAO_LISTEN names another address (give the same with --listen)"
    )]
    Nobody(#[source] io::Error),
    /// Another program.
    #[error("another program answers there: --listen names the wrong address")]
    Foreign,
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ready => f.write_str("ready"),
            Self::NotReady(words) => f.write_str(words),
        }
    }
}

/// Asks until the server is ready or `wait` is over; the last answer.
///
/// # Errors
/// If nobody answered the last time, or another program.
pub(super) fn ask(listen: SocketAddr, wait: Duration) -> Result<Answer, AskError> {
    let began = Instant::now();
    loop {
        let answer = ask_once(listen);
        if matches!(answer, Ok(Answer::Ready)) || began.elapsed() >= wait {
            return answer;
        }
        sleep(ASK_EVERY);
    }
}

fn ask_once(listen: SocketAddr) -> Result<Answer, AskError> {
    let answer = exchange(listen).map_err(AskError::Nobody)?;
    let answer = String::from_utf8_lossy(&answer);
    let (head, body) = answer.split_once("\r\n\r\n").ok_or(AskError::Foreign)?;
    let is_ours = head.lines().any(|line| {
        line.split_once(':')
            .is_some_and(|(name, value)| name.eq_ignore_ascii_case("server") && value.trim() == SERVER)
    });
    match body.trim_end() {
        _ if !is_ours => Err(AskError::Foreign),
        "ready" if head.starts_with("HTTP/1.1 200 ") => Ok(Answer::Ready),
        words => Ok(Answer::NotReady(words.to_owned())),
    }
}

fn exchange(listen: SocketAddr) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect_timeout(&listen, ANSWERS_WITHIN)?;
    stream.set_read_timeout(Some(ANSWERS_WITHIN))?;
    stream.write_all(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let mut answer = Vec::new();
    stream.take(ANSWER_MAX).read_to_end(&mut answer)?;
    Ok(answer)
}

/// How long the server may take to answer.
const ANSWERS_WITHIN: Duration = Duration::from_secs(3);

/// Bytes of an answer that are read: ours has some hundred.
const ANSWER_MAX: u64 = 16 * 1024;

/// How long it waits before it asks again.
const ASK_EVERY: Duration = Duration::from_millis(200);

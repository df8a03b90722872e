//! The server's log: how its lines look, and what may stand in them: nothing that anybody said, no token, and of a room only a
//! mark. Each sentence is explained in `docs/trouble.md`.

mod throttle;

use std::{fmt, panic};

use shared::RoomId;
use tracing::Subscriber;
use tracing_subscriber::filter::{LevelFilter, ParseError};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{EnvFilter, Layer};

use throttle::Throttled;

/// Says which room it is to whoever knows its id, and to nobody else.
#[derive(Debug, Clone, Copy)]
pub struct Mark(RoomId);

impl Mark {
    /// Of this room.
    pub const fn of(room: RoomId) -> Self {
        Self(room)
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hash = blake3::hash(self.0.to_string().as_bytes()).to_hex();
        f.write_str(&hash[..8])
    }
}

/// Most characters of what a stranger sent that stand in a line.
const EXCERPT_MAX: usize = 100;

/// The beginning of what a stranger sent, short enough for a line.
pub fn excerpt(text: &str) -> &str {
    text.char_indices().nth(EXCERPT_MAX).map_or(text, |(end, _)| &text[..end])
}

/// Why a text is no filter of log lines.
#[derive(Debug, thiserror::Error)]
pub enum FilterError {
    /// A word that is no level. Alone it would mean a part of the program, and turn off everything else.
    #[error("{0} is no level: error, warn, info, debug, trace or off; or module=level, with commas between")]
    Level(String),
    /// Something else is wrong.
    #[error(transparent)]
    Parse(#[from] ParseError),
}

/// The filter of `--log`. Below us are crates that write each frame and each header down where they trace: they do not.
///
/// # Errors
/// If it is no filter.
pub fn filter(wished: &str) -> Result<EnvFilter, FilterError> {
    for word in wished.split(',').map(str::trim).filter(|word| !word.contains(['=', '['])) {
        if word.parse::<LevelFilter>().is_err() {
            return Err(FilterError::Level(word.to_owned()));
        }
    }
    let quiet = ["async_nats", "tungstenite", "tokio_tungstenite", "hyper", "hyper_util", "warp"];
    let quiet = quiet.iter().map(|name| format!(",{name}=warn")).collect::<String>();
    Ok(EnvFilter::try_new(format!("{wished}{quiet}"))?)
}

/// How the lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// For somebody who looks on.
    Plain,
    /// One JSON object a line, for programs.
    Json,
}

/// Writes the lines to `writer`. A warning or error is not repeated within a minute: the next says how many were left out.
pub fn lines<S, W>(form: Form, writer: W) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let layer = tracing_subscriber::fmt::layer().with_writer(writer);
    match form {
        Form::Plain => layer.map_event_format(|format| Throttled::new(format, form)).boxed(),
        Form::Json => layer
            .json()
            .flatten_event(true)
            .with_current_span(false)
            .with_span_list(false)
            .map_event_format(|format| Throttled::new(format, form))
            .boxed(),
    }
}

/// Has a panic written as a line like any other, with its place in the program. What it says is left out: it may repeat
/// what somebody sent.
pub fn log_panics() {
    panic::set_hook(Box::new(|panicked| {
        let place = panicked.location().map(ToString::to_string);
        tracing::error!(place, "a mistake in the program: one of its tasks has ended");
    }));
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    #[test]
    fn what_strangers_send_is_cut() {
        assert_eq!(excerpt("https://evil.example"), "https://evil.example");
        assert_eq!(excerpt(&"原".repeat(16_000)), "原".repeat(100));
    }

    #[derive(Clone, Default)]
    struct Book(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Book {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn written(form: Form, log: impl Fn()) -> String {
        let book = Book::default();
        let writer = book.clone();
        let lines = lines(form, move || writer.clone());
        tracing::subscriber::with_default(tracing_subscriber::registry().with(lines), log);
        let bytes = book.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[derive(Debug, thiserror::Error)]
    #[error("log.db cannot be written")]
    struct Outer(#[source] io::Error);

    #[test]
    fn same_warning_is_written_once_and_infos_always() {
        for form in [Form::Plain, Form::Json] {
            let text = written(form, || {
                for in_touch in [false, true].into_iter().cycle().take(40) {
                    tracing::warn!(in_touch, "the way to the other nodes has changed");
                    tracing::info!("as ever");
                }
            });
            assert_eq!(text.matches("the way to the other nodes has changed").count(), 2, "{text}");
            assert_eq!(text.matches("as ever").count(), 40, "{text}");
        }
    }

    #[test]
    fn json_line_has_the_causes_of_an_error() {
        let error = Outer(io::Error::other("no \"space\" left"));
        let text = written(Form::Json, || {
            tracing::error!(error = &error as &dyn std::error::Error, "nothing could be stored");
        });
        let line: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(line["error"], "log.db cannot be written");
        assert_eq!(line["cause"], "no \"space\" left");
        assert_eq!(line["message"], "nothing could be stored");
    }

    #[test]
    fn misspelt_levels_are_refused() {
        for good in ["info", "WARN", "off", "info,backend::ledger=debug", "error,backend=trace"] {
            assert!(filter(good).is_ok(), "{good}");
        }
        for bad in ["warning", "info,verbose", "backend", "backend=warning"] {
            assert!(filter(bad).is_err(), "{bad}");
        }
    }
}

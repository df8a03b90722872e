//! Bounds the log: each warning and error is written at most once a minute, with how many were left out since. A line in JSON has
//! the causes of an error too, which the formatter leaves out.

use std::collections::HashMap;
use std::error::Error;
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tracing::callsite::Identifier;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use super::Form;

/// For how long a sentence is not repeated.
const QUIET: Duration = Duration::from_secs(60);

/// Formats events as `inner` does, but for those that were written a moment ago.
#[derive(Debug)]
pub(super) struct Throttled<F> {
    inner: F,
    form: Form,
    /// One for each place in the program that warns, and for each combination of its switches: what is true now and false a moment
    /// later is not said twice.
    written: Mutex<HashMap<(Identifier, u64), Written>>,
}

#[derive(Debug)]
struct Written {
    at: Instant,
    left_out: u64,
}

impl<F> Throttled<F> {
    pub(super) fn new(inner: F, form: Form) -> Self {
        Self { inner, form, written: Mutex::default() }
    }

    /// How many events like this were left out before it; nothing if it is to be left out itself.
    fn admit(&self, event: &Event<'_>, switches: u64) -> Option<u64> {
        let metadata = event.metadata();
        if *metadata.level() > Level::WARN {
            return Some(0);
        }
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        match written.get_mut(&(metadata.callsite(), switches)) {
            Some(last) if last.at.elapsed() < QUIET => {
                last.left_out += 1;
                None
            }
            last => {
                let left_out = last.map_or(0, |last| last.left_out);
                written.insert((metadata.callsite(), switches), Written { at: Instant::now(), left_out: 0 });
                Some(left_out)
            }
        }
    }
}

impl<S, N, F> FormatEvent<S, N> for Throttled<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let Some(left_out) = self.admit(event, fields.switches.finish()) else { return Ok(()) };
        let causes = Some(fields.causes).filter(|causes| self.form == Form::Json && !causes.is_empty());
        if left_out == 0 && causes.is_none() {
            return self.inner.format_event(context, writer, event);
        }
        let mut line = String::new();
        self.inner.format_event(context, Writer::new(&mut line), event)?;
        let (line, end) = match self.form {
            Form::Json => (line.trim_end().trim_end_matches('}'), "}"),
            Form::Plain => (line.trim_end(), ""),
        };
        writer.write_str(line)?;
        if let Some(causes) = causes {
            write!(writer, ",\"cause\":{}", serde_json::Value::from(causes))?;
        }
        match self.form {
            _ if left_out == 0 => {}
            Form::Json => write!(writer, ",\"left_out\":{left_out}")?,
            Form::Plain => write!(writer, " left_out={left_out}")?,
        }
        writeln!(writer, "{end}")
    }
}

/// What is looked at of an event's fields.
#[derive(Default)]
struct Fields {
    switches: DefaultHasher,
    /// What led to an error, the nearest first.
    causes: String,
}

impl Visit for Fields {
    fn record_bool(&mut self, field: &Field, value: bool) {
        (field.name(), value).hash(&mut self.switches);
    }

    fn record_error(&mut self, _: &Field, value: &(dyn Error + 'static)) {
        let mut cause = value.source();
        while let Some(error) = cause {
            let colon = if self.causes.is_empty() { "" } else { ": " };
            self.causes.push_str(&format!("{colon}{error}"));
            cause = error.source();
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}
}

//! A program that runs beside the test and ends with it.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::{fmt, thread};

use crate::wait::eventually;

/// Killed when dropped; if the test failed, what it printed is shown.
pub(crate) struct Process {
    name: String,
    child: Child,
    printed: Arc<Mutex<String>>,
    lines: mpsc::Receiver<String>,
}

impl Process {
    /// Starts it.
    ///
    /// # Panics
    /// When there is no such program.
    #[track_caller]
    pub(crate) fn start(command: &mut Command) -> Self {
        let name = command.get_program().to_string_lossy().into_owned();
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{name} does not start: {error}"));
        let printed = Arc::new(Mutex::new(String::new()));
        let (sender, lines) = mpsc::channel();
        if let Some(out) = child.stdout.take() {
            collect(out, &printed, Some(sender));
        }
        if let Some(err) = child.stderr.take() {
            collect(err, &printed, None);
        }
        Self { name, child, printed, lines }
    }

    /// The first line on its standard output in which `find` finds something.
    ///
    /// # Panics
    /// When there is none in time, with all it printed.
    #[track_caller]
    pub(crate) fn wait_for_line<T>(&self, what: &str, find: impl Fn(&str) -> Option<T>) -> T {
        eventually(format_args!("{what} from {}", self.name), || {
            self.lines.try_iter().find_map(|line| find(&line)).ok_or_else(|| self.printed())
        })
    }

    /// Sends it a signal by name, such as `TERM`.
    #[track_caller]
    pub(crate) fn signal(&self, signal: &str) {
        let sent = Command::new("kill").arg(format!("-{signal}")).arg(self.child.id().to_string()).status();
        assert!(sent.is_ok_and(|status| status.success()), "cannot send {signal} to {}", self.name);
    }

    /// Waits for its end.
    #[track_caller]
    pub(crate) fn wait(&mut self) -> ExitStatus {
        let (name, child) = (&self.name, &mut self.child);
        eventually(format_args!("the end of {name}"), || match child.try_wait() {
            Ok(Some(status)) => Ok(status),
            Ok(None) => Err("still running".to_owned()),
            Err(error) => Err(error.to_string()),
        })
    }

    fn printed(&self) -> String {
        self.printed.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Both fail only when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if thread::panicking() {
            eprintln!("--- {} printed:\n{}---", self.name, self.printed());
        }
    }
}

impl fmt::Debug for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name, self.child.id())
    }
}

/// Reads to the end, so that the program never waits for a reader.
fn collect(stream: impl Read + Send + 'static, printed: &Arc<Mutex<String>>, lines: Option<Sender<String>>) {
    let printed = Arc::clone(printed);
    thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            let mut all = printed.lock().unwrap_or_else(PoisonError::into_inner);
            all.push_str(&line);
            all.push('\n');
            drop(all);
            if let Some(lines) = &lines {
                // Nobody may be waiting for lines any more.
                let _ = lines.send(line);
            }
        }
    });
}

//! Signals that stop the server: SIGTERM, SIGINT (Ctrl-C) and SIGHUP.
//!
//! A thread of its own waits for them, so that nothing else the process does can keep it from ending in time.

use std::process;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context;
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// How long after the signal the process ends whatever is still going on. What was confirmed is on disk by then: the server
/// bears `kill -9` at any moment.
const ENDS_WITHIN: Duration = Duration::from_millis(1_600);

/// Waits for signals. Until this is made, each of them ends the process by itself.
#[derive(Debug)]
pub(crate) struct Signals {
    runtime: Runtime,
    received: [Signal; 3],
}

impl Signals {
    /// From now on no signal ends the process at once.
    pub(crate) fn catch() -> anyhow::Result<Self> {
        let runtime =
            Builder::new_current_thread().enable_all().build().context("signals cannot be caught")?;
        let entered = runtime.enter();
        let kinds = [SignalKind::terminate(), SignalKind::interrupt(), SignalKind::hangup()];
        let [terminate, interrupt, hangup] = kinds.map(signal);
        let received = [terminate?, interrupt?, hangup?];
        drop(entered);
        Ok(Self { runtime, received })
    }

    /// Cancels `stop` at the first signal; soon afterwards the process ends.
    pub(crate) fn stop_at_first(self, stop: CancellationToken) -> anyhow::Result<()> {
        thread::Builder::new().name("signals".into()).spawn(move || self.wait(&stop))?;
        Ok(())
    }

    fn wait(self, stop: &CancellationToken) {
        let Self { runtime, received: [mut terminate, mut interrupt, mut hangup] } = self;
        runtime.block_on(async {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
                _ = hangup.recv() => {}
            }
        });
        let began = Instant::now();
        stop.cancel();
        thread::sleep(ENDS_WITHIN);
        let ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::warn!(ms, "not all parts had ended in time: stopped without them");
        process::exit(0);
    }
}

//! The time of a server, which is the test's.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::{Client, TestServer, holds};

impl TestServer {
    /// Lets time pass for the server.
    pub fn pass(&self, time: Duration) {
        self.ahead.fetch_add(u64::try_from(time.as_millis()).unwrap(), Ordering::Relaxed);
    }

    /// Sets the server's wall clock wrong by so much.
    pub fn set_wall(&self, wrong: i64) {
        self.wrong.store(wrong, Ordering::Relaxed);
    }

    /// Waits until none of these texts stands in these files of its folder, while time passes in steps and somebody talks:
    /// the server is never quiet.
    pub async fn until_wiped(
        &self,
        files: &[&str],
        texts: &[impl AsRef<str>],
        step: Duration,
        talker: &mut Client,
    ) {
        while holds(self.data.path(), files, texts) {
            self.pass(step);
            let heard = talker.events.len();
            talker.say("忙").await;
            talker.until("its own echo", |client| client.events.len() > heard).await;
        }
    }
}

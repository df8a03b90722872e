//! The server under load: the release binary beside this program, on a free port, with an empty data folder.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, bail};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// A running server; it ends with this value.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) address: String,
    process: Child,
    data: TempDir,
}

impl Server {
    /// Starts it, on the first core if `taskset` is there.
    pub(crate) async fn start() -> anyhow::Result<Self> {
        let binary = std::env::current_exe()?.with_file_name("duiliao");
        if !binary.exists() {
            bail!("{} is missing: run `cargo build --release -p backend` first", binary.display());
        }
        let data = TempDir::new()?;
        let pinned =
            std::thread::available_parallelism()?.get() > 1 && PathBuf::from("/usr/bin/taskset").exists();
        let mut command = if pinned {
            let mut taskset = Command::new("/usr/bin/taskset");
            taskset.args(["-c", "0"]).arg(&binary);
            taskset
        } else {
            Command::new(&binary)
        };
        command.args(["--listen", "127.0.0.1:0", "--log", "warn", "--no-limits", "--data"]).arg(data.path());
        let mut process = command.stdout(Stdio::piped()).kill_on_drop(true).spawn()?;
        let stdout = process.stdout.take().context("its output is piped")?;
        let first = BufReader::new(stdout).lines().next_line().await?.context("the server ended at once")?;
        let address = first.rsplit('/').next().context("its first line names its address")?.to_owned();
        Ok(Self { address, process, data })
    }

    /// Its data folder.
    pub(crate) fn data(&self) -> &Path {
        self.data.path()
    }

    /// Bytes of memory that are its own (anonymous and resident).
    pub(crate) fn memory(&self) -> anyhow::Result<u64> {
        let status =
            std::fs::read_to_string(format!("/proc/{}/status", self.process.id().context("it runs")?))?;
        let line =
            status.lines().find_map(|line| line.strip_prefix("RssAnon:")).context("Linux tells RssAnon")?;
        let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok(kilobytes * 1024)
    }
}

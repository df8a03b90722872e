//! The server under load, a program of its own: the release binary beside this one, with an empty data folder, or what it is
//! compared with.

use std::ffi::OsStr;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, bail};
use procfs::process::Process;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::cores;

/// A running server; it ends with this value.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    process: Child,
    data: TempDir,
    flags: Vec<String>,
}

impl Server {
    /// Starts the server of 对聊, on a core of its own if there is one.
    ///
    /// # Errors
    /// If it is not built, or does not start.
    pub(crate) async fn start() -> anyhow::Result<Self> {
        Self::start_with(&["--no-limits"]).await
    }

    /// Starts it as people do, with every limit.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub(crate) async fn start_with_limits() -> anyhow::Result<Self> {
        Self::start_with(&[]).await
    }

    /// Starts it with these flags.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub(crate) async fn start_with(flags: &[&str]) -> anyhow::Result<Self> {
        let data = TempDir::new()?;
        let (address, process) = start_on(data.path(), flags).await?;
        let flags = flags.iter().map(|flag| (*flag).to_owned()).collect();
        Ok(Self { address, process, data, flags })
    }

    /// Starts another program that says where it listens as the server does.
    ///
    /// # Errors
    /// If it does not start.
    pub(crate) async fn launch(program: &[&OsStr]) -> anyhow::Result<Self> {
        let (address, process) = launch(program).await?;
        Ok(Self { address, process, data: TempDir::new()?, flags: Vec::new() })
    }

    /// Starts the server of 对聊 again, with its data and flags, after [`Server::kill`].
    ///
    /// # Errors
    /// If it does not start.
    pub(crate) async fn revive(&mut self) -> anyhow::Result<()> {
        let flags: Vec<&str> = self.flags.iter().map(String::as_str).collect();
        (self.address, self.process) = start_on(self.data.path(), &flags).await?;
        Ok(())
    }

    /// Kills it (`kill -9`), and returns when it has ended.
    ///
    /// # Errors
    /// If it had ended before.
    pub(crate) async fn kill(&mut self) -> anyhow::Result<()> {
        Ok(self.process.kill().await?)
    }

    /// Its data folder.
    pub(crate) fn data(&self) -> &Path {
        self.data.path()
    }

    /// Bytes of memory that are its own (anonymous and resident).
    ///
    /// # Errors
    /// If it has ended, or this is not Linux.
    pub(crate) fn memory(&self) -> anyhow::Result<u64> {
        Ok(self.look()?.status()?.rssanon.context("Linux tells RssAnon")? * 1024)
    }

    /// Bytes of memory that are resident, files among them.
    ///
    /// # Errors
    /// As [`Server::memory`].
    pub(crate) fn resident(&self) -> anyhow::Result<u64> {
        Ok(self.look()?.status()?.vmrss.context("Linux tells VmRSS")? * 1024)
    }

    /// How long it has had a core: user and system.
    ///
    /// # Errors
    /// As [`Server::memory`].
    pub(crate) fn cpu(&self) -> anyhow::Result<Duration> {
        let stat = self.look()?.stat()?;
        let ticks = (stat.utime + stat.stime) as f64;
        Ok(Duration::from_secs_f64(ticks / procfs::ticks_per_second() as f64))
    }

    fn look(&self) -> anyhow::Result<Process> {
        Ok(Process::new(self.process.id().context("it runs")?.try_into()?)?)
    }
}

async fn start_on(data: &Path, flags: &[&str]) -> anyhow::Result<(SocketAddr, Child)> {
    let binary = std::env::current_exe()?.with_file_name("duiliao");
    if !binary.exists() {
        bail!("{} is missing: run `cargo build --release -p backend` first", binary.display());
    }
    // The server makes this folder itself, and nobody else may enter it.
    let data = data.join("data");
    let arguments = ["--listen", "127.0.0.1:0", "--log", "warn", "--data"].map(OsStr::new);
    let flags: Vec<&OsStr> = flags.iter().map(OsStr::new).collect();
    launch(&[&[binary.as_os_str()], &arguments[..], &[data.as_os_str()], &flags[..]].concat()).await
}

/// On the first core, if this program has left it and `taskset` is there.
async fn launch(program: &[&OsStr]) -> anyhow::Result<(SocketAddr, Child)> {
    let taskset = PathBuf::from("/usr/bin/taskset");
    let core = cores::server().filter(|_| taskset.exists()).map(|core| core.to_string());
    let pinned: Vec<&OsStr> =
        core.iter().flat_map(|core| [taskset.as_os_str(), "-c".as_ref(), core.as_ref()]).collect();
    let [first, rest @ ..] = &[&pinned, program].concat()[..] else { bail!("there is nothing to start") };
    let mut process = Command::new(first).args(rest).stdout(Stdio::piped()).kill_on_drop(true).spawn()?;
    let stdout = process.stdout.take().context("its output is piped")?;
    let first = BufReader::new(stdout).lines().next_line().await?.context("the server ended at once")?;
    let address = first.rsplit('/').next().context("its first line names its address")?.parse()?;
    Ok((address, process))
}

//! The real server: started, killed, and killed as it enters the sync of a commit.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

/// A running server; it is killed with this value.
#[derive(Debug)]
pub(super) struct Process {
    /// Where it listens.
    pub(super) address: SocketAddr,
    child: Child,
    /// Held, so that it may write.
    _output: BufReader<ChildStdout>,
}

/// How long a server may take to start, or to die.
const PATIENCE: Duration = Duration::from_secs(10);

/// The server's program: it stands beside this one.
///
/// # Errors
/// If it was not built.
pub(super) fn program() -> Result<PathBuf> {
    let program = std::env::current_exe()?.with_file_name("duiliao");
    if !program.exists() {
        bail!("{} is missing: build the package backend with the same profile first", program.display());
    }
    Ok(program)
}

impl Process {
    /// Starts it on a folder, and waits until it listens.
    pub(super) async fn start(folder: &Path, listen: SocketAddr) -> Result<Self> {
        Self::start_with(folder, listen, &[], PATIENCE).await
    }

    /// Starts it with these arguments beside the usual ones, and waits so long until it lets people in.
    pub(super) async fn start_with(
        folder: &Path,
        listen: SocketAddr,
        more: &[&str],
        patience: Duration,
    ) -> Result<Self> {
        let mut command = Command::new(program()?);
        command
            .args(["--log", "error", "--print-address", "--listen", &listen.to_string(), "--data"])
            .arg(folder);
        command.arg("--dist").arg(folder.join("dist"));
        // All of them come from one address, and sit down more often than people do.
        command.args(["--seats-per-minute", "100000", "--requests-per-second", "100000"]).args(more);
        let mut child = command.stdout(Stdio::piped()).kill_on_drop(true).spawn()?;
        let mut output = BufReader::new(child.stdout.take().context("its output is piped")?);
        let mut line = String::new();
        timeout(patience, output.read_line(&mut line)).await.context("the server does not start")??;
        let address = line.trim().rsplit('/').next().unwrap_or_default();
        let address = address.parse().context("the server ended at once")?;
        Ok(Self { address, child, _output: output })
    }

    /// `kill -9`.
    pub(super) async fn kill(mut self) -> Result<()> {
        self.child.start_kill()?;
        self.ended(PATIENCE).await
    }

    /// SIGTERM: it says goodbye and flushes the log.
    pub(super) async fn stop(mut self) -> Result<()> {
        let id = self.child.id().context("the server has ended")?.to_string();
        Command::new("kill").args(["-TERM", &id]).status().await?;
        let ended = timeout(PATIENCE, self.child.wait()).await.context("the server does not stop")??;
        if ended.success() { Ok(()) } else { bail!("the server stopped with {ended}") }
    }

    /// It is to die as soon as one of its threads enters `fdatasync`: a commit is written then, and nobody is answered.
    ///
    /// # Errors
    /// If it cannot be traced here.
    pub(super) async fn arm(&self) -> Result<Armed> {
        let id = self.child.id().context("the server has ended")?.to_string();
        let mut command = Command::new("strace");
        command.args(["-f", "-p", &id, "-o", "/dev/null", "-e", "trace=fdatasync"]);
        command.args(["-e", "inject=fdatasync:signal=SIGKILL:when=1"]);
        command.stdin(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut strace = command.spawn().context("strace is needed (Debian package strace)")?;
        let mut said = BufReader::new(strace.stderr.take().context("its errors are piped")?);
        let mut line = String::new();
        timeout(PATIENCE, said.read_line(&mut line)).await.context("strace says nothing")??;
        if !line.contains("attached") {
            let mut rest = String::new();
            let _ = timeout(PATIENCE, said.read_to_string(&mut rest)).await;
            bail!("the server cannot be traced here (ptrace): {line}{rest}");
        }
        Ok(Armed { _strace: strace })
    }

    /// Waits for its end; whether it came in time.
    pub(super) async fn dies(&mut self, within: Duration) -> bool {
        timeout(within, self.child.wait()).await.is_ok()
    }

    async fn ended(&mut self, within: Duration) -> Result<()> {
        if self.dies(within).await { Ok(()) } else { bail!("the server does not die") }
    }
}

/// While this lives, the server dies at its next sync.
#[derive(Debug)]
pub(super) struct Armed {
    _strace: Child,
}

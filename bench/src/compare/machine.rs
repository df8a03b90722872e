//! On what was measured: the machine, the versions of everything, and how much others had of it meanwhile.

use std::collections::BTreeMap;
use std::process::Command;

use anyhow::Context;
use procfs::process::Process;
use procfs::{Current, CurrentSI, KernelStats};
use serde::{Deserialize, Serialize};

use super::peer::{Peer, folder};

/// The machine, and the versions.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Machine {
    pub(crate) processor: String,
    pub(crate) cores: usize,
    pub(crate) kernel: String,
    pub(crate) node: String,
    /// Of this repository.
    pub(crate) commit: String,
    /// Of the packages that are compared.
    pub(crate) packages: BTreeMap<String, String>,
}

impl Machine {
    /// Asks.
    ///
    /// # Errors
    /// If this is not Linux, or the list of packages cannot be read.
    pub(crate) fn look() -> anyhow::Result<Self> {
        let cpu = procfs::CpuInfo::current()?;
        let kernel = procfs::sys::kernel::Version::current()?;
        let manifest = std::fs::read_to_string(folder().join("package.json"))?;
        let manifest: Manifest = serde_json::from_str(&manifest)?;
        let mut packages = manifest.dependencies;
        packages.retain(|name, _| Peer::SERVERS.iter().any(|peer| peer.package() == Some(name)));
        Ok(Self {
            processor: cpu.model_name(0).unwrap_or("an unknown processor").to_owned(),
            cores: cpu.num_cores(),
            kernel: format!("{}.{}.{}", kernel.major, kernel.minor, kernel.patch),
            node: said("node", &["--version"])?,
            commit: said("git", &["describe", "--always", "--dirty"])?,
            packages,
        })
    }
}

/// What programs have used of the cores since the machine was started, in seconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Used {
    all: f64,
    /// By this program, and the servers it started, those that have ended.
    own: f64,
}

impl Used {
    /// Until now.
    ///
    /// # Errors
    /// If this is not Linux.
    pub(crate) fn look() -> anyhow::Result<Self> {
        let (total, own) = (KernelStats::current()?.total, Process::myself()?.stat()?);
        let ended = own.cutime.unsigned_abs() + own.cstime.unsigned_abs();
        let seconds = |ticks: u64| ticks as f64 / procfs::ticks_per_second() as f64;
        let all = seconds(total.user + total.nice + total.system);
        Ok(Self { all, own: seconds(own.utime + own.stime + ended) })
    }

    /// What others have used since then.
    pub(crate) fn by_others_since(self, then: Self) -> f64 {
        (self.all - then.all - (self.own - then.own)).max(0.0)
    }
}

#[derive(Deserialize)]
struct Manifest {
    dependencies: BTreeMap<String, String>,
}

fn said(program: &str, arguments: &[&str]) -> anyhow::Result<String> {
    let output = Command::new(program).args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output();
    let output = output.with_context(|| format!("{program} is missing"))?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

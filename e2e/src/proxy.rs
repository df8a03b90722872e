//! A proxy before the server, as `deploy/` sets it up: only the names and ports are others. Debian has both (`scripts/setup.sh
//! proxies`).

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::process::Process;
use crate::wait::eventually;

/// A running proxy; it ends with this value.
#[derive(Debug)]
pub struct Proxy {
    _process: Process,
    address: String,
    _folder: TempDir,
}

impl Proxy {
    /// nginx, before the server at this address.
    ///
    /// # Panics
    /// When there is none, or it does not start.
    #[track_caller]
    pub fn nginx(server: &str) -> Self {
        Self::nginx_as("nginx.conf", &[("127.0.0.1:8082", server)])
    }

    /// nginx, before three nodes at these addresses.
    ///
    /// # Panics
    /// As [`Proxy::nginx`].
    #[track_caller]
    pub fn nginx_before(nodes: [&str; 3]) -> Self {
        let ports = ["127.0.0.1:8082", "127.0.0.1:8083", "127.0.0.1:8084"];
        Self::nginx_as("nginx-cluster.conf", &[0, 1, 2].map(|node| (ports[node], nodes[node])))
    }

    #[track_caller]
    fn nginx_as(name: &str, servers: &[(&str, &str)]) -> Self {
        let (folder, address) = (TempDir::new().expect("a folder can be made"), free());
        let (plain, tls) = (format!("listen {};", free()), format!("listen {address};"));
        let changes = [
            ("listen 80;", &*plain),
            ("listen 443 ssl http2;", &tls),
            ("listen [::]:80;", ""),
            ("listen [::]:443 ssl http2;", ""),
            ("ssl_certificate /", "# /"),
            ("ssl_certificate_key /", "# /"),
            ("/var/log/nginx/duiliao.log", "stderr"),
        ];
        let site = changed(name, &[&changes, servers].concat());
        let within = folder.path().display();
        let kept = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
        let kept: String = kept.map(|what| format!("{what}_temp_path {within}/{what};")).concat();
        let main = format!(
            "daemon off; master_process off; pid {within}/pid; error_log stderr crit; events {{}} http {{ {kept} {site} }}"
        );
        let file = folder.path().join("nginx.conf");
        fs::write(&file, main).expect("a file can be written");
        Self::start(Command::new("/usr/sbin/nginx").arg("-c").arg(file), folder, address)
    }

    /// Caddy, before the server at this address.
    ///
    /// # Panics
    /// When there is none, or it does not start.
    #[track_caller]
    pub fn caddy(server: &str) -> Self {
        let (folder, address) = (TempDir::new().expect("a folder can be made"), free());
        let site = changed(
            "Caddyfile",
            &[
                ("chat.example.com {", &format!("http://{address} {{")),
                ("127.0.0.1:8082", server),
                // It has options for all sites already, and may have them once.
                ("{\n\tlog default {", "{\n\tadmin off\n\tauto_https off\n\tlog default {"),
                ("lb_try_duration 10s", "lb_try_duration 1s"),
            ],
        );
        let file = folder.path().join("Caddyfile");
        fs::write(&file, site).expect("a file can be written");
        let mut command = Command::new("/usr/bin/caddy");
        command.args(["run", "--adapter", "caddyfile", "--config"]).arg(file);
        command.env("HOME", folder.path()).env("XDG_DATA_HOME", folder.path());
        Self::start(command.env("XDG_CONFIG_HOME", folder.path()), folder, address)
    }

    /// `127.0.0.1:PORT`
    pub fn address(&self) -> &str {
        &self.address
    }

    #[track_caller]
    fn start(command: &mut Command, folder: TempDir, address: String) -> Self {
        let program = Path::new(command.get_program());
        assert!(program.exists(), "{} is missing; run `scripts/setup.sh proxies`", program.display());
        let process = Process::start(command);
        eventually(format_args!("{process:?} at {address}"), || {
            TcpStream::connect(&address).map_err(|error| error.to_string())
        });
        Self { _process: process, address, _folder: folder }
    }
}

/// An address that was free just now.
fn free() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    listener.local_addr().expect("a listener has an address").to_string()
}

/// A file of `deploy/`, with others in the place of words that it must have.
#[track_caller]
fn changed(name: &str, words: &[(&str, &str)]) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy").join(name);
    let text = fs::read_to_string(&file).expect("deploy/ stands in the workspace");
    words.iter().fold(text, |text, (old, new)| {
        assert!(text.contains(old), "{name} has no {old}");
        text.replace(old, new)
    })
}

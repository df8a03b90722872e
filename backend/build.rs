//! Tells the program from which commit it was built.
//!
//! A debug build does not ask: each commit would build everything anew.

use std::env;
use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=SOURCE_COMMIT");
    println!("cargo::rustc-env=SOURCE_COMMIT={}", commit().unwrap_or_else(|| "unknown".to_owned()));
}

/// The commit that was given, or the one that git has checked out.
fn commit() -> Option<String> {
    if let Some(given) = env::var("SOURCE_COMMIT").ok().filter(|given| !given.is_empty()) {
        return Some(given);
    }
    if env::var("PROFILE").is_ok_and(|profile| profile == "debug") {
        return None;
    }
    // Each commit, and each branch that is checked out, adds a line here. A file that is missing would build everything each time.
    let log = git(&["rev-parse", "--path-format=absolute", "--git-path", "logs/HEAD"])?;
    if Path::new(&log).is_file() {
        println!("cargo::rerun-if-changed={log}");
    }
    git(&["rev-parse", "--short=10", "HEAD"])
}

fn git(arguments: &[&str]) -> Option<String> {
    let output =
        Command::new("git").args(arguments).output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
}

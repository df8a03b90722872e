//! What the system allows this process.

use std::fs;

/// How many files and connections the process may have open; nothing if there is no such limit, or it is not known.
pub fn max_open_files() -> Option<u64> {
    let limits = fs::read_to_string("/proc/self/limits").ok()?;
    let soft = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    soft.split_whitespace().next()?.parse().ok()
}

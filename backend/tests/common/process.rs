//! The program itself, as a process.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

/// The server's process; it ends with this value.
pub struct Process(pub Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts the server by this command; where it listens.
pub fn start(command: &mut Command) -> (Process, String) {
    let mut process = Process(command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap());
    let mut line = String::new();
    BufReader::new(process.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
    (process, line.trim().rsplit('/').next().unwrap().to_owned())
}

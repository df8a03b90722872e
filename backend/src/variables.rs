//! Environment variables: each option has one, `DUILIAO_` and the flag's name. An empty variable is unset.
//!
//! They are not left to clap: it takes an empty one for a value, shows values in the help, and does not name the variable that
//! a wrong value came from.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue};
use clap::{Arg, Command, Error};

/// What the name of each variable begins with.
const PREFIX: &str = "DUILIAO_";

/// Variables as they were once called: flag and old name. They are read where the new one is unset.
const OLD_NAMES: [(&str, &str); 6] = [
    ("seats-per-minute", "DUILIAO_SEATS"),
    ("rooms-per-hour", "DUILIAO_ROOMS"),
    ("requests-per-second", "DUILIAO_REQUESTS"),
    ("frames-per-second", "DUILIAO_FRAMES"),
    ("bytes-per-second", "DUILIAO_BYTES"),
    ("megabytes-per-hour", "DUILIAO_MEGABYTES"),
];

/// The variables of a command's options.
#[derive(Debug, Default)]
pub(crate) struct Variables {
    /// Every name that is read, old ones too.
    known: Vec<String>,
    /// By flag, those that were set.
    set: BTreeMap<String, String>,
}

impl Variables {
    /// Has `command` read them, and say so in its help.
    pub(crate) fn read(command: Command) -> (Command, Self) {
        let mut variables = Self::default();
        let command = command.mut_args(|argument| variables.attach(argument));
        (command, variables)
    }

    fn attach(&mut self, argument: Arg) -> Arg {
        let Some(flag) = argument.get_long().map(str::to_owned) else { return argument };
        let name = format!("{PREFIX}{}", flag.replace('-', "_").to_uppercase());
        let old = OLD_NAMES.iter().filter(|(of, _)| *of == flag).map(|(_, old)| (*old).to_owned());
        let names: Vec<_> = [name.clone()].into_iter().chain(old).collect();
        let set = names.iter().find(|name| env::var_os(name).is_some_and(|value| !value.is_empty()));
        let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
        let argument = argument.help(format!("{help} [env: {name}]")).hide_env(true);
        let argument = match set {
            Some(set) => {
                self.set.insert(flag, set.clone());
                // clap keeps names for as long as the program runs.
                argument.env(&*set.clone().leak())
            }
            None => argument,
        };
        self.known.extend(names);
        argument
    }

    /// Has an error about a value name the variable that it came from. `arguments` are those of the command line.
    pub(crate) fn name_in(&self, mut error: Error, arguments: &[OsString]) -> Error {
        let Some(ContextValue::String(said)) = error.get(ContextKind::InvalidArg) else { return error };
        let flag = said.trim_start_matches('-').split([' ', '=']).next().unwrap_or_default();
        let is_given = |argument: &OsString| {
            let argument = argument.to_string_lossy();
            argument.strip_prefix("--").is_some_and(|rest| rest.split('=').next() == Some(flag))
        };
        if let Some(variable) = self.set.get(flag)
            && !arguments.iter().any(is_given)
        {
            let variable = variable.clone();
            error.insert(ContextKind::InvalidArg, ContextValue::String(variable));
        }
        error
    }

    /// The variables that look like ours and are not, each with the one that was meant perhaps.
    pub(crate) fn unknown(&self) -> Vec<(String, Option<&str>)> {
        let names = env::vars_os().filter_map(|(name, _)| name.into_string().ok());
        let strange = names.filter(|name| name.starts_with(PREFIX) && !self.known.contains(name));
        strange
            .map(|name| {
                let close = self.closest(&name);
                (name, close)
            })
            .collect()
    }

    fn closest(&self, name: &str) -> Option<&str> {
        let likeness = |known: &String| strsim::jaro_winkler(name, known);
        let closest = self.known.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)))?;
        (likeness(closest) > ALIKE).then_some(closest)
    }
}

/// From which likeness on, of 1, a name is taken for a misspelt one. All names share their beginning, so it is high.
const ALIKE: f64 = 0.9;

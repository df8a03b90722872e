//! Bad weather: connections are cut, the server falls and comes back.

use anyhow::Result;
use frontend::state::Action;
use rand::RngExt;
use tempfile::TempDir;

use crate::person::chance;

use super::server::{Fall, Server};
use super::world::{EPOCH, Next, World};

impl World {
    pub(super) fn batch(&mut self) -> Result<()> {
        self.batch_due = false;
        let most = self.chance.random_range(1..=8);
        let falls = !self.calm && self.chance.random_range(0..1_000) < self.weather.falls;
        let Some(server) = &mut self.server else { return Ok(()) };
        if !falls {
            server.take(most);
            return Ok(());
        }
        let fall = match self.chance.random_range(0..4) {
            0 => Fall::Before,
            1 => Fall::Amid(self.chance.random_range(0..=1_000)),
            _ => Fall::After,
        };
        self.note(|_| format!("the server falls {fall:?} it stores"));
        self.fallen(|server| server.fall(fall, most))
    }

    pub(super) fn fallen(&mut self, how: impl FnOnce(Server) -> Result<TempDir>) -> Result<()> {
        let Some(server) = self.server.take() else { return Ok(()) };
        self.folder = Some(how(server)?);
        self.falls += 1;
        self.batch_due = false;
        for number in self.lines.keys().copied().collect::<Vec<_>>() {
            self.cut(number);
        }
        self.soon(Next::Start, self.weather.down);
        Ok(())
    }

    pub(super) fn start(&mut self) -> Result<()> {
        if let Some(folder) = self.folder.take() {
            self.server = Some(self.again(folder)?);
        }
        Ok(())
    }

    /// A server on what another left behind.
    pub(super) fn again(&mut self, folder: TempDir) -> Result<Server> {
        // A clock may be set while the machine is down.
        let ahead = if self.chance.random_range(0..4) == 0 {
            EPOCH - self.chance.random_range(0..300_000)
        } else {
            EPOCH
        };
        let chance = chance(self.seed, 1_000 + u64::from(self.falls));
        Server::start(folder, chance, (self.began, ahead))
    }

    pub(super) fn bad_weather(&mut self) -> Result<()> {
        self.after(Next::Weather, 100);
        if self.calm {
            return Ok(());
        }
        let open: Vec<_> =
            self.lines.iter().filter(|(_, line)| !line.ended && !line.silent).map(|(n, _)| *n).collect();
        if self.chance.random_range(0..1_000) < self.weather.cuts && !open.is_empty() {
            let number = open[self.chance.random_range(0..open.len())];
            self.cuts += 1;
            let silent = self.chance.random_range(0..5) == 0;
            self.note(|_| format!("connection {number} is {}", if silent { "silent" } else { "cut" }));
            match self.lines.get_mut(&number).filter(|_| silent) {
                Some(line) => line.silent = true,
                None => self.cut(number),
            }
        }
        if self.chance.random_range(0..10) == 0 {
            let person = self.chance.random_range(0..self.people.len());
            self.act(person, Action::Wake);
        }
        if self.chance.random_range(0..1_000) < self.weather.kills {
            self.note(|_| "the server is killed".to_owned());
            self.fallen(Server::kill)?;
        }
        Ok(())
    }
}

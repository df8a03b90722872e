//! What is wrong, counted by kind, with a sentence for each.

use std::fmt;

/// What kind of wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Something heard or confirmed is not there.
    Missing,
    /// Something is there more than once.
    Twice,
    /// Something came before what it follows.
    OutOfOrder,
    /// A text that was recalled or replaced can still be seen.
    Visible,
    /// Anything else.
    Other,
}

impl Fault {
    /// All kinds, in the order of the table.
    pub const ALL: [Self; 5] = [Self::Missing, Self::Twice, Self::OutOfOrder, Self::Visible, Self::Other];

    /// What stands in the table.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Twice => "twice",
            Self::OutOfOrder => "out of order",
            Self::Visible => "recalled or replaced text visible",
            Self::Other => "otherwise wrong",
        }
    }
}

/// All that was found to be wrong.
#[derive(Debug, Clone, Default)]
pub struct Faults(Vec<(Fault, String)>);

impl Faults {
    /// Something is wrong.
    pub fn add(&mut self, fault: Fault, what: impl Into<String>) {
        self.0.push((fault, what.into()));
    }

    /// Something is wrong unless it `holds`.
    pub fn unless(&mut self, holds: bool, fault: Fault, what: impl FnOnce() -> String) {
        if !holds {
            self.add(fault, what());
        }
    }

    /// Takes in what was found elsewhere.
    pub fn extend(&mut self, others: &Self) {
        self.0.extend_from_slice(&others.0);
    }

    /// Whether nothing is wrong.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many of a kind.
    pub fn count(&self, fault: Fault) -> usize {
        self.0.iter().filter(|(kind, _)| *kind == fault).count()
    }
}

/// A line for each of the first ones.
impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 20;
        for (kind, what) in self.0.iter().take(SHOWN) {
            writeln!(f, "  {}: {what}", kind.name())?;
        }
        if SHOWN < self.0.len() {
            writeln!(f, "  … and {} more", self.0.len() - SHOWN)?;
        }
        Ok(())
    }
}

//! Lets the storage call of a chosen number fail. SQLite asks before it prepares a statement whether it may: each statement of log
//! and index counts as a call.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use rusqlite::Connection;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};

/// Which calls fail, once there are to be failures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ledger) enum Failing {
    /// The call of this number, counted from 0.
    Once(u32),
    /// That call and all that follow.
    From(u32),
}

/// What decides over the calls of one world.
#[derive(Debug, Clone, Default)]
pub(in crate::ledger) struct Faults(Arc<Mutex<Plan>>);

#[derive(Debug, Default)]
struct Plan {
    failing: Option<Failing>,
    calls: u32,
    failed: BTreeSet<String>,
}

impl Faults {
    /// Watches a connection, called `file`.
    pub(in crate::ledger) fn watch(&self, connection: &Connection, file: &'static str) {
        // Statements that are kept are not prepared again.
        connection.set_prepared_statement_cache_capacity(0);
        let (plan, mut last) = (Arc::clone(&self.0), Last::Other);
        let authorize = move |context: AuthContext<'_>| match call(&context.action, &mut last) {
            // To end a read fails nowhere.
            Some(call) if file == "index" && call.starts_with("transaction") => Authorization::Allow,
            Some(call) => plan.lock().unwrap().decide(|| format!("{file}: {call}")),
            None => Authorization::Allow,
        };
        connection.authorizer(Some(authorize)).unwrap();
    }

    /// From now on these calls fail.
    pub(in crate::ledger) fn arm(&self, failing: Failing) {
        *self.0.lock().unwrap() = Plan { failing: Some(failing), ..Plan::default() };
    }

    /// No call fails any more; which have.
    pub(in crate::ledger) fn disarm(&self) -> BTreeSet<String> {
        let plan = std::mem::take(&mut *self.0.lock().unwrap());
        plan.failed
    }
}

impl Plan {
    fn decide(&mut self, name: impl FnOnce() -> String) -> Authorization {
        let number = self.calls;
        self.calls += 1;
        let fails = match self.failing {
            Some(Failing::Once(at)) => number == at,
            Some(Failing::From(at)) => number >= at,
            None => false,
        };
        if !fails {
            return Authorization::Allow;
        }
        self.failed.insert(name());
        Authorization::Deny
    }
}

/// What was asked for last: a statement asks more than once.
#[derive(PartialEq, Eq)]
enum Last {
    Select,
    Update(String),
    Other,
}

/// The storage call that begins with this, if one does.
fn call(action: &AuthAction<'_>, last: &mut Last) -> Option<String> {
    let (call, now) = match action {
        AuthAction::Select => (None, Last::Select),
        AuthAction::Read { table_name, .. } => {
            (Some(format!("SELECT {table_name}")).filter(|_| *last == Last::Select), Last::Other)
        }
        AuthAction::Update { table_name, .. } => {
            let now = Last::Update((*table_name).to_owned());
            (Some(format!("UPDATE {table_name}")).filter(|_| *last != now), now)
        }
        AuthAction::Insert { table_name } => (Some(format!("INSERT {table_name}")), Last::Other),
        AuthAction::Delete { table_name } => (Some(format!("DELETE {table_name}")), Last::Other),
        // What it does not know is COMMIT.
        AuthAction::Transaction { operation } => (Some(format!("transaction {operation:?}")), Last::Other),
        AuthAction::Pragma { pragma_name, .. } => (Some(format!("PRAGMA {pragma_name}")), Last::Other),
        _ => (None, Last::Other),
    };
    *last = now;
    call
}

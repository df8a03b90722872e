//! Which core the server has, and which one the load: with one for both, each would measure the other.

use std::sync::OnceLock;

use core_affinity::CoreId;

/// The server's core; known once the load has taken its own.
static SERVER: OnceLock<Option<CoreId>> = OnceLock::new();

/// Puts this thread, and whatever it starts, on the second core; the first is left to the server. Does nothing if there is one.
pub(crate) fn part() {
    SERVER.get_or_init(|| {
        let cores = core_affinity::get_core_ids().unwrap_or_default();
        let [server, load, ..] = cores[..] else { return None };
        core_affinity::set_for_current(load).then_some(server)
    });
}

/// The core that is left to the server, if [`part`] was called and there is one.
pub(crate) fn server() -> Option<usize> {
    SERVER.get().copied().flatten().map(|core| core.id)
}

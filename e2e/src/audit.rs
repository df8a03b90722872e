//! Whether a screen is for everyone, as far as a program can tell: axe's rules for WCAG 2.1 A and AA.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use serde_json::json;

use crate::page::Page;

static AXE: LazyLock<String> = LazyLock::new(|| {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../node_modules/axe-core/axe.min.js");
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error} (npm ci)", path.display()))
});

/// What axe finds that keeps people out or makes it hard for them, and where.
const AUDIT: &str = "
    const [done] = arguments;
    axe.run(document, { resultTypes: ['violations'] }).then(
        found => done(found.violations
            .filter(({ impact }) => impact === 'serious' || impact === 'critical')
            .flatMap(({ id, nodes }) => nodes.map(({ target, any, all }) =>
                `${id} at ${target.join(' ')}: ${[...any, ...all].map(check => check.message).join('; ')}`))),
        error => done([String(error)]),
    );
";

impl Page {
    /// Audits what is shown.
    ///
    /// # Panics
    /// When axe finds something serious.
    #[track_caller]
    pub fn audit(&self, screen: &str) {
        if !self.ask::<bool>("return 'axe' in window", &[]) {
            self.ask::<serde_json::Value>(&AXE, &[json!(null)]);
        }
        let found: Vec<String> = self.ask_later(AUDIT, &[]);
        assert!(found.is_empty(), "in {screen}: {found:#?}");
    }
}

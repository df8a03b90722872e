//! Files that the page lets a person keep.

use std::fs;

use serde_json::json;
use tempfile::TempDir;

use crate::page::Page;
use crate::wait::eventually;

impl Page {
    /// Does what leads to a file, and gives what is in it.
    ///
    /// # Panics
    /// When none comes.
    #[track_caller]
    pub fn download(&self, act: impl FnOnce()) -> String {
        let folder = TempDir::new().expect("a folder for files can be made");
        let path = folder.path().to_string_lossy();
        self.devtools("Browser.setDownloadBehavior", json!({ "behavior": "allow", "downloadPath": path }));
        act();
        eventually("a whole file", || {
            let entries = fs::read_dir(folder.path()).map_err(|error| error.to_string())?;
            let paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
            // Chromium renames a file once it is whole.
            let whole = paths.iter().find(|path| path.extension().is_some_and(|kind| kind != "crdownload"));
            let text = whole.and_then(|path| fs::read_to_string(path).ok()).filter(|text| !text.is_empty());
            text.ok_or_else(|| format!("{paths:?}"))
        })
    }
}

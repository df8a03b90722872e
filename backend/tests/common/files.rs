//! What stands in the files of a data folder.

use std::path::Path;

/// Whether one of these texts stands in one of these files of a folder. A write-ahead file is named behind its file, and read
/// before it: texts move from the one to the other, and must not be missed on the way.
pub fn holds(folder: &Path, files: &[&str], texts: &[impl AsRef<str>]) -> bool {
    files.iter().rev().any(|file| {
        let bytes = std::fs::read(folder.join(file)).unwrap_or_default();
        texts.iter().any(|text| {
            let text = text.as_ref().as_bytes();
            bytes.windows(text.len()).any(|window| window == text)
        })
    })
}

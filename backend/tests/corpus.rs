//! What fuzzing (`fuzz/`) found worth keeping, once more.
#![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]

mod fuzzing;
mod world;

use std::fs;
use std::path::Path;

use world::story::{play, read, worlds};

fn each(target: &str, mut take: impl FnMut(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus").join(target);
    let mut files = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        take(&fs::read(entry.unwrap().path()).unwrap());
        files += 1;
    }
    assert!(files >= 8, "{} is as good as empty", folder.display());
}

#[test]
fn frames_that_were_kept_do_no_harm() {
    each("frames", fuzzing::frames);
}

#[test]
fn stories_that_were_kept_end_well() {
    let mut records = 0;
    each("apply", |bytes| {
        for world in worlds() {
            records += play(&read(bytes), world).log.len();
        }
    });
    assert!(records > 500, "they tell something: {records} records");
}

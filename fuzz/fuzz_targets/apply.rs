//! Whatever four people may do in a room, one after the other.
#![no_main]

#[path = "../../backend/tests/world/mod.rs"]
mod world;

use world::story::{play, read, worlds};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let story = read(bytes);
    for (world, mut rebuilt) in worlds().into_iter().zip(worlds().map(|world| world.state)) {
        let world = play(&story, world);
        world.log.iter().for_each(|record| rebuilt.fold(record));
        assert_eq!(rebuilt.head(), world.state.head(), "a room rebuilt from its records is the same room");
    }
});

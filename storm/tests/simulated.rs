//! Some simulated storms, and that a seed repeats its run. Thousands: `make storm`.

use std::thread;

use storm::simulated::run;

#[test]
fn nothing_is_lost_and_nothing_comes_twice_whatever_falls() {
    const SEEDS: u64 = 24;
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let work = |worker: usize| {
        for seed in (1..=SEEDS).skip(worker).step_by(workers) {
            let run = run(seed, false).unwrap();
            assert!(run.faults.is_empty(), "seed {seed}:\n{}", run.faults);
        }
    };
    thread::scope(|scope| {
        (0..workers).for_each(|worker| {
            scope.spawn(move || work(worker));
        });
    });
}

#[test]
fn the_same_seed_is_the_same_run() {
    for seed in [3, 7] {
        let (first, second) = (run(seed, true).unwrap(), run(seed, true).unwrap());
        let differs = first.trace.iter().zip(&second.trace).find(|(one, other)| one != other);
        assert_eq!(differs, None, "seed {seed}");
        assert_eq!((first.digest, first.trace.len()), (second.digest, second.trace.len()), "seed {seed}");
    }
    assert_ne!(run(3, false).unwrap().digest, run(4, false).unwrap().digest);
}

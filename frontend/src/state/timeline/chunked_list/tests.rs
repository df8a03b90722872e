use shared::{LeftWhy, MemberId, Millis};

use super::super::EntryKind;
use super::*;

const SET: EntryKind = EntryKind::Set { title: None, slow_s: None };

fn entry(seq: u64) -> Entry {
    Entry { seq: Seq(seq), at: Millis(seq), body: SET }
}

/// Every other number, as where edits stand between messages.
fn entries(range: Range<u64>) -> Entries {
    let mut entries = Entries::default();
    range.for_each(|n| entries.push(entry(n * 2)));
    entries
}

fn seqs(entries: &Entries) -> Vec<u64> {
    entries.iter().map(|entry| entry.seq.0).collect()
}

#[test]
fn pages_in_front_and_cuts_leave_the_order_as_it_was() {
    let mut held = entries(10_000..10_100);
    let mut truth: Vec<u64> = (10_000..10_100).map(|n| n * 2).collect();
    let mut first = 10_000;
    for size in [1, 3, 100, 255, 256, 257, 7, 321] {
        held.prepend(entries(first - size..first));
        first -= size;
        truth = (first..10_100).map(|n| n * 2).collect();
        assert_eq!(seqs(&held), truth);
        assert_eq!(held.len(), truth.len());
    }
    assert!(held.pieces.len() < 12, "{} pieces", held.pieces.len());
    for drop in [1, 5, 250, 256, 300] {
        held.drop_first(drop);
        truth.drain(..drop);
        assert_eq!((seqs(&held), held.len()), (truth.clone(), truth.len()));
    }
    held.drop_first(usize::MAX);
    assert!(held.is_empty() && held.first().is_none());
}

#[test]
fn an_entry_is_found_by_its_number_and_by_its_place() {
    let mut held = entries(600..1_000);
    held.prepend(entries(100..600));
    for n in [100, 355, 356, 599, 600, 999] {
        let at = usize::try_from(n - 100).unwrap();
        assert_eq!(held.position(Seq(n * 2)), Ok(at));
        assert_eq!(held.position(Seq(n * 2 + 1)), Err(at + 1));
        assert_eq!((held[at].seq, held.of(Seq(n * 2)).unwrap().seq), (Seq(n * 2), Seq(n * 2)));
        assert!(held.of(Seq(n * 2 + 1)).is_none());
    }
    assert_eq!(held.position(Seq(1)), Err(0));
    assert_eq!(Entries::default().position(Seq(1)), Err(0));
    let some: Vec<_> = held.range(495..505).map(|entry| entry.seq.0).collect();
    assert_eq!(some, (595..605).map(|n| n * 2).collect::<Vec<_>>());
    assert_eq!(held.range(899..2_000).count(), 1);
    assert_eq!(held.range(2_000..2_001).count(), 0);
}

#[test]
fn a_change_copies_one_piece_and_shares_the_others() {
    let before = entries(0..10_000);
    let mut after = before.clone();
    after.of_mut(Seq(5_000)).unwrap().body = EntryKind::Locked(true);
    after.push(entry(30_000));
    let shared = |n: &usize| Rc::ptr_eq(&before.pieces[*n], &after.pieces[*n]);
    assert_eq!((0..before.pieces.len()).filter(shared).count(), before.pieces.len() - 2);
    assert!(before != after && before == before.clone());
    assert_eq!(before[2_500].body, SET);
}

fn joined(seq: u64) -> Entry {
    Entry { body: EntryKind::Joined(MemberId(9)), ..entry(seq) }
}

/// The numbers of each place, counted without any of the shortcuts.
fn places(held: &Entries) -> Vec<Vec<u64>> {
    let all: Vec<_> = held.iter().collect();
    let mut places = vec![Vec::new()];
    for (at, one) in all.iter().enumerate() {
        places.last_mut().unwrap().push(one.seq.0);
        if !all.get(at + 1).is_some_and(|next| held.folding.folds(one, next)) {
            places.push(Vec::new());
        }
    }
    places.pop();
    places
}

fn assert_places(held: &Entries) {
    let truth = places(held);
    assert_eq!(held.place_count(), truth.len());
    for (place, seqs) in truth.iter().enumerate() {
        let found: Vec<_> = held.at_places(place..place + 1).map(|(entry, _)| entry.seq.0).collect();
        assert_eq!(found, *seqs, "place {place}");
        seqs.iter().for_each(|seq| assert_eq!(held.place_of(Seq(*seq)), place, "{seq}"));
    }
    let all: Vec<_> = held.at_places(0..truth.len()).map(|(entry, _)| entry.seq.0).collect();
    assert_eq!(all, seqs(held));
    assert_eq!(held.at_places(truth.len()..truth.len() + 9).count(), 0);
    assert_eq!(held.place_of(Seq(u64::MAX)), truth.len());
}

#[test]
fn runs_of_notices_have_one_place_however_the_list_came_to_be() {
    // Lengths of runs, each followed by something else. Some reach over several pieces.
    let runs = [1, 0, 255, 0, 0, 2, 256, 600, 1, 3];
    let kinds: Vec<bool> = runs.iter().flat_map(|len| (0..=*len).map(move |at| at < *len)).collect();
    let make = |range: Range<usize>, folding| {
        let mut held = Entries::default();
        held.fold_notices(folding);
        for at in range {
            let seq = at as u64 + 1;
            held.push(if kinds[at] { joined(seq) } else { entry(seq) });
        }
        held
    };
    let folding = NoticeFolding::OthersThan(MemberId(1));
    let whole = make(0..kinds.len(), folding);
    assert_places(&whole);
    assert_eq!(whole.place_count(), runs.iter().map(|len| usize::from(*len > 0) + 1).sum::<usize>());
    let mut late = make(0..kinds.len(), NoticeFolding::Off);
    assert_eq!(late.place_count(), kinds.len());
    late.fold_notices(folding);
    assert_eq!(late.places, whole.places);
    for cut in (0..kinds.len()).step_by(37) {
        let mut paged = make(cut..kinds.len(), folding);
        paged.prepend(make(0..cut, NoticeFolding::Off));
        assert_places(&paged);
        paged.drop_first(cut);
        assert_places(&paged);
    }
}

#[test]
fn own_notices_and_removals_do_not_fold() {
    let held = |bodies: &[EntryKind]| {
        let mut held = Entries::default();
        held.fold_notices(NoticeFolding::OthersThan(MemberId(1)));
        for (seq, body) in (1..).zip(bodies) {
            held.push(Entry { body: body.clone(), ..entry(seq) });
        }
        held.place_count()
    };
    let joined = |member| EntryKind::Joined(MemberId(member));
    let left = |why| EntryKind::Left(MemberId(3), why);
    assert_eq!(held(&[joined(2), joined(3), left(LeftWhy::Asked), left(LeftWhy::Away)]), 1);
    assert_eq!(held(&[joined(2), joined(1), joined(3)]), 3);
    assert_eq!(held(&[joined(2), left(LeftWhy::Removed), joined(3)]), 3);
    assert_eq!(held(&[joined(2), EntryKind::Locked(true), joined(3)]), 3);
}

#[test]
fn equal_entries_are_equal_however_they_came() {
    let mut paged = entries(300..700);
    paged.prepend(entries(0..300));
    assert_eq!(paged, entries(0..700));
}

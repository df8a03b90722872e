//! Row heights: measured for rows that were drawn, estimated by their average for all others.

use std::collections::BTreeMap;
use std::ops::Range;

use super::{RowKey, TEMPORARY};

/// Keys in a chunk. A sum reads whole chunks where it can.
const CHUNK: u64 = 256;
/// Most chunks kept, 1 KiB each. More are read back by nobody: then all are dropped and measured anew.
const MAX_CHUNKS: usize = 2_048;
/// The estimate before any row was measured, in pixels.
const FIRST_ESTIMATE_PX: f64 = 60.0;

/// The heights of a list's rows, in pixels.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Heights {
    chunks: BTreeMap<u64, Chunk>,
    total: Sum,
}

#[derive(Debug, Clone, PartialEq)]
struct Chunk {
    /// Negative where no height is known.
    heights: Vec<f32>,
    total: Sum,
}

/// The sum of measured heights, and of how many rows.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Sum {
    px: f64,
    rows: usize,
}

impl Sum {
    fn add(&mut self, px: f32) {
        self.px += f64::from(px);
        self.rows += 1;
    }

    fn remove(&mut self, px: f32) {
        self.px -= f64::from(px);
        self.rows -= 1;
    }
}

impl Heights {
    /// Remembers a measured height.
    pub fn measure(&mut self, key: RowKey, px: f64) {
        if TEMPORARY <= key || px < 0.0 {
            return;
        }
        if self.chunks.len() >= MAX_CHUNKS && !self.chunks.contains_key(&(key / CHUNK)) {
            self.forget();
        }
        let chunk = self
            .chunks
            .entry(key / CHUNK)
            .or_insert_with(|| Chunk { heights: vec![-1.0; CHUNK as usize], total: Sum::default() });
        let px = px as f32;
        let known = std::mem::replace(&mut chunk.heights[(key % CHUNK) as usize], px);
        for total in [&mut chunk.total, &mut self.total] {
            if 0.0 <= known {
                total.remove(known);
            }
            total.add(px);
        }
    }

    /// Forgets all heights, since the rows are laid out differently now.
    pub fn forget(&mut self) {
        *self = Self::default();
    }

    /// The height of a row.
    pub fn height(&self, key: RowKey) -> f64 {
        let known = self.chunks.get(&(key / CHUNK)).map(|chunk| chunk.heights[(key % CHUNK) as usize]);
        known.filter(|px| 0.0 <= *px).map_or_else(|| self.average(), f64::from)
    }

    /// The height of `rows` rows whose keys are in a range.
    pub fn sum(&self, keys: Range<RowKey>, rows: usize) -> f64 {
        let mut known = Sum::default();
        if keys.start < keys.end {
            for (chunk, part) in self.chunks.range(keys.start / CHUNK..=(keys.end - 1) / CHUNK) {
                let first = chunk * CHUNK;
                if keys.start <= first && first + CHUNK <= keys.end {
                    known.px += part.total.px;
                    known.rows += part.total.rows;
                    continue;
                }
                let measured =
                    (first..).zip(&part.heights).filter(|(key, px)| keys.contains(key) && 0.0 <= **px);
                measured.for_each(|(_, px)| known.add(*px));
            }
        }
        known.px + rows.saturating_sub(known.rows) as f64 * self.average()
    }

    fn average(&self) -> f64 {
        if self.total.rows == 0 { FIRST_ESTIMATE_PX } else { self.total.px / self.total.rows as f64 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_never_measured_have_the_average_height() {
        let mut heights = Heights::default();
        assert_eq!(heights.sum(1..11, 10), 600.0);
        heights.measure(4, 30.0);
        heights.measure(5, 50.0);
        assert_eq!((heights.height(4), heights.height(9)), (30.0, 40.0));
        assert_eq!(heights.sum(1..11, 10), 30.0 + 50.0 + 8.0 * 40.0);
        heights.measure(5, 70.0);
        assert_eq!(heights.sum(5..6, 1), 70.0);
        heights.forget();
        assert_eq!(heights.height(4), 60.0);
    }

    #[test]
    fn a_sum_over_chunks_is_the_sum_of_its_rows() {
        let mut heights = Heights::default();
        // Every other key is a row, as where edits stand between messages; some rows were never drawn.
        let rows: Vec<u64> = (0..3_000).map(|row| row * 2).collect();
        let drawn = |key: &&u64| **key % 7 > 1;
        rows.iter().filter(drawn).for_each(|key| heights.measure(*key, (key % 90) as f64));
        for keys in [0..6_000, 3..4, 255..257, 256..512, 700..5_001, 5_999..6_001, 9_000..9_100] {
            let within: Vec<u64> = rows.iter().copied().filter(|key| keys.contains(key)).collect();
            let sum: f64 = within.iter().map(|key| heights.height(*key)).sum();
            assert!((heights.sum(keys.clone(), within.len()) - sum).abs() < 0.01, "{keys:?}");
        }
    }

    #[test]
    fn temporary_rows_are_not_remembered() {
        let mut heights = Heights::default();
        heights.measure(TEMPORARY | 7, 500.0);
        assert_eq!(heights, Heights::default());
    }

    #[test]
    fn the_number_of_chunks_is_bounded() {
        let mut heights = Heights::default();
        (0..5_000_u64).for_each(|chunk| heights.measure(chunk * CHUNK, 20.0));
        assert!(heights.chunks.len() <= MAX_CHUNKS);
        assert_eq!(heights.height(4_999 * CHUNK), 20.0);
    }
}

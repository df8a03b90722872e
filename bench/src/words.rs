//! Messages that look like what people write: words of the jieba dictionary as often as they are used, with the marks, numbers
//! and Latin words that stand between them.

use jieba_rs::Jieba;
use rand::distr::Distribution;
use rand::distr::weighted::WeightedIndex;
use rand::rngs::StdRng;
use rand::{Rng, RngExt as _, SeedableRng as _};

/// Makes messages.
pub(crate) struct Writer {
    words: Vec<String>,
    often: WeightedIndex<f64>,
    chance: StdRng,
}

/// So many of the most frequent characters are tried in pairs: nearly every word of two.
const PAIRED: usize = 2_500;

impl Writer {
    /// The same seed makes the same messages.
    pub(crate) fn new(seed: u64) -> anyhow::Result<Self> {
        // The crate gives its list away only by asking.
        let jieba = Jieba::new();
        let known = |word: &String| jieba.has_word(word);
        let mut singles: Vec<(f64, String)> = ('\u{4e00}'..='\u{9fff}')
            .map(String::from)
            .filter(known)
            .map(|word| (frequency(&jieba, &word), word))
            .collect();
        singles.sort_by(|(one, _), (other, _)| other.total_cmp(one));
        let paired: Vec<&String> = singles.iter().take(PAIRED).map(|(_, word)| word).collect();
        let pairs =
            paired.iter().flat_map(|first| paired.iter().map(move |second| format!("{first}{second}")));
        let pairs: Vec<_> = pairs.filter(known).map(|word| (frequency(&jieba, &word), word)).collect();
        let latin = ["OK", "App", "bug", "PPT", "Rust", "C++", "wifi", "iPhone", "Excel", "email"];
        let total: f64 = singles.iter().chain(&pairs).map(|(weight, _)| weight).sum();
        let latin = latin.map(|word| (total / 500.0, format!(" {word} ")));
        let (often, words): (Vec<f64>, Vec<String>) = singles.into_iter().chain(pairs).chain(latin).unzip();
        Ok(Self { words, often: WeightedIndex::new(often)?, chance: StdRng::seed_from_u64(seed) })
    }

    /// A message: mostly short, sometimes long.
    pub(crate) fn message(&mut self) -> String {
        // Half have up to 6 words, one in twenty more than 25.
        let words = 1 + (-self.chance.random::<f64>().ln() * 8.0) as usize;
        let mut text = String::new();
        for number in 0..words {
            text.push_str(&self.words[self.often.sample(&mut self.chance)]);
            match self.chance.random_range(0..100) {
                0..8 if number + 1 < words => text.push('，'),
                8..10 => text.push_str(&self.chance.random_range(1..2_000).to_string()),
                _ => {}
            }
        }
        let ends = ["。", "？", "！", "…", "~", "👍", "😂", " @all", "", "", "", "", "", "", "", ""];
        text.push_str(ends[self.chance.random_range(0..ends.len())]);
        text.trim().to_owned()
    }

    /// Where chance comes from.
    pub(crate) fn chance(&mut self) -> &mut impl Rng {
        &mut self.chance
    }
}

#[expect(clippy::cast_precision_loss, reason = "a weight")]
fn frequency(jieba: &Jieba, word: &str) -> f64 {
    jieba.suggest_freq(word) as f64
}

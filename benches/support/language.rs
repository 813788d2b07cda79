//! A made-up language, for benchmarks: news-like text and terms from a seeded generator.

#[path = "../../tests/it/engine/press/random.rs"]
mod random;

use newswatch::watchlist::term::Term;
use random::Random;
use std::collections::HashSet;

/// Words and names by falling frequency.
pub(crate) struct Language {
    words: Vec<String>,
    given: Vec<String>,
    surnames: Vec<String>,
}

impl Language {
    /// The same at every call.
    pub(crate) fn new() -> Self {
        let mut random = Random(0x5EED);
        let words = coin(&mut random, 60_000, &[]);
        let given = name(&coin(&mut random, 5_000, &[]), &["", "o", "ia", "an", "el"]);
        // Few people are called like an ordinary word.
        let surnames = name(
            &coin(&mut random, 200_000, &words),
            &["son", "ov", "ski", "ez", "ian", "berg", "", "wi", "ko", "mann"],
        );
        Self { words, given, surnames }
    }

    /// Items of 0.5 to 5 KB that read like news: sentences, names, quotation
    /// marks, dashes, some accents; so many bytes together.
    pub(crate) fn items(&self, bytes: usize) -> Vec<String> {
        let mut random = Random(0x7E97);
        let (mut items, mut size) = (Vec::new(), 0);
        while size < bytes {
            let len = 500 + random.below(4_500);
            let mut item = String::new();
            while item.len() < len {
                self.sentence(&mut random, &mut item);
            }
            size += item.len();
            items.push(item);
        }
        items
    }

    fn sentence(&self, random: &mut Random, item: &mut String) {
        for nth in 0..8 + random.below(20) {
            match random.below(300) {
                _ if nth == 0 => *item += &capital(random.common(&self.words)),
                0..9 => *item += &self.name(random),
                9..11 => *item += ["U.S.", "UK", "NATO", "MI6", "EU"][random.below(5)],
                11..14 => *item += &["“", random.common(&self.words), "”"].concat(),
                14..19 => *item += &[&capital(random.common(&self.surnames)), "’s"].concat(),
                _ => *item += random.common(&self.words),
            }
            *item +=
                [" ", " ", " ", " ", " ", " ", " ", ", ", " — ", "-"][random.below(10) * usize::from(nth % 4 == 3)];
        }
        *item += if random.below(5) == 0 { "end.\n\n" } else { "end. " };
    }

    fn name(&self, random: &mut Random) -> String {
        format!("{} {}", capital(random.common(&self.given)), capital(random.common(&self.surnames)))
    }

    /// `count` different terms: mostly names; words, phrases, prefixes, acronyms.
    pub(crate) fn terms(&self, count: usize) -> Vec<Term> {
        let mut random = Random(0x7E49 + count as u64);
        let (mut known, mut terms) = (HashSet::new(), Vec::new());
        while terms.len() < count {
            let rare = |random: &mut Random| self.words[2_000 + random.below(self.words.len() - 2_000)].clone();
            let text = match random.below(100) {
                0..5 => rare(&mut random),
                5..10 => format!("{} {}", rare(&mut random), random.common(&self.words)),
                10..12 => match rare(&mut random) {
                    // Nobody looks for every word that begins with two letters.
                    word if word.len() < 6 => continue,
                    word => word + "*",
                },
                12..13 => (0..2 + random.below(3)).map(|_| char::from(b'A' + random.below(26) as u8)).collect(),
                _ => {
                    let (given, surname) = (random.below(self.given.len()), random.below(self.surnames.len()));
                    format!("{} {}", capital(&self.given[given]), capital(&self.surnames[surname]))
                }
            };
            if known.insert(text.clone()) {
                terms.push(Term::new(text));
            }
        }
        terms
    }
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// Makes names of words.
fn name(words: &[String], endings: &[&str]) -> Vec<String> {
    words.iter().zip(endings.iter().cycle()).map(|(word, ending)| [word, *ending].concat()).collect()
}

/// Coins `count` different words that are not in `other_than`, the common ones short.
fn coin(random: &mut Random, count: usize, other_than: &[String]) -> Vec<String> {
    let mut known: HashSet<String> = other_than.iter().cloned().collect();
    let mut words = Vec::new();
    while words.len() < count {
        let syllables = 1 + random.below(2 + usize::from(words.len() > 200) + usize::from(words.len() > 5_000));
        let mut word = String::new();
        for _ in 0..syllables {
            let vowels = if random.below(20) == 0 { 10 } else { 9 };
            word += ["", "b", "c", "d", "f", "g", "h", "l", "m", "n", "p", "r", "s", "t", "st", "tr", "w", "v", "k"]
                [random.below(19)];
            word += ["a", "e", "i", "o", "u", "e", "a", "ea", "ou", "é"][random.below(vowels)];
            word += ["", "", "n", "r", "s", "t", "l", "nd", "ng", "m"][random.below(10)];
        }
        if known.insert(word.clone()) {
            words.push(word);
        }
    }
    words
}

impl Random {
    /// One of `words`, the first ones far more often (Zipf).
    fn common<'w>(&mut self, words: &'w [String]) -> &'w str {
        let uniform = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        &words[((words.len() as f64).powf(uniform) as usize - 1).min(words.len() - 1)]
    }
}

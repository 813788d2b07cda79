//! Speed, load time and memory of the matcher beside a raw overlapping
//! `aho-corasick` search over text that is already folded, in the same run:
//! `cargo bench --bench matching [TERMS…]`. Text and terms come from a seeded
//! generator; what counts is the ratio.

#![allow(clippy::print_stdout, reason = "a benchmark prints its table")]
#![allow(clippy::disallowed_methods, reason = "a benchmark measures time")]
#![allow(clippy::indexing_slicing, clippy::expect_used, reason = "a benchmark may fail loudly")]
#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "figures for people, random choices"
)]

#[path = "support/clock.rs"]
mod clock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use clock::Clock;
use newswatch::text::fold::fold_to_string;
use newswatch::watchlist::matcher::{Matcher, MatcherBuilder, Scratch};
use newswatch::watchlist::term::{Document, Term};
use std::collections::HashSet;

/// Bytes of text that are searched.
const CORPUS: usize = 16 << 20;

/// The best of so many runs is taken.
const RUNS: usize = 5;

/// A run is repeated until it has taken so long.
const LEAST_SECONDS: f64 = 0.4;

/// Counts of terms for which the raw search is left out: it takes half a gigabyte.
const RAW_LIMIT: usize = 200_000;

fn main() {
    let asked: Vec<usize> = std::env::args().filter_map(|arg| arg.parse().ok()).collect();
    let sizes = if asked.is_empty() { vec![10, 100, 1_000, 10_000, 100_000, 1_000_000] } else { asked };
    let language = Language::new();
    let items = language.items();
    println!("    terms | newswatch MB/s | aho-corasick MB/s | ratio | matches | load s | memory MiB");
    for size in sizes {
        println!("{}", row(size, &language.terms(size), &items));
    }
}

/// Measures one number of terms.
fn row(size: usize, terms: &[Term], items: &[String]) -> String {
    let before = resident();
    let started = Clock::start();
    let matcher = build(terms);
    let load = started.seconds();
    let memory = resident().saturating_sub(before) >> 20;
    let mut occurrences = 0;
    let ours = best(items, || occurrences = search(&matcher, items));
    let raw = if size > RAW_LIMIT { None } else { Some(raw(terms, items)) };
    let (raw_speed, ratio) =
        raw.map_or(("-".to_owned(), "-".to_owned()), |raw| (format!("{raw:.0}"), format!("{:.1}", ours / raw)));
    format!("{size:9} | {ours:14.0} | {raw_speed:>17} | {ratio:>5} | {occurrences:7} | {load:6.2} | {memory:10}")
}

fn build(terms: &[Term]) -> Matcher {
    let mut builder = MatcherBuilder::default();
    for term in terms {
        builder.add(term).expect("generated terms are good");
    }
    builder.build()
}

/// Searches all items from end to end; returns how many occurrences there are.
fn search(matcher: &Matcher, items: &[String]) -> usize {
    let (mut scratch, mut found, mut count) = (Scratch::default(), Vec::new(), 0);
    for item in items {
        let title = item.split('.').next().unwrap_or_default();
        matcher.find(&Document { title, body: item, ..Document::default() }, &mut scratch, &mut found);
        count += found.len();
    }
    count
}

/// The speed of the raw search over folded text, in MB/s of original text.
fn raw(terms: &[Term], items: &[String]) -> f64 {
    let patterns: Vec<String> = terms.iter().map(|term| fold_to_string(term.text.trim_end_matches('*'))).collect();
    let automaton = AhoCorasick::builder()
        .kind(Some(AhoCorasickKind::ContiguousNFA))
        .match_kind(MatchKind::Standard)
        .build(&patterns)
        .expect("patterns that fit");
    let folded: Vec<String> = items.iter().map(|item| fold_to_string(item)).collect();
    let mut count = 0;
    best(items, || count += folded.iter().map(|item| automaton.find_overlapping_iter(item).count()).sum::<usize>())
}

/// MB of `items` a second, in the best run.
fn best(items: &[String], mut run: impl FnMut()) -> f64 {
    let bytes = items.iter().map(String::len).sum::<usize>() as f64;
    let speeds = (0..RUNS).map(|_| {
        let started = Clock::start();
        let mut times = 0.0;
        // The clock of the system may tick only every few milliseconds.
        while times == 0.0 || started.seconds() < LEAST_SECONDS {
            run();
            times += 1.0;
        }
        bytes * times / started.seconds() / 1e6
    });
    speeds.fold(0.0, f64::max)
}

/// Bytes of memory that the process holds.
fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    statm.split(' ').nth(1).and_then(|pages| pages.parse::<usize>().ok()).unwrap_or(0) * 4096
}

/// Words and names by falling frequency.
struct Language {
    words: Vec<String>,
    given: Vec<String>,
    surnames: Vec<String>,
}

impl Language {
    fn new() -> Self {
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
    /// marks, dashes, some accents.
    fn items(&self) -> Vec<String> {
        let mut random = Random(0x7E97);
        let (mut items, mut size) = (Vec::new(), 0);
        while size < CORPUS {
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
    fn terms(&self, count: usize) -> Vec<Term> {
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

/// A small seeded generator (SplitMix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ mixed >> 31
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    /// One of `words`, the first ones far more often (Zipf).
    fn common<'w>(&mut self, words: &'w [String]) -> &'w str {
        let uniform = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        &words[((words.len() as f64).powf(uniform) as usize - 1).min(words.len() - 1)]
    }
}

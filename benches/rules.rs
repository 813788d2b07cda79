//! Rules that no item touches cost nothing: the same text against the same terms
//! under 10 to 100,000 rules, in the same run: `cargo bench --bench rules
//! [RULES…]`. What counts is the ratio to the first row.

#![allow(clippy::print_stdout, reason = "a benchmark prints its table")]
#![allow(clippy::disallowed_methods, reason = "a benchmark measures time")]
#![allow(clippy::indexing_slicing, clippy::expect_used, reason = "a benchmark may fail loudly")]
#![allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "figures for people, random choices")]

#[path = "support/clock.rs"]
mod clock;

use clock::Clock;
use newswatch::watchlist::compile::compile;
use newswatch::watchlist::definition::{At, Definition, Pos, RuleDefinition};
use newswatch::watchlist::term::Document;
use newswatch::watchlist::{Origin, Scratch, Watchlists};

/// Bytes of text that are searched.
const CORPUS: usize = 8 << 20;

/// The best of so many runs is taken; the counts of rules take turns in each.
const RUNS: usize = 5;

/// Terms that rules need and that no item holds.
const RARE: usize = 1_000;

fn main() {
    let asked: Vec<usize> = std::env::args().filter_map(|arg| arg.parse().ok()).collect();
    let sizes = if asked.is_empty() { vec![10, 1_000, 100_000] } else { asked };
    let words = words();
    let items = items(&words);
    let compiled: Vec<_> = sizes.iter().map(|size| watchlists(*size, &words)).collect();
    let mut best = vec![(f64::MAX, 0); sizes.len()];
    for _ in 0..RUNS {
        for (watchlists, best) in compiled.iter().zip(&mut best) {
            let started = Clock::start();
            let fired = search(watchlists, &items);
            *best = (best.0.min(started.seconds()), fired);
        }
    }
    let size = items.iter().map(String::len).sum::<usize>() as f64 / 1e6;
    println!("    rules |  terms |  MB/s | of the first | alerts");
    for ((rules, watchlists), (seconds, fired)) in sizes.iter().zip(&compiled).zip(&best) {
        let terms = watchlists.counts().terms;
        println!("{rules:9} | {terms:6} | {:5.0} | {:11.0} % | {fired:6}", size / seconds, 100.0 * best[0].0 / seconds);
    }
}

/// Searches all items; how many alerts there are.
fn search(watchlists: &Watchlists, items: &[String]) -> usize {
    let mut scratch = Scratch::default();
    let scan = |item: &String| {
        let title = item.split('.').next().unwrap_or_default();
        watchlists.scan(&Document { title, body: item, ..Document::default() }, Origin::default(), &mut scratch).len()
    };
    items.iter().map(scan).sum()
}

/// So many rules: the first is the one that items touch; each of the others asks for words that
/// they hold beside one that they do not.
fn watchlists(rules: usize, words: &[String]) -> Watchlists {
    let at = |value: String| At { value, pos: Pos::default() };
    let rule =
        |nth: usize, when: String| RuleDefinition { id: at(format!("r{nth}")), when: at(when), ..Default::default() };
    let common = |nth: usize| &words[1_000 + nth % 97];
    let untouched = (1..rules.max(2)).map(|nth| {
        let (rare, other) = (nth % RARE, (nth / RARE + nth * 7) % RARE);
        rule(
            nth,
            format!(
                "(zz{rare} NEAR/10 {}) OR (zz{other} AND {} NOT {})",
                common(nth),
                common(nth + 1),
                common(nth + 2)
            ),
        )
    });
    // All counts look for the same terms.
    let all: Vec<String> =
        (0..RARE).map(|nth| format!("zz{nth}")).chain((0..97).map(|nth| common(nth).clone())).collect();
    let touched = rule(0, format!("{} SENT {}", words[10], words[20]));
    let definition = Definition {
        name: at("bench".to_owned()),
        groups: vec![(at("all".to_owned()), all.into_iter().map(|word| term(&word)).collect())],
        rules: std::iter::once(touched).chain(untouched).collect(),
        ..Definition::default()
    };
    let (watchlists, problems) = compile(&[definition]);
    assert!(problems.is_empty(), "{problems:?}");
    watchlists
}

fn term(word: &str) -> At<newswatch::watchlist::term::Term> {
    At { value: newswatch::watchlist::term::Term::new(word), pos: Pos::default() }
}

/// Words of two to four syllables by falling frequency, all different.
fn words() -> Vec<String> {
    let syllables =
        ["ba", "den", "fi", "gor", "ha", "lim", "mo", "nes", "pa", "ral", "so", "ten", "vi", "wa", "cru", "é"];
    let spell = |mut nth: usize| {
        let mut word = String::new();
        while nth > 0 || word.is_empty() {
            word.push_str(syllables[nth % 16]);
            nth /= 16;
        }
        word
    };
    (16..20_016).map(spell).collect()
}

/// Items of about 2 KB: sentences of common words.
fn items(words: &[String]) -> Vec<String> {
    let mut state = 0x5EED_u64;
    let mut below = |limit: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 33) as usize) % limit
    };
    let mut items = Vec::new();
    while items.len() * 2_048 < CORPUS {
        let mut item = String::new();
        while item.len() < 2_000 {
            // A common word is far more often than a rare one.
            let reach = 1 + below(words.len());
            item.push_str(&words[below(reach)]);
            item.push_str(if below(15) == 0 { ". " } else { " " });
        }
        items.push(item);
    }
    items
}

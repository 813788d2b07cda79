//! An item that matches nothing allocates nothing: a binary of its own, since it
//! counts what the allocator is asked for.

#![allow(unsafe_code, reason = "to write an allocator is unsafe; this one hands everything on, and counts")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail loudly")]

use newswatch::config::environment::Environment;
use newswatch::config::{self, Purpose};
use newswatch::engine::assess::{Joined, Provenance, Search};
use newswatch::feed::ParsedItem;
use newswatch::watchlist::{FeedLabel, Scratch};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    /// What this thread has asked for; other tests and the harness have threads of their own.
    static REQUESTS: Cell<usize> = const { Cell::new(0) };
}

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn count() {
    REQUESTS.set(REQUESTS.get() + 1);
}

// SAFETY: every call is handed to the allocator of the system as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        // SAFETY: as above.
        unsafe { System.realloc(block, layout, size) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(block, layout) }
    }
}

/// How often `work` asks the allocator for something.
fn requests<T>(work: impl FnOnce() -> T) -> (usize, T) {
    let before = REQUESTS.get();
    let done = work();
    (REQUESTS.get() - before, done)
}

/// Every kind of term, rule and filter.
const WATCHLIST: &str = r#"
feeds = ["tag:world"]
languages = ["en", "ja"]
keywords = ["sabotage", "incendiary device*", "C++", "US", "普京", "プーチン", "러시아", "ประชุม", "Straße", "مُحَمَّد",
    { term = "Moore", near = ["intelligence"], except = ["Roger Moore"] },
    { term = "Russian", hyphen = "join" }, { term = "company", plural = true }, { term = "Erdoğan", case = "exact" }]
[[entity]]
id = "mi6"
type = "service"
names = ["MI6", "Secret Intelligence Service"]
swap = true
[[rule]]
id = "near"
when = '$keywords NEAR/5 @mi6 NOT title:"live blog"'
[[rule]]
id = "any"
when = '2 OF ($keywords) OR COUNT(@any) >= 2 OR (author:smith SENT category:x*)'
"#;

/// Texts in which nothing occurs, though much nearly does.
const TEXTS: &[(&str, &str)] = &[
    (
        "plain",
        "The intelligence of anti-Russian companions told us of sabotages; a TELL US MORE of Mooreland, and Putins.",
    ),
    (
        "accented",
        "Wałęsa et Đoković, façade et œuvre: la Straßen, ERDOĞAN, l’été où naïveté naïvement s’ennuie — Ærø, Þór.",
    ),
    ("decomposed", "Wale\u{328}sa e\u{301}te\u{301} nai\u{308}vete\u{301} Rus\u{AD}sia\u{AD}ns \u{200B}x\u{FE0F}"),
    ("Greek and Cyrillic", "Η Ελλάδα και ο ΟΔΟΣ· Горбачёв и фсб, Путина, Россией, ещё"),
    ("Han and Kana", "東京の天気は晴れです。北京的天气很好，人们在公园里散步。ﾌﾟｰﾁ ｶﾞ が"),
    ("Hangul", "친러시아 서울의 날씨는 맑음 \u{1112}\u{1161}\u{11AB}국"),
    ("Thai, Arabic, Hebrew, Hindi", "กรุงเทพมหานคร السلام عليكم حَمَّاد שָׁלוֹם हिन्दी में"),
    ("symbols", "🚀 C+ C++11 ½ ㎏ ﬁn ﷺ U.S.A. u.s. A.T. -- … ‘ ’ “ ”"),
];

fn item(text: &str, times: usize) -> ParsedItem {
    ParsedItem {
        title: text.to_owned(),
        text: format!("{text}\n\n").repeat(times),
        authors: vec!["Ann Author".to_owned(), "Bob".to_owned()],
        categories: vec!["Europe".to_owned(), "weather".to_owned(), "東京".to_owned()],
        link: Some("https://news.example.org/2026/11/24/weather".to_owned()),
        ..ParsedItem::default()
    }
}

#[test]
fn an_item_that_matches_nothing_allocates_nothing() {
    let home = tempfile::tempdir().unwrap();
    std::fs::create_dir(home.path().join("watchlists")).unwrap();
    std::fs::write(home.path().join("watchlists/all.toml"), WATCHLIST).unwrap();
    let main = home.path().join("newswatch.toml");
    std::fs::write(&main, "state_dir = \"state\"\n").unwrap();
    let loaded = config::load(&main, &Environment::of_process(), Purpose::Look).unwrap();

    let tags = ["world".to_owned()];
    let feed = Provenance::Feed(FeedLabel { name: "example", tags: &tags });
    let mut scratch = Scratch::default();
    let mut search =
        Search { watchlists: &loaded.runtime.watchlists, scratch: &mut scratch, joined: Joined::default() };
    for (name, text) in TEXTS {
        let (long, short) = (item(text, 50), item(text, 20));
        // The buffers grow with the first item.
        search.hits(&long, feed.origin(Some("en")));
        for item in [&long, &short] {
            let (requests, hits) = requests(|| search.hits(item, feed.origin(Some("en"))));
            assert_eq!(hits, [], "{name}: something occurs, so this shows nothing");
            assert_eq!(requests, 0, "{name}");
        }
    }
    // The same way does find things, and its allocations are counted.
    let fires = item("Sabotage, says MI6", 1);
    let (requests, hits) = requests(|| search.hits(&fires, feed.origin(Some("en"))));
    assert!(hits.len() == 1 && requests > 0, "{requests} requests for {hits:?}");
}

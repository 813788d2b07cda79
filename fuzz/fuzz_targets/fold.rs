//! Folding, and the way back to the original: any text.

#![no_main]

use libfuzzer_sys::fuzz_target;
use newswatch::text::chars::{is_dropped_mark, is_ignorable};
use newswatch::text::fold::{Folded, fold_to_string, words};
use newswatch::text::segment::Segments;
use std::cell::RefCell;

thread_local! {
    /// Used again, as from item to item.
    static FOLDED: RefCell<Folded> = RefCell::default();
}

fuzz_target!(|text: &str| {
    FOLDED.with_borrow_mut(|folded| {
        folded.fold(text);
        leads_back(text, folded);
        assert_eq!(folded.text(), fold_to_string(text), "buffers that are used again change nothing");
        // A mark that stands first sits on nothing and stays; beside others it may not be the first again.
        if !text.chars().find(|c| !is_ignorable(*c)).is_some_and(is_dropped_mark) {
            assert_eq!(fold_to_string(folded.text()), folded.text(), "folding twice changes nothing");
        }
        assert!(words(folded.text()).all(|word| !word.is_empty()));
    });
    let segments = Segments::new(text);
    let numbers = text.char_indices().map(|(at, _)| (segments.paragraph(at), segments.sentence(at)));
    assert!(numbers.is_sorted(), "sentences and paragraphs are counted upwards");
});

/// Every character leads back to whole characters of the original, in order.
fn leads_back(text: &str, folded: &Folded) {
    let bounds: Vec<usize> = folded.text().char_indices().map(|(at, _)| at).chain([folded.text().len()]).collect();
    let mut last_end = 0;
    for pair in bounds.windows(2) {
        let (whole, original) = folded.widen(pair[0]..pair[1]);
        assert!(whole.start <= pair[0] && pair[1] <= whole.end);
        assert!(text.get(original.clone()).is_some_and(|piece| !piece.is_empty()), "{original:?}");
        assert!(original.end >= last_end);
        last_end = original.end;
    }
}

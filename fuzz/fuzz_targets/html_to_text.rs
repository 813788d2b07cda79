//! HTML to plain text: any text.

#![no_main]

use libfuzzer_sys::fuzz_target;
use newswatch::text::html::{looks_like_html, read};

/// The white space of HTML, and the no-break space.
const SPACE: [char; 6] = [' ', '\t', '\n', '\r', '\u{c}', '\u{a0}'];

fuzz_target!(|html: &str| {
    let reading = read(html);
    let text = &reading.text;
    assert_eq!(text.trim_matches(SPACE), text, "no white space at its ends");
    // The worst reference is `&nGt;`, five bytes for six.
    assert!(text.len() <= html.len() * 6 / 5 + 16, "{} bytes of {}", text.len(), html.len());
    if !html.contains(['<', '&']) {
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(words(text), words(html), "a text without markup stays");
    }
    let _ = looks_like_html(html);
});

//! Character encodings: any bytes under any declaration are read, and a text says
//! the same in every encoding that can write it.

#![no_main]

use encoding_rs::{BIG5, EUC_JP, EUC_KR, Encoding, GB18030, KOI8_R, SHIFT_JIS, UTF_8, WINDOWS_1250, WINDOWS_1251};
use libfuzzer_sys::fuzz_target;
use newswatch::feed::{Hints, ParsedFeed, parse};

/// Those whose label means the same to everyone.
const ENCODINGS: &[&Encoding] = &[BIG5, EUC_JP, EUC_KR, GB18030, KOI8_R, SHIFT_JIS, WINDOWS_1250, WINDOWS_1251];

fuzz_target!(|input: (u8, &[u8])| {
    let (choice, bytes) = input;
    let encoding = ENCODINGS[usize::from(choice) % ENCODINGS.len()];
    let content_type = format!("text/xml; charset={}", encoding.name());
    let hints = Hints { content_type: (choice >= 128).then_some(&*content_type), url: None };
    let mut document = b"<rss><channel><item><guid>1</guid><title>".to_vec();
    document.extend_from_slice(bytes);
    document.extend_from_slice(b"</title></item></channel></rss>");
    if let Ok((feed, _)) = parse(&document, hints) {
        assert!(!feed.charset.label.is_empty());
    }
    if let Ok(text) = str::from_utf8(bytes) {
        says_the_same(text, encoding);
    }
});

/// The titles that are read of `text`, whatever its bytes are.
fn says_the_same(text: &str, encoding: &'static Encoding) {
    // Letters and digits: what is markup or white space is no business of the encoding.
    let text: String = text.chars().filter(|c| c.is_alphanumeric()).collect();
    let document = |encoding: &str| {
        format!(
            "<?xml version=\"1.0\" encoding=\"{encoding}\"?>\
             <rss><channel><item><guid>1</guid><title>{text} end</title></item></channel></rss>"
        )
    };
    let expected = title(document("utf-8").as_bytes(), UTF_8);
    let utf16 = |unit: fn(u16) -> [u8; 2]| document("utf-16").encode_utf16().flat_map(unit).collect::<Vec<u8>>();
    let little = [&[0xFF, 0xFE][..], &utf16(u16::to_le_bytes)].concat();
    let big = [&[0xFE, 0xFF][..], &utf16(u16::to_be_bytes)].concat();
    assert_eq!(title(&little, UTF_8), expected, "UTF-16LE");
    assert_eq!(title(&big, UTF_8), expected, "UTF-16BE");
    let declared = document(encoding.name());
    let (written, _, unmappable) = encoding.encode(&declared);
    // Some characters are written as others that look alike.
    let faithful = !unmappable && encoding.decode_without_bom_handling(&written).0 == declared;
    if faithful {
        assert_eq!(title(&written, encoding), expected, "{}", encoding.name());
    }
}

fn title(bytes: &[u8], encoding: &'static Encoding) -> String {
    let content_type = format!("text/xml; charset={}", encoding.name());
    let content_type = (encoding != UTF_8).then_some(&*content_type);
    let feed: ParsedFeed = parse(bytes, Hints { content_type, url: None }).expect("it is RSS").0;
    feed.items[0].title.clone()
}

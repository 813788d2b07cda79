//! JSON Feeds with one thing wrong: every other item is read as if it were right.

use newswatch::feed::{Hints, ParsedFeed, RepairKind, parse};
use proptest::prelude::*;

const ITEMS: usize = 3;

fn read(feed: &str) -> (ParsedFeed, Vec<RepairKind>) {
    let (feed, repairs) = parse(feed.as_bytes(), Hints::default()).unwrap();
    (feed, repairs.into_iter().map(|repair| repair.kind).collect())
}

fn item(number: usize) -> String {
    let text = "\\\"Said\\\", he: {[1,\\u00e9,\\ud83d\\ude00]} \\\\";
    format!(
        "{{\"id\": \"i{number}\", \"tags\": [\"a\", {{\"x\": [{number}]}}], \"_x\": {{\"y\": -1.5e3, \"z\": null}},\
         \"content_text\": \"{text} {number}\", \"title\": \"T{number}\"}}"
    )
}

fn feed(title: &str, items: &[String]) -> String {
    let items = items.join(",\n");
    format!("{{\"version\": \"https://jsonfeed.org/version/1.1\", \"title\": {title}, \"items\": [{items}]}}")
}

fn sound(count: usize) -> Vec<String> {
    (0..count).map(item).collect()
}

/// A value that JSON forbids, and the title that is read from it.
const VALUES: &[(&str, &str)] = &[
    (r#""cut \ud83d""#, "cut \u{fffd}"),
    (r#""cut \ud83d here""#, "cut \u{fffd} here"),
    (r#""\ude00 half""#, "\u{fffd} half"),
    (r#""\ud83d\ud83d\ude00""#, "\u{fffd}😀"),
    (r#""\ud83d\u0041""#, "\u{fffd}A"),
    (r#""hex \x41""#, "hex A"),
    (r#""hex \x4 \x""#, "hex x4 x"),
    (r#""it\'s \q \é""#, "it's q é"),
    (r#""short \u12""#, "short \u{fffd}"),
    (r#""short \u12 and \u""#, "short \u{fffd} and \u{fffd}"),
    (r#""signed \u+123""#, "signed \u{fffd}+123"),
    ("\"raw\n\tline\"", "raw line"),
    (r#""he said "hi" to her""#, "he said \"hi\" to her"),
    ("NaN", ""),
    ("-Infinity", ""),
    ("undefined", ""),
    ("5e999", ""),
    ("-5e999", ""),
    ("TRUE", ""),
    ("'single'", ""),
    ("", ""),
];

#[test]
fn a_bad_value_costs_no_other() {
    for &(value, title) in VALUES {
        for at in 0..ITEMS {
            let mut items = sound(ITEMS);
            items[at] = item(at).replace(&format!("\"T{at}\""), value);
            check(&feed("\"F\"", &items), ITEMS, |number| if number == at { title.to_owned() } else { name(number) });
            // In a member that means nothing it costs nothing.
            items[at] = item(at).replace("null", value);
            let (found, _) = read(&feed("\"F\"", &items));
            assert_eq!(found.items, read(&feed("\"F\"", &sound(ITEMS))).0.items, "{value}");
        }
        let (read, _) = check(&feed(value, &sound(ITEMS)), ITEMS, name);
        assert_eq!(read.title, title, "{value}");
    }
}

fn name(number: usize) -> String {
    format!("T{number}")
}

/// All items are read, each with its title, and the rest of each as if nothing were wrong.
#[track_caller]
fn check(document: &str, count: usize, title: impl Fn(usize) -> String) -> (ParsedFeed, Vec<RepairKind>) {
    let (mut found, kinds) = read(document);
    let (mut sound, _) = read(&feed("\"F\"", &sound(count)));
    let titles: Vec<_> = found.items.iter().map(|item| item.title.clone()).collect();
    assert_eq!(titles, (0..count).map(title).collect::<Vec<_>>(), "{document}");
    found.items.iter_mut().chain(&mut sound.items).for_each(|item| item.title.clear());
    assert_eq!(found.items, sound.items, "{document}");
    assert!(kinds.contains(&RepairKind::JsonSyntax), "{document}");
    assert!(!found.partial && !kinds.contains(&RepairKind::Truncated), "{document}");
    (found, kinds)
}

#[test]
fn a_bad_mark_costs_no_item() {
    for at in 0..ITEMS {
        let with = |from: &str, to: &str| {
            let mut items = sound(ITEMS);
            assert!(items[at].contains(from), "{from}");
            items[at] = items[at].replace(from, to);
            feed("\"F\"", &items)
        };
        for (from, to) in [
            ("\"a\",", "\"a\""),
            (", \"title\"", " \"title\""),
            ("\"title\":", "\"title\""),
            ("\"tags\"", "tags"),
            ("\"tags\"", "\"t\\ud83d\": 1, \"tags\""),
            ("null}", "null,}"),
            ("]}]", "],},]"),
            (", \"_x\"", ",, \"_x\""),
            ("{\"id\"", "{,\"id\""),
            ("{\"id\"", "{{\"id\""),
            ("null", "null NaN"),
            ("]}]", "]]}]"),
            ("]}],", "]}}],"),
            ("]}],", "]}]],"),
            ("\"T", "T"),
            ("\\\\ ", "\\\\\" "),
            ("\"id\"", "\u{a0}\"id\""),
        ] {
            let document = with(from, to);
            let (found, kinds) = read(&document);
            let titles: Vec<_> = found.items.iter().map(|item| item.title.as_str()).collect();
            let others = (0..ITEMS).filter(|number| *number != at);
            for other in others {
                assert!(titles.contains(&name(other).as_str()), "{titles:?} of {document}");
            }
            assert!(kinds.contains(&RepairKind::JsonSyntax), "{document}");
        }
    }
    for (from, to) in
        [("},\n{", "}\n{"), ("},\n{", "},,\n{"), ("}]}", "},]}"), ("\"}]}", "\"]}"), ("\"},\n{", "\",\n{")]
    {
        let document = feed("\"F\"", &sound(ITEMS));
        assert!(document.contains(from));
        check(&document.replace(from, to), ITEMS, name);
    }
    for close in ["}}", "}]"] {
        check(&feed("\"F\"", &sound(ITEMS)).replace("},\n{", &format!("{close},\n{{")), ITEMS, name);
    }
}

#[test]
fn what_stands_after_a_mended_document_is_told() {
    let (found, kinds) = read(&format!("{}<script>", feed("NaN", &sound(1))));
    assert_eq!((found.items.len(), found.partial), (1, false));
    assert_eq!(kinds, [RepairKind::JunkAfterRoot, RepairKind::JsonSyntax]);
}

#[test]
fn ids_that_are_numbers_keep_their_digits() {
    for fault in ["null", "NaN"] {
        for id in
            ["7", "-7", "0", "12345678901234567890123", "18446744073709551616", "1.10", "0.1234567890123456789012"]
        {
            let (found, kinds) = read(&format!("{{\"items\": [{{\"x\": {fault}, \"id\": {id}, \"title\": \"T\"}}]}}"));
            assert_eq!((found.items[0].id.as_deref(), found.items[0].title.as_str()), (Some(id), "T"));
            assert!(kinds.contains(&RepairKind::WrongType));
        }
    }
    for (id, expect) in
        [("\"a\\u00e9\"", Some("aé")), ("\"\\ud83d\"", Some("\u{fffd}")), ("true", None), ("[[1]]", None)]
    {
        let (found, _) = read(&format!("{{\"items\": [{{\"id\": {id}, \"title\": \"T\"}}]}}"));
        assert_eq!((found.items[0].id.as_deref(), found.items[0].title.as_str()), (expect, "T"), "{id}");
    }
}

#[test]
fn items_may_be_of_any_type() {
    let document = |items: &str| format!("{{\"items\": {items}, \"title\": \"after\"}}");
    let check = |items: &str, ids: &[&str]| {
        let (found, kinds) = read(&document(items));
        let found_ids: Vec<_> = found.items.iter().filter_map(|item| item.id.as_deref()).collect();
        assert_eq!((found.title.as_str(), found_ids.as_slice()), ("after", ids), "{items}");
        assert_eq!((kinds.as_slice(), found.partial), (&[RepairKind::WrongType][..], false), "{items}");
    };
    for items in ["\"none\"", "7", "-7", "0.5", "true", "{}", "[1]"] {
        check(items, &[]);
    }
    check("{\"0\": {\"id\": \"a\"}, \"2\": {\"id\": \"b\"}, \"3\": 4}", &["a", "b"]);
}

#[test]
fn a_cut_document_keeps_every_complete_item_whatever_is_wrong_before() {
    let mut items = sound(ITEMS);
    items[0] = item(0).replace("\"T0\"", "\"T0 \\ud83d\"");
    let document = feed("\"F\"", &items);
    let ends: Vec<_> = document.match_indices("\"}").map(|(at, end)| at + end.len()).collect();
    assert_eq!(ends.len(), ITEMS);
    for (end, _) in document.char_indices().skip(document.find("\"items\": [").unwrap() + 10) {
        let (found, kinds) = read(&document[..end]);
        let complete = ends.iter().filter(|&&at| at <= end).count();
        assert_eq!(found.items.len(), complete, "{}", &document[..end]);
        assert!(found.partial && kinds.contains(&RepairKind::Truncated));
    }
}

fn faults() -> impl Strategy<Value = String> {
    let known = VALUES.iter().map(|(value, _)| (*value).to_owned()).collect::<Vec<_>>();
    // No quote: where a string ends is a guess then.
    let escape = "[^\"\\\\\\x00-\\x1f]{0,9}\\\\[0-9a-zA-Z' ]{1,9}[^\"\\\\\\x00-\\x1f]{0,9}";
    prop_oneof![prop::sample::select(known), escape.prop_map(|text| format!("\"{text}\"")), "[0-9a-zA-Z.+-]{1,9}"]
}

proptest! {
    #[test]
    fn one_fault_costs_no_other_item(fault in faults(), count in 1..6_usize, at in 0..6_usize, field in 0..4_usize) {
        let at = at % count;
        let mut items = sound(count);
        let place = [format!("\"T{at}\""), format!("\"i{at}\""), "null".to_owned(), format!("[{at}]")];
        items[at] = items[at].replace(&place[field], &fault);
        let (found, _) = read(&feed("\"F\"", &items));
        let (sound, _) = read(&feed("\"F\"", &sound(count)));
        prop_assert_eq!(found.items.len(), count);
        for (number, (found, sound)) in found.items.iter().zip(&sound.items).enumerate() {
            prop_assert!(number == at || found == sound, "{found:?}");
        }
        prop_assert_eq!((found.title.as_str(), found.partial), ("F", false));
    }

    #[test]
    fn no_json_makes_it_panic(pieces in prop::collection::vec(prop::sample::select(vec![
        "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u", "\\ud83d", "\\ude00", "\\x4", "12", "é", " ", "\n", "NaN",
        "null", "items", "\"items\":[", "\"id\":", "\"title\":\"", "-", "1e999", "\u{feff}", "\u{a0}", "\"tags\":[",
    ]), 0..80)) {
        let text = format!("{{{}", pieces.concat());
        if let Ok((_, repairs)) = parse(text.as_bytes(), Hints::default()) {
            prop_assert!(repairs.iter().all(|repair| repair.count > 0));
        }
    }
}

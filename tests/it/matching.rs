//! What counts as an occurrence of a term.

#![allow(
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may fail loudly"
)]

mod alphabet;
mod random;
mod reference;

use newswatch::watchlist::matcher::{MatcherBuilder, Reason, Scratch};
use newswatch::watchlist::term::{Case, Document, Hyphen, Term, TermId};
use serde_json::Value;

/// The surfaces of all occurrences of `term` in `text`, in order.
fn surfaces<'t>(text: &'t str, term: &Term) -> Vec<&'t str> {
    let mut builder = MatcherBuilder::default();
    builder.add(term).expect("a term that can be looked for");
    let matcher = builder.build();
    let mut found = Vec::new();
    matcher.find(&Document { body: text, ..Document::default() }, &mut Scratch::default(), &mut found);
    found.iter().map(|found| &text[found.span()]).collect()
}

/// A term from a case's `term` and `opts`.
fn term_of(case: &Value) -> Term {
    let opts = &case["opts"];
    let strings = |key: &str| -> Vec<String> {
        opts[key].as_array().into_iter().flatten().map(|v| v.as_str().unwrap().to_owned()).collect()
    };
    Term {
        case: match opts["case"].as_str() {
            None | Some("smart") => Case::Smart,
            Some("fold") => Case::Fold,
            Some("exact") => Case::Exact,
            Some("proper") => Case::Proper,
            Some(other) => panic!("case {other}"),
        },
        plural: opts["plural"].as_bool().unwrap_or(false),
        hyphen: if opts["hyphen"] == "join" { Hyphen::Join } else { Hyphen::Split },
        swap: opts["swap"].as_bool().unwrap_or(false),
        except: strings("except"),
        near: strings("near"),
        within: opts["within"].as_u64().map_or(Term::WITHIN, |within| within.try_into().unwrap()),
        ..Term::new(case["term"].as_str().unwrap())
    }
}

#[test]
fn worked_cases() {
    let cases: Value = serde_json::from_str(include_str!("data/matching-cases.json")).unwrap();
    let mut failures = Vec::new();
    for case in cases["cases"].as_array().unwrap() {
        let text = case["text"].as_str().unwrap();
        let mut builder = MatcherBuilder::default();
        builder.add(&term_of(case)).unwrap();
        let mut found = Vec::new();
        builder.build().find(&Document { body: text, ..Document::default() }, &mut Scratch::default(), &mut found);
        let spans: Vec<[u64; 2]> = found.iter().map(|found| [found.start.into(), found.end.into()]).collect();
        let expected: Vec<[u64; 2]> = serde_json::from_value(case["spans_bytes"].clone()).unwrap();
        if spans != expected {
            failures.push(format!("{case}: found {spans:?}"));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Checks the surfaces of a term with default options.
#[track_caller]
fn check(text: &str, term: &str, expected: &[&str]) {
    check_with(text, &Term::new(term), expected);
}

#[track_caller]
fn check_with(text: &str, term: &Term, expected: &[&str]) {
    assert_eq!(surfaces(text, term), expected, "{:?} in {text:?}", term.text);
}

#[test]
fn folding_drops_what_spelling_may_leave_out() {
    check("Erdoğan, ERDOGAN, Erdog\u{306}an", "erdogan", &["Erdoğan", "ERDOGAN", "Erdog\u{306}an"]);
    check("Wałęsa", "Walesa", &["Wałęsa"]);
    check("Đoković", "dokovic", &["Đoković"]);
    check("Ærø, Œuvre, Þór, Guðmundur", "aero", &["Ærø"]);
    check("Þórður", "thordur", &["Þórður"]);
    check("ΟΔΟΣ οδός οδοσ", "Οδος", &["ΟΔΟΣ", "οδός", "οδοσ"]);
    check("İzmir ızmir IZMIR", "izmir", &["İzmir", "ızmir", "IZMIR"]);
    check("ГОРБАЧЁВ и Горбачев", "горбачев", &["ГОРБАЧЁВ", "Горбачев"]);
    check("مُحَمَّد", "محمد", &["مُحَمَّد"]);
    check("שָׁלוֹם", "שלום", &["שָׁלוֹם"]);
    check("हिन्दी", "हिन्द", &[]);
    check("\u{1112}\u{1161}\u{11AB}국", "한국", &["\u{1112}\u{1161}\u{11AB}국"]);
    check("ＮＡＴＯ", "NATO", &["ＮＡＴＯ"]);
    check("GROẞ und groß", "gross", &["GROẞ", "groß"]);
    check("が", "か", &[]);
}

#[test]
fn folding_equates_quotation_marks_and_deletes_what_is_invisible() {
    check("the “deep state”", "\"deep state\"", &["“deep state”"]);
    check("O‘Brien O’Brien OʼBrien", "o'brien", &["O‘Brien", "O’Brien", "OʼBrien"]);
    check("Rus\u{AD}sia\u{AD}n", "Russia", &[]);
    check("\u{FEFF}MI6\u{200B} said", "MI6", &["MI6"]);
    check("Rus\u{2060}sia", "russia", &["Rus\u{2060}sia"]);
    check("MI6\u{FE0F}!", "MI6", &["MI6\u{FE0F}"]);
}

#[test]
fn separators_inside_a_phrase() {
    for between in [" ", "  ", "\u{A0}", "\n", "\t \r\n ", "-", "–", "\u{2010}", "\u{2011}", "\u{3000}"] {
        let text = format!("the Wagner{between}Group met");
        let surface = format!("Wagner{between}Group");
        check(&text, "Wagner Group", &[&surface]);
        check(&text, "wagner-group", &[&surface]);
    }
    for between in
        [", ", ". ", "; ", "—", " — ", "…", "...", "\n\n", "\n \n", "\r\n\r\n", "\u{2029}", " - ", "--", "- ", "/", ""]
    {
        check(&format!("the Wagner{between}Group met"), "Wagner Group", &[]);
    }
}

#[test]
fn punctuation_inside_a_term_is_literal() {
    check("AT&T and AT & T and ATT", "AT&T", &["AT&T"]);
    check("Dr. Who, Dr Who", "Dr. Who", &["Dr. Who"]);
    check("C++ and C+ and C++11", "C++", &["C++"]);
    check("ASP.NET, .NET", ".net", &[".NET"]);
    check("#MeToo", "#metoo", &["#MeToo"]);
    check("the $TSLA rise", "$TSLA", &["$TSLA"]);
    check("a -gate and watergate, water-gate", "-gate", &["-gate"]);
    check("Yahoo! said Yahoo", "Yahoo!", &["Yahoo!"]);
    check("M*A*S*H", "M*A*S*H", &["M*A*S*H"]);
    check("he 🚀 it", "🚀", &["🚀"]);
    check("a ++ b", "++", &["++"]);
}

#[test]
fn a_word_ends_where_no_letter_digit_mark_or_underscore_follows() {
    for neighbour in ["a", "7", "_", "é", "e\u{301}", "\u{940}", "ж"] {
        check(&format!("see MI6{neighbour}"), "MI6", &[]);
        check(&format!("see x{neighbour}MI6"), "MI6", &[]);
    }
    for neighbour in [".", ",", "(", "/", "@", "#", "&", "—", "«", "²", "™", "\u{1F600}", "\n", "=", "%"] {
        check(&format!("x{neighbour}MI6{neighbour}x"), "MI6", &["MI6"]);
    }
}

#[test]
fn a_span_widens_to_whole_characters() {
    check("a ㈱ b", "株", &["㈱"]);
    check("in Weiß", "weis", &["Weiß"]);
    check("10 ㎏", "kg", &["㎏"]);
    check("10㎏", "10kg", &["10㎏"]);
    check("oﬃce", "office", &["oﬃce"]);
}

#[test]
fn scripts_without_spaces_need_no_boundary() {
    check("俄罗斯MI6特工", "MI6", &["MI6"]);
    check("x普京y", "普京", &["普京"]);
    check("ロシアのプーチン大統領は", "プーチン", &["プーチン"]);
    check("ロシアのﾌﾟｰﾁﾝ大統領は", "プーチン", &["ﾌﾟｰﾁﾝ"]);
    check("การประชุมสุดยอด", "ประชุม", &["ประชุม"]);
    check("ປະເທດລາວ", "ລາວ", &["ລາວ"]);
    check("ប្រទេសកម្ពុជា", "កម្ពុជា", &["កម្ពុជា"]);
    check("မြန်မာနိုင်ငံ", "နိုင်ငံ", &["နိုင်ငံ"]);
    check("普京 总统说", "普京总统", &[]);
    check("普京 总统说", "普京 总统", &["普京 总统"]);
}

#[test]
fn hangul_needs_the_left_boundary_only() {
    check("친러시아", "러시아", &[]);
    check("러시아는", "러시아", &["러시아"]);
    check("MI6가", "MI6", &["MI6"]);
    check("한MI6", "MI6", &[]);
    check("KT위즈는", "KT위즈", &["KT위즈"]);
}

#[test]
fn apostrophes() {
    check("MI6's MI6’s ‘MI6 chief’ 'MI6'", "MI6", &["MI6", "MI6", "MI6", "MI6"]);
    check("O'Brien", "Brien", &[]);
    check("O'Brien", "O", &["O"]);
    check(
        "L’Ukraine, QU'UKRAINE, jusqu’Ukraine, all'Ukraine",
        "Ukraine",
        &["Ukraine", "UKRAINE", "Ukraine", "Ukraine"],
    );
    check("x'Ukraine, rock'n'roll'Ukraine", "Ukraine", &[]);
    check("rock'n'roll", "roll", &[]);
    check("says 'Ukraine", "Ukraine", &["Ukraine"]);
    check("(‘Ukraine’)", "Ukraine", &["Ukraine"]);
    check("İstanbul'da", "istanbul", &["İstanbul"]);
}

#[test]
fn smart_case() {
    check("the US, us, Us", "US", &["US"]);
    check("MI6 mi6 Mi6", "MI6", &["MI6"]);
    check("G7 g7", "G7", &["G7"]);
    check("ФСБ фсб", "ФСБ", &["ФСБ"]);
    check("UNESCO Unesco", "UNESCO", &["UNESCO", "Unesco"]);
    check("x X", "X", &["x", "X"]);
    check("Nato NATO", "Nato", &["Nato", "NATO"]);
    check("AT&T at&t", "AT&T", &["AT&T", "at&t"]);
    check("ÉU EU", "EU", &["EU"]);
}

#[test]
fn dotted_acronyms() {
    check("the U.K and the U.K.", "UK", &["U.K", "U.K."]);
    check("U.S.A. is not U.S.", "US", &["U.S."]);
    check("U.S.A.", "SA", &[]);
    check("u.s. U.s.", "US", &[]);
    check("M.I.6 and M.I.6.", "MI6", &["M.I.6", "M.I.6."]);
    check("U.S.'s", "US", &["U.S."]);
    check("С.Ш.А.", "США", &["С.Ш.А."]);
    check("U. S.", "US", &[]);
    check("the U.S… then", "US", &["U.S"]);
    check("RUSSIA WARNS U.S. ABOUT WAR", "US", &["U.S."]);
    check("Uk. U.K.", "uk", &["Uk"]);
}

#[test]
fn an_acronym_among_capitals_says_nothing() {
    check("TELL US MORE", "US", &[]);
    check("US WARNS RUSSIA", "US", &["US"]);
    check("WILL JOIN US", "US", &["US"]);
    check("TELL US more", "US", &["US"]);
    check("A US B", "US", &["US"]);
    check("THE MI6 CHIEF", "MI6", &["MI6"]);
    check("EU, US, UK", "US", &["US"]);
    check("TELL\u{200b} US MORE", "US", &[]);
    check("T\u{ad}ELL US M\u{ad}ORE", "US", &[]);
    check("TELL US \u{ad} MORE", "US", &[]);
    check("the\u{ad}UK US EU", "US", &["US"]);
    check("TELL\n\nUS MORE", "US", &["US"]);
    check("TELL\nUS MORE", "US", &[]);
    check_with("TELL US MORE", &Term { case: Case::Exact, ..Term::new("US") }, &["US"]);
    check_with("TELL US MORE", &Term { case: Case::Fold, ..Term::new("US") }, &["US"]);
}

#[test]
fn case_options() {
    check_with("the US and us", &Term { case: Case::Fold, ..Term::new("US") }, &["US", "us"]);
    check_with("Apple apple APPLE", &Term { case: Case::Exact, ..Term::new("Apple") }, &["Apple"]);
    check_with("ＭＩ６ MI6", &Term { case: Case::Exact, ..Term::new("MI6") }, &["ＭＩ６", "MI6"]);
    check_with("A\u{AD}pple", &Term { case: Case::Exact, ..Term::new("Apple") }, &["A\u{AD}pple"]);
    check_with("Erdogan Erdoğan", &Term { case: Case::Exact, ..Term::new("Erdoğan") }, &["Erdoğan"]);
    check_with(
        "New-York New York new York",
        &Term { case: Case::Exact, ..Term::new("New York") },
        &["New-York", "New York"],
    );
    check_with("Turkey turkey TURKEY", &Term { case: Case::Proper, ..Term::new("turkey") }, &["Turkey", "TURKEY"]);
    check_with("普京", &Term { case: Case::Proper, ..Term::new("普京") }, &["普京"]);
    check_with("U.K. UK", &Term { case: Case::Exact, ..Term::new("UK") }, &["UK"]);
}

#[test]
fn plurals() {
    let check_plural = |text: &str, term: &str, expected: &[&str]| {
        check_with(text, &Term { plural: true, ..Term::new(term) }, expected);
    };
    check_plural("a device, devices", "device", &["device", "devices"]);
    check_plural("boxes foxs", "box", &["boxes"]);
    check_plural("attaches crashes", "attach", &["attaches"]);
    check_plural("oligarchs, Czechs", "oligarch", &["oligarchs"]);
    check_plural("crashs crashes", "crash", &["crashes"]);
    check_plural("soliloquies soliloquys", "soliloquy", &["soliloquies"]);
    check_plural("quizzes", "quiz", &["quizzes"]);
    check_plural("boys boies", "boy", &["boys"]);
    check_plural("companies companys", "company", &["companies", "companys"]);
    check_plural("heroes and photos", "hero", &["heroes"]);
    check_plural("MPs MPS MP", "MP", &["MPs", "MP"]);
    check_plural("incendiary devices", "incendiary device", &["incendiary devices"]);
    check_plural("the Moores' house", "Moore", &["Moores"]);
    check_plural("F-16s", "F-16", &["F-16s"]);
}

#[test]
fn hyphens() {
    let join = |term: &str| Term { hyphen: Hyphen::Join, ..Term::new(term) };
    check("Ukraine-owned", "Ukraine", &["Ukraine"]);
    check_with("Ukraine-owned, pro-Ukraine, pro–Ukraine, Ukraine", &join("Ukraine"), &["Ukraine"]);
    check_with("Ukraine - owned; - Ukraine", &join("Ukraine"), &["Ukraine", "Ukraine"]);
    check_with("Russia-backed group", &join("Russia*"), &["Russia-backed"]);
}

#[test]
fn swapped_names() {
    let swap = |term: &str| Term { swap: true, ..Term::new(term) };
    check_with("Moore, Richard; Richard Moore", &swap("Richard Moore"), &["Moore, Richard", "Richard Moore"]);
    check_with("Orbán Viktor", &swap("Viktor Orbán"), &["Orbán Viktor"]);
    check_with("Moore, Sir Richard", &swap("Sir Richard Moore"), &["Moore, Sir Richard"]);
    check_with("von der Leyen, Ursula", &swap("Ursula von der Leyen"), &["von der Leyen, Ursula"]);
    check_with("Smith-Jones, Mary", &swap("Mary Smith-Jones"), &["Smith-Jones, Mary"]);
    check_with("Saint-Exupéry Antoine", &swap("Antoine Saint-Exupéry"), &["Saint-Exupéry Antoine"]);
    check("Moore, Richard", "Richard Moore", &[]);
}

#[test]
fn except_masks_a_span() {
    let moore = Term { except: vec!["Roger Moore".into(), "Moore's law".into()], ..Term::new("Moore") };
    check_with("Roger Moore and Moore and Moore’s law", &moore, &["Moore"]);
    let jamming = Term { except: vec!["traffic jam*".into()], ..Term::new("jamming") };
    check_with("traffic jamming, jamming", &jamming, &["jamming"]);
}

#[test]
fn near_counts_words() {
    let near = |within| Term { near: vec!["spie*".into(), "intelligence".into()], within, ..Term::new("SIS") };
    check_with("SIS one two spies", &near(3), &["SIS"]);
    check_with("SIS one two spies", &near(2), &[]);
    check_with("the spies of SIS", &near(2), &["SIS"]);
    check_with("the spies' SIS", &near(1), &["SIS"]);
    check_with("SIS alone", &near(30), &[]);
    check_with("SIS 普京普 intelligence", &near(4), &["SIS"]);
    check_with("SIS 普京普 intelligence", &near(3), &[]);
    let long = Term { near: vec!["a b c d e".into()], within: 2, ..Term::new("SIS") };
    check_with("a b c d e f SIS", &long, &["SIS"]);
    let itself = Term { near: vec!["Moore".into()], ..Term::new("Moore") };
    check_with("Moore", &itself, &[]);
    check_with("Moore and Moore", &itself, &["Moore", "Moore"]);
}

#[test]
fn prefixes() {
    check("missile missiles Missile's missile-like", "missile*", &["missile", "missiles", "Missile", "missile"]);
    check("anti-Russian and anti Russian and anti", "anti-*", &["anti-Russian", "anti Russian"]);
    check("incendiary devices", "incendiary device*", &["incendiary devices"]);
    check("MI6 MI5er mi6", "MI*", &["MI6", "MI5er"]);
    check("普京在", "普*", &["普"]);
    check("러시아가", "러시*", &["러시아가"]);
    check("pre-Putin", "Putin*", &["Putin"]);
}

#[test]
fn the_longest_of_one_term_wins() {
    check("New York New York New", "New York New", &["New York New"]);
    let swap = Term { swap: true, ..Term::new("Richard Moore") };
    check_with("Moore, Richard Moore", &swap, &["Moore, Richard"]);
}

#[test]
fn terms_that_say_nothing_are_refused() {
    for text in ["", " ", "*", "\u{200B}", "-", "\u{301}", " * ", "**"] {
        let error = MatcherBuilder::default().add(&Term::new(text)).expect_err(text);
        assert!(error.message.contains("nothing to look for"), "{text:?}: {error:?}");
    }
    let near = Term { near: vec![String::new()], ..Term::new("x") };
    assert!(MatcherBuilder::default().add(&near).unwrap_err().message.starts_with("in `near`"));
}

#[test]
fn near_misses_say_why() {
    #[track_caller]
    fn check(text: &str, term: &Term, expected: &[(&str, Reason)]) {
        let mut builder = MatcherBuilder::default();
        builder.add(term).unwrap();
        let misses = builder.build().near_misses(&Document { body: text, ..Document::default() });
        let found: Vec<_> = misses.iter().map(|miss| (&text[miss.place.span()], miss.reason)).collect();
        assert_eq!(found, expected, "{:?} in {text:?}", term.text);
    }
    check("Russian, anti-Russia, Prussian", &Term::new("Russia"), &[("Russia", Reason::Boundary)]);
    check("my sis said", &Term::new("SIS"), &[("sis", Reason::Case)]);
    check("TELL US MORE", &Term::new("US"), &[("US", Reason::Capitals)]);
    check("O'Brien", &Term::new("Brien"), &[("Brien", Reason::Boundary)]);
    check("俄罗斯", &Term::new("普京"), &[]);
    let moore = Term { except: vec!["Roger Moore".into()], near: vec!["MI6".into()], within: 2, ..Term::new("Moore") };
    check("Roger Moore. MI6 Moore", &moore, &[("Moore", Reason::Except)]);
    check("Moore and the old MI6", &moore, &[("Moore", Reason::Near)]);
}

#[test]
fn terms_are_shared_and_kept() {
    let mut builder = MatcherBuilder::default();
    let first = Term { near: vec!["spy".into()], ..Term::new("Moore") };
    let ids: Vec<u32> = [&first, &Term::new("Moore"), &first, &Term::new("spy")]
        .into_iter()
        .map(|term| builder.add(term).unwrap().0)
        .collect();
    assert_eq!(ids, [0, 1, 0, 2]);
    let matcher = builder.build();
    assert_eq!(matcher.len(), 3);
    assert_eq!(matcher.term(TermId(0)), Some(first));
    assert_eq!(matcher.text(TermId(2)), Some("spy"));
    assert_eq!(matcher.term(TermId(3)), None);
}

#[test]
fn all_fields_are_searched_and_sorted() {
    let mut builder = MatcherBuilder::default();
    builder.add(&Term::new("b")).unwrap();
    builder.add(&Term::new("a b")).unwrap();
    let document = Document { title: "b", body: "x a b", author: "b", category: "a b", link: "https://b/a-b" };
    let mut found = Vec::new();
    builder.build().find(&document, &mut Scratch::default(), &mut found);
    let found: Vec<_> = found.iter().map(|f| (f.field.name(), f.start, f.term.0, f.first_word, f.last_word)).collect();
    let expected = [
        ("title", 0, 0, 0, 0),
        ("body", 2, 1, 1, 2),
        ("body", 4, 0, 2, 2),
        ("author", 0, 0, 0, 0),
        ("category", 0, 1, 0, 1),
        ("category", 2, 0, 1, 1),
        ("link", 8, 0, 1, 1),
        ("link", 10, 1, 2, 3),
        ("link", 12, 0, 3, 3),
    ];
    assert_eq!(found, expected);
}

#[test]
fn hostile_texts_take_bounded_work() {
    let mut builder = MatcherBuilder::default();
    let swap = Term { swap: true, ..Term::new("a a") };
    let near = Term { near: vec!["a".into()], except: vec!["a a a".into()], within: 2, ..Term::new("a") };
    let terms = ["a*", "ss", "s", "普", "e", "US", "a a a", "ᄀ", "क", "x y"].map(Term::new);
    for term in terms.iter().chain([&swap, &near]) {
        builder.add(term).unwrap();
    }
    let matcher = builder.build();
    let mut scratch = Scratch::default();
    for (piece, found) in [
        ("a ", true),
        ("a", true),
        ("ß", false),
        ("普", true),
        ("\u{200B}", false),
        ("\u{301}", false),
        ("\u{FE0F}", false),
        ("\u{93C}\u{94D}", false),
        ("ᄀ", true),
        (" ", false),
        ("\n", false),
        ("'", false),
        ("U.", false),
        ("ﷺ", false),
        (".", false),
        ("x ", false),
    ] {
        let text = format!("e {}", piece.repeat(20_000));
        let mut out = Vec::new();
        matcher.find(&Document { body: &text, ..Document::default() }, &mut scratch, &mut out);
        assert_eq!(out.iter().any(|found| found.start > 1), found, "{piece:?}");
    }
}

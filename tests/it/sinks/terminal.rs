//! What a person sees; and that a terminal obeys nothing of what a feed says.

use super::{envelope, sample};
use anstyle::{AnsiColor, Style};
use expect_test::expect_file;
use jiff::tz::TimeZone;
use newswatch::engine::alert::{Alert, AlertMatch, AlertRule};
use newswatch::sink::pretty::{self, Colour, Look};
use newswatch::sink::terminal::{Span, shortened, visible, wrap};
use newswatch::watchlist::definition::Severity;
use newswatch::watchlist::term::Field;
use proptest::prelude::*;
use unicode_width::UnicodeWidthStr;

fn look(colour: Colour, width: usize) -> Look {
    Look { colour, width, zone: TimeZone::fixed(jiff::tz::offset(1)) }
}

fn plain(alert: &Alert, width: usize) -> String {
    pretty::alert(&envelope(alert), &look(Colour::Never, width))
}

/// A second alert, with all that the first does not have.
fn other() -> Alert {
    let mut alert = sample();
    alert.severity = Severity::Critical;
    alert.test = true;
    let title = "東京の海底ケーブルが切断された：当局は妨害工作の可能性があると発表し、調査を開始した";
    title.clone_into(&mut alert.item.title);
    alert.item.revision = 3;
    alert.item.published = Some(super::time("2026-11-22T22:02:00Z"));
    alert.rules[0].severity = Severity::Critical;
    let mut rule = alert.rules[0].clone();
    "Undersea cables and pipelines, with everything that is known to be near them".clone_into(&mut rule.title);
    alert.rules.push(AlertRule { id: "cables".to_owned(), severity: Severity::Medium, ..rule });
    alert.matches.retain(|found| found.field == Field::Body);
    let again = alert.matches.last().unwrap().clone();
    alert.matches.extend(vec![again; 3]);
    alert.story.also_in = (1..=8).map(|n| format!("feed-{n}")).collect();
    alert
}

#[test]
fn an_alert_in_80_columns() {
    expect_file!["../../golden/pretty-80.txt"].assert_eq(&(plain(&sample(), 80) + &plain(&other(), 80)));
}

#[test]
fn an_alert_in_40_columns() {
    expect_file!["../../golden/pretty-40.txt"].assert_eq(&(plain(&sample(), 40) + &plain(&other(), 40)));
}

#[test]
fn an_alert_in_colour() {
    let look = look(Colour::Always, 80);
    let both = pretty::alert(&envelope(&sample()), &look) + &pretty::alert(&envelope(&other()), &look);
    expect_file!["../../golden/pretty-colour.txt"].assert_eq(&both);
}

#[test]
fn an_alert_in_the_journal() {
    let journal = [sample(), other()].map(|alert| pretty::journal_line(&envelope(&alert))).concat();
    expect_file!["../../golden/journal.txt"].assert_eq(&journal);
}

#[test]
fn the_journal_knows_how_bad_it_is() {
    let check = |severity, prefix: &str| {
        let line = pretty::journal_line(&envelope(&Alert { severity, ..sample() }));
        assert!(line.starts_with(prefix), "{line}");
    };
    check(Severity::Critical, "<2>critical ");
    check(Severity::High, "<3>high ");
    check(Severity::Medium, "<4>medium ");
    check(Severity::Low, "<5>low ");
    check(Severity::Info, "<6>info ");
}

/// Texts that would do something to a terminal or to the eye, and what is shown.
const HOSTILE: &[(&str, &str)] = &[
    ("plain – “text”, ünïcode, 東京", "plain – “text”, ünïcode, 東京"),
    ("\u{1b}[31mred\u{1b}[0m", "\\x1b[31mred\\x1b[0m"),
    ("\u{1b}]0;title\u{7}", "\\x1b]0;title\\x07"),
    ("\u{1b}]8;;http://evil.example\u{1b}\\link", "\\x1b]8;;http://evil.example\\x1b\\link"),
    ("\u{9b}2J\u{90}q\u{9d}52;c;\u{9c}", "\\x9b2J\\x90q\\x9d52;c;\\x9c"),
    ("a\u{8}\u{8}b\u{7f}", "a\\x08\\x08b\\x7f"),
    ("nul\0", "nul\\x00"),
    ("two\nlines\r\tand a tab", "two\\nlines\\r\\tand a tab"),
    ("evil\u{202e}fdp.exe", "evil\\u{202e}fdp.exe"),
    ("\u{2066}a\u{2069}\u{200f}\u{061c}", "\\u{2066}a\\u{2069}\\u{200f}\\u{61c}"),
    ("para\u{2029}graph\u{2028}", "para\\u{2029}graph\\u{2028}"),
    ("M\u{200b}I\u{ad}6\u{feff}\u{2060}", "M\\u{200b}I\\xad6\\u{feff}\\u{2060}"),
    ("tag\u{e0041}", "tag\\u{e0041}"),
    ("می‌خواهم 👩‍👧 ❤️", "می‌خواهم 👩‍👧 ❤️"),
];

#[test]
fn hostile_text_is_made_visible() {
    for (text, expect) in HOSTILE {
        assert_eq!(visible(text), *expect);
    }
}

/// An alert that says `text` wherever a feed or a watchlist can say something.
fn saying(text: &str) -> Alert {
    let mut alert = sample();
    let (rule, found) = (&mut alert.rules[0], &mut alert.matches[0]);
    let texts: [&mut String; 11] = [
        &mut alert.watchlist,
        &mut alert.watchlist_title,
        &mut alert.item.title,
        &mut alert.feed.name,
        &mut alert.feed.title,
        &mut rule.id,
        &mut rule.title,
        &mut rule.tags[0],
        &mut found.text,
        &mut found.context,
        &mut alert.story.also_in[0],
    ];
    for place in texts {
        text.clone_into(place);
    }
    for entity in alert.matches.iter_mut().filter_map(|found| found.entity.as_mut()) {
        text.clone_into(&mut entity.name);
        text.clone_into(&mut entity.kind);
    }
    alert.item.link = Some(text.to_owned());
    alert
}

fn is_harmless(shown: &str) -> bool {
    shown.chars().all(|c| c == '\n' || visible(c.encode_utf8(&mut [0; 4])) == c.to_string())
}

#[test]
fn no_place_of_an_alert_lets_hostile_text_through() {
    for (text, _) in HOSTILE {
        let alert = saying(text);
        let shown = plain(&alert, 80);
        assert!(is_harmless(&shown), "{shown:?}");
        let line = pretty::journal_line(&envelope(&alert));
        assert!(is_harmless(&line) && line.matches('\n').count() == 1 && line.ends_with('\n'), "{line:?}");
    }
}

#[test]
fn with_colour_only_our_own_escapes_are_written() {
    let shown = pretty::alert(&envelope(&saying("\u{1b}[5mblink\u{9b}1m")), &look(Colour::Always, 80));
    let stripped = anstream::adapter::strip_str(&shown).to_string();
    assert!(shown.contains("\u{1b}[1m") && !shown.contains("\u{1b}[5m"));
    assert!(is_harmless(&stripped) && stripped.contains("\\x1b[5mblink\\x9b1m"), "{stripped}");
}

#[test]
fn marks_that_do_not_fit_are_passed_over() {
    let mut alert = sample();
    alert.item.title = "Łódź".to_owned();
    for (found, (start, end)) in alert.matches.iter_mut().zip([(1, 3), (900, 901), (3, 1), (0, 5)]) {
        found.field = Field::Title;
        (found.start, found.end) = (start, end);
    }
    assert!(plain(&alert, 80).contains("\n  [Łód]ź\n"), "{}", plain(&alert, 80));
}

#[test]
fn overlapping_marks_are_one() {
    let mut alert = sample();
    alert.item.title = "Secret Service chief".to_owned();
    for (found, (start, end)) in alert.matches.iter_mut().zip([(0, 14), (7, 20), (0, 6), (7, 14)]) {
        found.field = Field::Title;
        (found.start, found.end) = (start, end);
    }
    let shown = plain(&alert, 80);
    assert!(shown.contains("\n  [Secret Service chief]\n"), "{shown}");
}

#[test]
fn a_flood_is_cut() {
    let mut alert = saying(&"x".repeat(300_000));
    let found = alert.matches[3].clone();
    alert.matches.extend((0..5000).map(|n| AlertMatch { text: format!("<{n}>"), ..found.clone() }));
    let shown = plain(&alert, 80);
    assert!(shown.len() < 30_000, "{} bytes", shown.len());
    assert!(shown.contains("and 4996 more matches"), "{shown}");
    assert!(pretty::journal_line(&envelope(&alert)).len() < 48 * 1024);
}

#[test]
fn lines_are_broken_at_spaces_and_long_words_anywhere() {
    let check = |text: &str, width: usize, expect: &[&str]| {
        let lines = wrap(&[Span::new(text, Style::new())], width);
        let lines: Vec<String> =
            lines.iter().map(|line| line.iter().map(|span| span.text.as_str()).collect()).collect();
        assert_eq!(lines, expect, "{text:?} in {width}");
    };
    check("", 10, &[]);
    check("   ", 10, &[]);
    check("one two three", 80, &["one two three"]);
    check("one two three", 7, &["one two", "three"]);
    check("one  two", 80, &["one two"]);
    check("abcdefghij", 4, &["abcd", "efgh", "ij"]);
    check("a abcdefgh", 4, &["a", "abcd", "efgh"]);
    check("東京都庁", 4, &["東京", "都庁"]);
    check("東京", 3, &["東", "京"]);
    check("東", 1, &["東"]);
    check("e\u{301}e\u{301}e\u{301}", 2, &["e\u{301}e\u{301}", "e\u{301}"]);
}

#[test]
fn a_word_keeps_its_pieces_together() {
    let mark = AnsiColor::Red.on_default();
    let spans = [Span::new("see (", Style::new()), Span::new("MI6", mark), Span::new(") now", Style::new())];
    let lines = wrap(&spans, 6);
    let text = |line: &Vec<Span>| line.iter().map(|span| span.text.as_str()).collect::<String>();
    assert_eq!(lines.iter().map(text).collect::<Vec<_>>(), ["see", "(MI6)", "now"]);
    assert_eq!(lines[1][1], Span::new("MI6", mark));
}

#[test]
fn texts_are_shortened_at_characters() {
    let check = |text: &str, limit: usize, expect: &str| assert_eq!(shortened(text, limit), expect);
    check("", 0, "");
    check("abc", 3, "abc");
    check("abcd", 3, "abc…");
    check("Łódź", 3, "Łód…");
}

proptest! {
    #[test]
    fn no_line_is_wider_than_the_terminal(text in any::<String>(), width in 40..120_usize) {
        let mut alert = saying(&text);
        // A link is never broken: it is there to be clicked.
        alert.item.link = None;
        let shown = plain(&alert, width);
        for line in shown.lines() {
            prop_assert!(line.width() <= width, "{line:?} has {} columns", line.width());
        }
        prop_assert!(is_harmless(&shown));
    }
}

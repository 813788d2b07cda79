//! One table of hostile texts through every preset: what comes out is a golden file, and
//! is judged by readers that are not ours.

use super::{alert, body, presets};
use crate::sinks::sample;
use expect_test::expect_file;
use html5gum::{Token, Tokenizer};
use newswatch::engine::alert::Alert;
use proptest::prelude::*;
use pulldown_cmark::{Event, Parser, Tag};
use serde_json::Value;
use std::fmt::Write as _;

/// Texts, and a link that comes with each.
pub(crate) fn table() -> Vec<(&'static str, String, &'static str)> {
    let row = |name, text: &str, link| (name, text.to_owned(), link);
    vec![
        row("control characters", "a\0b\u{7}c\u{8}d\u{7f}e\u{85}f\u{9b}g\u{fff9}h", "javascript:alert(1)"),
        row("terminal escapes", "\u{1b}[31mred\u{1b}[0m \u{1b}]0;title\u{7} \u{9b}2J", "JavaScript:alert(1)"),
        row("lines", "one\r\ntwo\nthree\tfour\u{2028}five", "data:text/html,<script>alert(1)</script>"),
        row(
            "Slack's signs",
            "<!channel> <!here|here> <@U12345> <#C123|general> <https://evil.example|good> &lt;!channel&gt;",
            "https://evil.example/|good>",
        ),
        row("everyone", "@everyone @here @room @channel @durov <@&5678>", "file:///etc/passwd"),
        row(
            "HTML",
            "</b></a></blockquote><script>alert(1)</script><img src=x onerror=alert(1)> &lt;b&gt; &#60;",
            "https://evil.example/?q=\"><script>alert(1)</script>&x='y'",
        ),
        row(
            "Markdown",
            "[click](javascript:alert(1)) ![x](https://evil.example/x.png) **b** __u__ ~~s~~ `c` ```block``` ||s|| \\*",
            "https://evil.example/a_(b)](c)",
        ),
        row("Markdown's beginnings", "# heading", "https://evil.example/ [x](y)"),
        row("a list", "- one * two + three 1. four > five", "mailto:x@example.org"),
        row("Discord's signs", "<@1234> <#910> <:smile:123> <t:1618953630:R> </command:1> <id:guide>", "https:///x"),
        row("templates", "{{ 7*7 }} {% raw %} {# x #} ${HOME} %s %n", "//evil.example/x"),
        row("JSON", "\",\"text\":\"x\"} \\ \\u0041 \\\" \\n", "https://evil.example/\",\"x\":\"y"),
        row("directions", "abc\u{202e}gpj.exe\u{202c} \u{2066}x\u{2069} \u{200f}y", "https://evil.example/\u{202e}gpj"),
        row(
            "zero width",
            "pass\u{200b}word \u{feff}\u{2060}x\u{ad}y \u{e0041}\u{e0042}",
            "https://user:pw@evil.example/",
        ),
        row("emoji", "👩‍👩‍👧‍👦 🇺🇦 ❤️ 👍🏽 e\u{301} 日本語 العربية", "https://☃.example/ü?q=日"),
        row("quotes", "' \" ` ‘ ’ “ ” „ « »", "http://evil.example:80/'\"`"),
        ("many marks", format!("z{} end", "\u{301}\u{489}".repeat(400)), "https://evil.example/"),
        ("100 KB", "long & <words> \"of\" *news* ".repeat(4000), ""),
        ("a long link", "a title".to_owned(), LONG_LINK),
    ]
}

const LONG_LINK: &str = {
    const BYTES: [u8; 5000] = {
        let mut bytes = [b'x'; 5000];
        let head = b"https://evil.example/";
        let mut at = 0;
        while at < head.len() {
            bytes[at] = head[at];
            at += 1;
        }
        bytes
    };
    match std::str::from_utf8(&BYTES) {
        Ok(link) => link,
        Err(_) => "",
    }
};

/// An alert in which everything that comes from outside is this text.
fn attack(text: &str, link: &str) -> Alert {
    let text = || text.to_owned();
    let mut alert = sample();
    (alert.item.title, alert.item.summary, alert.item.text) = (text(), text(), text());
    alert.item.link = Some(link.to_owned());
    (alert.feed.name, alert.feed.title) = (text(), format!("feed {}", text()));
    (alert.watchlist_title, alert.rules[0].title) = (text(), format!("rule {}", text()));
    alert.story.also_in = vec![text(); 3];
    let first: String = text().chars().take(1).collect();
    for found in &mut alert.matches {
        (found.start, found.end) = (0, u32::try_from(first.len()).unwrap());
        (found.text, found.context) = (first.clone(), text());
        found.entity.as_mut().into_iter().for_each(|entity| entity.name = text());
    }
    alert
}

#[test]
fn what_a_feed_says_stays_text() {
    for (name, preset) in presets() {
        let mut shown = String::new();
        for (what, text, link) in table() {
            let body = body(&preset, &alert(&attack(&text, link)));
            check(name, &body);
            writeln!(shown, "== {what}\n{body}").unwrap();
        }
        let golden = format!("{}/tests/golden/presets/{name}-hostile.txt", env!("CARGO_MANIFEST_DIR"));
        expect_file![golden].assert_eq(&shown);
    }
}

#[test]
fn what_is_cut_is_cut_between_characters_that_belong_together() {
    let family = "👩‍👩‍👧‍👦";
    let checked = |text: &str, unit: &str| {
        for (name, preset) in presets() {
            let mut attack = attack(text, "https://news.example.org/");
            attack.matches.clear();
            let body = body(&preset, &alert(&attack));
            check(name, &body);
            for string in strings(&body) {
                let halves = string.matches('\u{200d}').count() % unit.matches('\u{200d}').count().max(1);
                assert_eq!(halves, 0, "{name}: {string}");
                assert!(!string.contains("\u{200d}…"), "{name}: {string}");
            }
        }
    };
    checked(&family.repeat(300), family);
    checked(&"👍🏽".repeat(2000), "👍🏽");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// The table is not all: any text does no more.
    #[test]
    fn any_text_stays_text(text in r#"([<>&"'`*_~|\[\]()!@#{}\\ a-z0-9:/.-]|\PC){0,400}"#, link in r#"https://[a-z.]{1,9}/[<>&"'`*|()\[\] a-z]{0,40}"#) {
        for (name, preset) in presets() {
            check(name, &body(&preset, &alert(&attack(&text, &link))));
        }
    }
}

/// All texts of a body.
pub(super) fn strings(body: &Value) -> Vec<&str> {
    match body {
        Value::String(text) => vec![text],
        Value::Array(list) => list.iter().flat_map(strings).collect(),
        Value::Object(members) => members.values().flat_map(strings).collect(),
        _ => Vec::new(),
    }
}

pub(super) fn occurrences(text: &Value, what: &str) -> usize {
    text.as_str().unwrap().matches(what).count()
}

fn utf16(text: &str) -> usize {
    text.encode_utf16().count()
}

/// Whether a body is what its service takes, and none of its text is more than text.
pub(super) fn check(name: &str, body: &Value) {
    for text in strings(body) {
        let odd =
            |c: char| c != '\n' && (c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'));
        assert!(!text.contains(odd), "{name}: {text:?}");
    }
    match name {
        "slack" => check_slack(body),
        "discord" => check_discord(body),
        "teams" => check_teams(body),
        "telegram" => check_telegram(body),
        "matrix" => check_matrix(body),
        "ntfy" => check_ntfy(body),
        "pagerduty" => check_pagerduty(body),
        other => panic!("{other}?"),
    }
}

fn check_slack(body: &Value) {
    let blocks = body["blocks"].as_array().unwrap();
    assert!(blocks.len() <= 50);
    let texts = blocks.iter().flat_map(|block| {
        block["text"]
            .as_object()
            .into_iter()
            .chain(block["elements"].as_array().into_iter().flatten().filter_map(Value::as_object))
    });
    for text in texts {
        assert_eq!((&text["type"], &text["verbatim"]), (&"mrkdwn".into(), &true.into()));
        let text = text["text"].as_str().unwrap();
        assert!((1..=3000).contains(&utf16(text)), "{}", utf16(text));
        check_mrkdwn(text);
    }
    check_mrkdwn(body["text"].as_str().unwrap());
}

/// By Slack's rules: `<` begins a link, a mention or a command, `&` an entity.
fn check_mrkdwn(text: &str) {
    for (at, _) in text.match_indices('<') {
        let inside = &text[at + 1..at + text[at..].find('>').expect("an end")];
        let (address, label) = inside.split_once('|').expect("a label");
        assert!(address.starts_with("http://") || address.starts_with("https://"), "{inside}");
        assert!(!label.is_empty() && !label.contains('<'), "{inside}");
    }
    for (at, _) in text.match_indices('&') {
        assert!(["&amp;", "&lt;", "&gt;"].iter().any(|entity| text[at..].starts_with(entity)), "{}", &text[at..]);
    }
}

fn check_discord(body: &Value) {
    assert_eq!(body["allowed_mentions"], serde_json::json!({ "parse": [] }));
    assert_eq!(body.get("content"), None);
    let [embed] = body["embeds"].as_array().unwrap().as_slice() else { panic!("{body}") };
    let (title, description) = (embed["title"].as_str().unwrap(), embed["description"].as_str().unwrap());
    assert!(utf16(title) <= 256 && !title.is_empty() && utf16(description) <= 4096);
    check_url(embed.get("url"));
    for text in [title, description] {
        check_markdown(text);
    }
}

/// By CommonMark: nothing but bold text, quotations and safe links.
fn check_markdown(text: &str) {
    // Discord's bold is CommonMark's; its underline, which titles have, is bold there.
    for event in Parser::new(text) {
        match event {
            Event::Text(_)
            | Event::SoftBreak
            | Event::HardBreak
            | Event::End(_)
            | Event::Start(Tag::Paragraph | Tag::Strong | Tag::BlockQuote(_)) => {}
            Event::Start(Tag::Link { dest_url, .. }) => {
                assert!(dest_url.starts_with("http"), "{dest_url} in {text}");
            }
            other => panic!("{other:?} in {text}"),
        }
    }
    // What CommonMark does not know.
    for sign in ["~~", "||", "<@", "<#", "<:", "<t:", "</"] {
        let bare = text.match_indices(sign).find(|(at, _)| !text[..*at].ends_with('\\'));
        assert_eq!(bare, None, "{text}");
    }
}

fn check_teams(body: &Value) {
    assert!(body.to_string().len() <= 28 * 1024, "{}", body.to_string().len());
    let [attachment] = body["attachments"].as_array().unwrap().as_slice() else { panic!("{body}") };
    assert_eq!(body["type"], "message");
    assert_eq!(attachment["contentType"], "application/vnd.microsoft.card.adaptive");
    let card = &attachment["content"];
    assert_eq!((&card["type"], &card["version"]), (&"AdaptiveCard".into(), &"1.4".into()));
    // Only a `TextRun` shows its text as it is.
    for block in card["body"].as_array().unwrap() {
        assert_eq!(block["type"], "RichTextBlock");
        for run in block["inlines"].as_array().unwrap() {
            assert_eq!(run["type"], "TextRun");
            check_url(run.pointer("/selectAction/url"));
        }
    }
    for action in card["actions"].as_array().into_iter().flatten() {
        assert_eq!(action["type"], "Action.OpenUrl");
        check_url(action.get("url"));
    }
}

fn check_telegram(body: &Value) {
    assert_eq!(body["parse_mode"], "HTML");
    let text = body["text"].as_str().unwrap();
    assert!((1..=4096).contains(&utf16(text)), "{}", utf16(text));
    check_html(text);
    assert!(!text.contains("@durov"));
}

fn check_matrix(body: &Value) {
    assert_eq!(body["m.mentions"], serde_json::json!({}));
    assert_eq!((&body["msgtype"], &body["format"]), (&"m.text".into(), &"org.matrix.custom.html".into()));
    assert!(body.to_string().len() <= 60_000);
    check_html(body["formatted_body"].as_str().unwrap());
}

/// By the HTML standard's tokenizer: a few tags, all closed, safe addresses, and text.
fn check_html(html: &str) {
    let mut open: Vec<Vec<u8>> = Vec::new();
    for token in Tokenizer::new(html).map(|token| token.unwrap()) {
        match token {
            Token::StartTag(tag) => {
                let name = tag.name.to_vec();
                let attributes: Vec<(Vec<u8>, Vec<u8>)> =
                    tag.attributes.iter().map(|(name, value)| (name.to_vec(), value.to_vec())).collect();
                match (name.as_slice(), attributes.as_slice()) {
                    (b"br", []) => continue,
                    (b"b" | b"blockquote", []) => {}
                    (b"a", [(href, address)]) if href == b"href" => {
                        assert!(address.starts_with(b"http"), "{html}");
                    }
                    _ => panic!("<{}> in {html}", String::from_utf8_lossy(&name)),
                }
                open.push(name);
            }
            Token::EndTag(tag) => assert_eq!(open.pop().as_deref(), Some(tag.name.as_ref() as &[u8]), "{html}"),
            Token::String(_) => {}
            other => panic!("{other:?} in {html}"),
        }
    }
    assert!(open.is_empty(), "{html}");
}

fn check_ntfy(body: &Value) {
    let (title, message) = (body["title"].as_str().unwrap(), body["message"].as_str().unwrap());
    assert!(title.len() <= 1000 && !title.is_empty() && (1..=4096).contains(&message.len()));
    assert!(body.to_string().len() <= 2 * 4096, "{}", body.to_string().len());
    assert!((1..=5).contains(&body["priority"].as_u64().unwrap()));
    check_url(body.get("click"));
}

fn check_pagerduty(body: &Value) {
    assert!((1..=255).contains(&body["dedup_key"].as_str().unwrap().chars().count()));
    if body["event_action"] == "trigger" {
        let payload = &body["payload"];
        assert!((1..=1024).contains(&payload["summary"].as_str().unwrap().chars().count()));
        assert!(["critical", "error", "warning", "info"].iter().any(|it| payload["severity"] == *it));
        assert!(!payload["source"].as_str().unwrap().is_empty());
        body["links"].as_array().unwrap().iter().for_each(|link| check_url(link.get("href")));
    }
}

fn check_url(url: Option<&Value>) {
    let Some(url) = url else { return };
    let url = url.as_str().unwrap();
    assert!((url.starts_with("http://") || url.starts_with("https://")) && url.len() <= 2000, "{url}");
}

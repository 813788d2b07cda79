//! HTML to text against a plain reading of the tokens of `html5gum`, a complete
//! tokenizer by the standard: over pieces of markup in any order, and over every
//! feed of the corpus taken for HTML.

use super::corpus::Corpus;
use html5gum::{Emitter, Error, State, Tokenizer};
use newswatch::text::html::{read, to_text};
use proptest::prelude::*;
use std::convert::Infallible;

/// What a fragment consists of.
#[derive(Debug, PartialEq)]
enum Token {
    Text(Vec<u8>),
    Start(String),
    Empty(String),
    End(String),
}

/// Keeps the tokens.
#[derive(Default)]
struct Keep {
    tokens: Vec<Token>,
    tag: Option<Token>,
    last_start: Vec<u8>,
    /// The element that is being dropped whatever is in it.
    dropping: Option<String>,
    position: usize,
    /// Where the last value of the tag that is being read begins.
    value: Option<usize>,
}

fn name_of(tag: &mut Token) -> &mut String {
    match tag {
        Token::Text(_) => unreachable!("a text is no tag"),
        Token::Start(name) | Token::Empty(name) | Token::End(name) => name,
    }
}

impl Emitter for &mut Keep {
    type Token = Infallible;

    fn set_last_start_tag(&mut self, name: Option<&[u8]>) {
        self.last_start = name.unwrap_or_default().to_vec();
    }

    fn emit_string(&mut self, text: &[u8]) {
        // It may be cut in the middle of a character.
        match self.tokens.last_mut() {
            Some(Token::Text(before)) => before.extend(text),
            _ => self.tokens.push(Token::Text(text.to_vec())),
        }
    }

    fn init_start_tag(&mut self) {
        (self.tag, self.value) = (Some(Token::Start(String::new())), None);
    }

    fn init_end_tag(&mut self) {
        (self.tag, self.value) = (Some(Token::End(String::new())), None);
    }

    fn push_tag_name(&mut self, name: &[u8]) {
        if let Some(tag) = &mut self.tag {
            name_of(tag).push_str(&String::from_utf8_lossy(name));
        }
    }

    fn set_self_closing(&mut self) {
        if let Some(Token::Start(name)) = &mut self.tag {
            self.tag = Some(Token::Empty(std::mem::take(name)));
        }
    }

    fn init_attribute_value(&mut self) {
        self.value = Some(self.position);
    }

    fn emit_current_tag(&mut self) -> Option<State> {
        let mut tag = self.tag.take()?;
        let name = name_of(&mut tag);
        // What is in an element with a prefix is XML, and so is markup.
        let has_prefix = name.contains(':');
        *name = name.split_once(':').map_or(name.clone(), |(_, local)| local.to_owned());
        let name = name.clone();
        let is_start = matches!(tag, Token::Start(_));
        if let Some(dropped) = &self.dropping {
            if tag == Token::End(dropped.clone()) {
                self.dropping = None;
            }
            self.tokens.push(tag);
            return None;
        }
        self.tokens.push(tag);
        if !is_start || has_prefix {
            return None;
        }
        self.last_start = name.clone().into_bytes();
        match name.as_str() {
            "textarea" | "title" => Some(State::RcData),
            "plaintext" => Some(State::PlainText),
            "script" => Some(State::ScriptData),
            "style" | "iframe" | "xmp" | "noembed" | "noframes" | "noscript" => Some(State::RawText),
            "template" => {
                self.dropping = Some(name);
                None
            }
            _ => None,
        }
    }

    fn current_is_appropriate_end_tag_token(&mut self) -> bool {
        matches!(&self.tag, Some(Token::End(name)) if name.as_bytes() == self.last_start)
    }

    fn move_position(&mut self, offset: isize) {
        self.position = self.position.checked_add_signed(offset).unwrap();
    }

    fn should_emit_errors(&mut self) -> bool {
        false
    }

    fn pop_token(&mut self) -> Option<Infallible> {
        None
    }

    fn emit_eof(&mut self) {}
    fn emit_error(&mut self, _: Error) {}
    fn init_attribute(&mut self) {}
    fn push_attribute_name(&mut self, _: &[u8]) {}
    fn push_attribute_value(&mut self, _: &[u8]) {}
    fn init_comment(&mut self) {}
    fn push_comment(&mut self, _: &[u8]) {}
    fn emit_current_comment(&mut self) {}
    fn init_doctype(&mut self) {}
    fn push_doctype_name(&mut self, _: &[u8]) {}
    fn set_force_quirks(&mut self) {}
    fn set_doctype_public_identifier(&mut self, _: &[u8]) {}
    fn set_doctype_system_identifier(&mut self, _: &[u8]) {}
    fn push_doctype_public_identifier(&mut self, _: &[u8]) {}
    fn push_doctype_system_identifier(&mut self, _: &[u8]) {}
    fn emit_current_doctype(&mut self) {}
}

/// The tokens. Where the fragment ends in a quoted value, the quote is missing: the
/// value is then taken to end before its first `>`, up to four times.
fn tokens(html: &str) -> Vec<Token> {
    let mut html = html.replace("\r\n", "\n").replace('\r', "\n");
    for repairs in 0.. {
        let mut keep = Keep::default();
        let Ok(()) = Tokenizer::new_with_emitter(&html, &mut keep).finish();
        let Some(value) = keep.value.filter(|_| keep.tag.is_some() && repairs < 4) else { return keep.tokens };
        let (before, rest) = html.split_at(value);
        let quote = before.chars().last().unwrap();
        match rest.find('>') {
            Some(end) if matches!(quote, '"' | '\'') && !rest.contains(quote) => {
                html = format!("{}{}", &before[..value - 1], &rest[end..]);
            }
            _ => return keep.tokens,
        }
    }
    unreachable!("it ends at the latest after four repairs")
}

/// The text and whether there are tags, character by character.
fn reference(html: &str) -> (String, bool) {
    let (mut out, mut due, mut space, mut pre) = (String::new(), 0, false, 0_u32);
    let mut has_tags = false;
    let mut dropping: Option<String> = None;
    for token in tokens(html) {
        if let Some(dropped) = &dropping {
            if matches!(&token, Token::End(name) if name == dropped) {
                dropping = None;
            }
            continue;
        }
        let name = match &token {
            Token::Text(text) => {
                let text = std::str::from_utf8(text).unwrap();
                let text = if pre > 0 && due > 0 { text.trim_start_matches('\n') } else { text };
                for c in text.chars() {
                    if (pre == 0 || out.is_empty()) && is_space(c) {
                        space |= pre == 0;
                        continue;
                    }
                    if due > 0 {
                        out.truncate(out.trim_end_matches(is_space).len());
                    }
                    if !out.is_empty() {
                        out.extend(std::iter::repeat_n('\n', due));
                        out.extend((due == 0 && space).then_some(' '));
                    }
                    (due, space) = (0, false);
                    out.push(c);
                }
                continue;
            }
            Token::Start(name) | Token::Empty(name) | Token::End(name) => name.as_str(),
        };
        has_tags = true;
        match name {
            "pre" | "listing" | "xmp" | "plaintext" => {
                due = 2;
                match token {
                    Token::Start(_) => pre += 1,
                    Token::End(_) => pre = pre.saturating_sub(1),
                    _ => {}
                }
            }
            "script" | "style" | "noscript" | "iframe" | "noembed" | "noframes" | "template" => {
                if let Token::Start(name) = token {
                    dropping = Some(name);
                }
            }
            "br" => due = 2.min(due + 1),
            name => due = due.max(breaks(name)),
        }
    }
    (out.trim_end_matches(is_space).to_owned(), has_tags)
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{c}' | '\u{a0}')
}

/// How many newlines an element makes that is like any other.
fn breaks(name: &str) -> usize {
    if !name.chars().all(|c| c.is_ascii_alphanumeric()) {
        return 0;
    }
    to_text(&format!("a<{name}>b")).matches('\n').count()
}

#[track_caller]
fn check(html: &str) {
    let reading = read(html);
    assert_eq!((reading.text, reading.has_tags), reference(html), "{html:?}");
}

/// Markup, hostile more often than not.
const MARKUP: &[&str] = &[
    "<",
    ">",
    "</",
    "/>",
    "&",
    ";",
    "#",
    "=",
    "\"",
    "'",
    "/",
    "!",
    "-",
    "--",
    "<!--",
    "-->",
    "--!>",
    "<!-->",
    "<!--->",
    "<!",
    "<?",
    "]]>",
    "<![CDATA[",
    "<!DOCTYPE html>",
    "<!DOCTYPE \"",
    "<p>",
    "</p>",
    "<P CLASS=x>",
    "<br>",
    "<br/>",
    "</br>",
    "<td>",
    "</td>",
    "<div",
    "<b",
    "</b",
    " a=",
    " b='",
    " c=\"",
    " d",
    "<a href=\"x>y\">",
    "</a>",
    "<x:p>",
    "</x:p>",
    "<a:b:c>",
    "<script>",
    "<script/>",
    "<script",
    "</script>",
    "</script",
    "</SCRIPT >",
    "<style>",
    "</style>",
    "</style/>",
    "<title>",
    "</title>",
    "<textarea>",
    "</textarea x='>'>",
    "<template>",
    "</template>",
    "<iframe>",
    "</iframe>",
    "<noscript>",
    "</noscript>",
    "<noframes>",
    "</noframes>",
    "<xmp>",
    "</xmp>",
    "<plaintext>",
    "<pre>",
    "</pre>",
    "<pre/>",
    "<listing>",
    "</listing>",
];

/// References, whole and not.
const REFERENCES: &[&str] = &[
    "&amp;",
    "&AMP;",
    "&lt",
    "&lt;",
    "&gt;",
    "&quot;",
    "&apos;",
    "&copy",
    "&copy;",
    "&notit;",
    "&notin;",
    "&not",
    "&nbsp;",
    "&nbsp",
    "&NewLine;",
    "&Tab;",
    "&ensp;",
    "&eacute",
    "&bogus;",
    "&acE;",
    "&#65;",
    "&#x41",
    "&#128;",
    "&#0;",
    "&#xD800;",
    "&#1114112;",
    "&#99999999999;",
    "&#;",
    "&#x;",
    "&#32;",
    "&#160;",
    "&CounterClockwiseContourIntegral;",
];

/// White space, and what is easily taken for it.
const SPACES: &[&str] =
    &[" ", "  ", "\n", "\n\n", "\r\n", "\r", "\t", "\u{c}", "\u{a0}", "\u{a0}\u{a0}", "«", "é", "日本", "\u{1}"];

/// Pieces of markup and text in any order.
fn fragment() -> impl Strategy<Value = String> {
    let one_of = |pieces| prop::sample::select(pieces).prop_map(str::to_owned);
    let text = prop_oneof![one_of(SPACES), "[a-z ]{1,40}", "\\PC{1,8}"];
    let piece = prop_oneof![4 => one_of(MARKUP), 1 => one_of(REFERENCES), 3 => text];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn html_is_read_as_by_a_complete_tokenizer(html in fragment()) {
        let reading = read(&html);
        prop_assert_eq!((reading.text, reading.has_tags), reference(&html));
    }
}

#[test]
fn every_feed_taken_for_html_is_read_as_by_a_complete_tokenizer() {
    let Some(corpus) = Corpus::open() else { return };
    for bytes in corpus.all() {
        // JSON may have a NUL, of which html5gum makes something else.
        let text = String::from_utf8_lossy(&bytes).replace('\0', "");
        check(&text);
        check(&htmlize::unescape(&text));
    }
}

#[test]
fn the_end_of_raw_text_is_found() {
    for html in [
        "<script><!-- <script> </script> --> x</script>y",
        "<script><!--><script></script>y",
        "<script><!-- <script></script></script>y",
        "<script><!-- <script </script>y",
        "<script><!-- <scripty></script>y",
        "<script><!-- --><script></script>y",
        "<script></scripty></script\n>y",
        "<script>never closed </scrip>",
        "<title>a<b>&amp;</titles></title >y",
        "<textarea></textarea",
        "<style></style",
        "<xmp>&amp;<p></xmp>y",
    ] {
        check(html);
    }
}

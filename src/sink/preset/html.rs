//! The HTML of chats, for the presets that send some: bold, links and quotations.

use super::markup::Markup;
use crate::sink::message::Style;

/// What Telegram takes (<https://core.telegram.org/bots/api#html-style>): line feeds, and no
/// tags but a few.
pub(super) struct Telegram;

/// What Matrix takes (<https://spec.matrix.org/v1.16/client-server-api/#mroommessage-msgtypes>).
pub(in crate::sink) struct Matrix;

impl Markup for Telegram {
    fn escape(&self, c: char, out: &mut String) {
        escape(c, out);
        if c == '@' {
            // Else `@name` would call somebody.
            out.push('\u{2060}');
        }
    }

    fn frame(&self, style: Style) -> (&'static str, &'static str) {
        frame(style)
    }

    fn quote(&self) -> (&'static str, &'static str) {
        QUOTE
    }

    fn link(&self, url: &str) -> (String, String) {
        link(url)
    }
}

impl Markup for Matrix {
    const BREAK: &'static str = "<br>";
    const BLOCK_QUOTES: bool = true;

    fn escape(&self, c: char, out: &mut String) {
        escape(c, out);
    }

    fn frame(&self, style: Style) -> (&'static str, &'static str) {
        frame(style)
    }

    fn quote(&self) -> (&'static str, &'static str) {
        QUOTE
    }

    fn link(&self, url: &str) -> (String, String) {
        link(url)
    }

    fn weigh(&self, text: &str) -> usize {
        super::markup::json_bytes(text)
    }
}

const QUOTE: (&str, &str) = ("<blockquote>", "</blockquote>");

fn escape(c: char, out: &mut String) {
    match c {
        '&' => out.push_str("&amp;"),
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        '"' => out.push_str("&quot;"),
        c => out.push(c),
    }
}

fn frame(style: Style) -> (&'static str, &'static str) {
    match style {
        Style::Plain => ("", ""),
        Style::Mark | Style::Strong => ("<b>", "</b>"),
    }
}

fn link(url: &str) -> (String, String) {
    let mut address = String::with_capacity(url.len());
    url.chars().for_each(|c| escape(c, &mut address));
    (format!("<a href=\"{address}\">"), "</a>".to_owned())
}

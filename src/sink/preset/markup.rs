//! Writing a message in a target's markup and inside its limits: feed text is escaped
//! character by character, so that a cut falls between whole characters and never inside
//! an entity or a tag.

use crate::sink::message::{Line, Message, Piece, Style, boundary};

/// How a target is written to: one escape rule, and how things are made to stand out.
pub(in crate::sink) trait Markup {
    /// What stands between two lines.
    const BREAK: &'static str = "\n";
    /// Whether the text of a link can stand out in parts.
    const STYLED_LINKS: bool = true;
    /// Whether a quotation begins and ends a line by itself.
    const BLOCK_QUOTES: bool = false;

    /// Writes one character of a text so that it stays that character.
    fn escape(&self, c: char, out: &mut String);

    /// What stands before and after a piece.
    fn frame(&self, style: Style) -> (&'static str, &'static str);

    /// What stands before and after a quotation.
    fn quote(&self) -> (&'static str, &'static str);

    /// What stands before and after the text of a link; nothing where the target has no links.
    fn link(&self, url: &str) -> (String, String);

    /// What a text counts against the target's limit; the parts of a text count what the
    /// whole does.
    fn weigh(&self, text: &str) -> usize {
        utf16(text)
    }

    /// A whole text, escaped.
    fn escaped(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        text.chars().for_each(|c| self.escape(c, &mut out));
        out
    }
}

/// UTF-16 code units: what most services count, and never less than characters.
pub(super) fn utf16(text: &str) -> usize {
    text.encode_utf16().count()
}

/// The bytes of a text inside a JSON document.
pub(super) fn json_bytes(text: &str) -> usize {
    text.bytes().map(|byte| if matches!(byte, b'"' | b'\\' | b'\n') { 2 } else { 1 }).sum()
}

/// What stands for what was cut.
const ELLIPSIS: &str = "…";

/// Room for less than this is left empty.
const LEAST: usize = 24;

/// A text being written, of a limited weight.
pub(super) struct Page<'m, M> {
    markup: &'m M,
    left: usize,
    out: String,
    /// What stands before the next line.
    gap: &'static str,
    /// Something did not fit: nothing follows.
    full: bool,
}

impl<'m, M: Markup> Page<'m, M> {
    /// An empty page.
    pub(super) fn new(markup: &'m M, limit: usize) -> Self {
        Self { markup, left: limit, out: String::new(), gap: "", full: false }
    }

    /// The page as it is written; empty where nothing fitted.
    pub(super) fn finish(self) -> String {
        self.out
    }

    /// Writes a line; cuts what does not fit.
    pub(super) fn line(&mut self, line: &Line) {
        self.put("", line, "");
    }

    /// Writes a quotation.
    pub(super) fn quote(&mut self, line: &Line) {
        let (before, after) = self.markup.quote();
        if M::BLOCK_QUOTES {
            self.gap = "";
        }
        self.put(before, line, after);
        if M::BLOCK_QUOTES {
            self.gap = "";
        }
    }

    /// Writes a line that leads to where one can read on.
    pub(super) fn linked(&mut self, line: &Line, url: Option<&str>) {
        let (before, after) = self.link(url);
        self.put(&before, &in_link::<M>(line), &after);
    }

    /// Writes what a digest collects, a line each; how many more there are where not all fit.
    pub(super) fn members(&mut self, members: &[Message], lead: impl Fn(&Message) -> String) {
        for (index, member) in members.iter().enumerate() {
            let rest = Line::plain(&format!("… and {} more", members.len() - index));
            // The last needs no room for those after it.
            let reserve = if index + 1 < members.len() { self.markup.weigh(M::BREAK) + self.weight(&rest) } else { 0 };
            if !self.member(member, &lead(member), reserve) {
                self.put("", &rest, "");
                self.full = true;
                return;
            }
        }
    }

    /// Writes one of them whole, or not at all.
    fn member(&mut self, member: &Message, lead: &str, reserve: usize) -> bool {
        let (before, after) = self.link(member.link.as_deref());
        let feed = if member.feed.is_empty() { String::new() } else { format!(" ({})", member.feed) };
        let before = format!("{}{before}", self.markup.escaped(lead));
        let after = format!("{after}{}", self.markup.escaped(&feed));
        let weight = [self.gap, &before, &after].iter().map(|part| self.markup.weigh(part)).sum::<usize>();
        let title = in_link::<M>(&member.title);
        if self.full || weight + self.weight(&title) + reserve > self.left {
            return false;
        }
        self.put(&before, &title, &after);
        true
    }

    fn link(&self, url: Option<&str>) -> (String, String) {
        url.map(|url| self.markup.link(url)).unwrap_or_default()
    }

    fn weight(&self, line: &Line) -> usize {
        line.0.iter().map(|piece| self.markup.weigh(&whole(self.markup, piece))).sum()
    }

    fn put(&mut self, before: &str, line: &Line, after: &str) {
        let frame: usize = [self.gap, before, after].iter().map(|part| self.markup.weigh(part)).sum();
        let weight = self.weight(line);
        if self.full || (frame + weight > self.left && frame + LEAST > self.left) {
            self.full = true;
            return;
        }
        self.out.push_str(self.gap);
        self.gap = M::BREAK;
        self.out.push_str(before);
        if frame + weight <= self.left {
            line.0.iter().for_each(|piece| self.out.push_str(&whole(self.markup, piece)));
            self.left -= frame + weight;
        } else {
            self.out.push_str(&cut(self.markup, line, self.left - frame));
            self.full = true;
        }
        self.out.push_str(after);
    }
}

/// A line as the text of a link.
fn in_link<M: Markup>(line: &Line) -> Line {
    if M::STYLED_LINKS { line.clone() } else { Line::plain(&line.text()) }
}

/// A piece in the target's writing.
fn whole<M: Markup>(markup: &M, piece: &Piece) -> String {
    let (open, close) = markup.frame(piece.style);
    format!("{open}{}{close}", markup.escaped(&piece.text))
}

/// As much of a line as weighs `room` with the ellipsis that ends it.
fn cut<M: Markup>(markup: &M, line: &Line, room: usize) -> String {
    let mut out = String::new();
    let mut left = room.saturating_sub(markup.weigh(ELLIPSIS));
    for piece in &line.0 {
        let (open, close) = markup.frame(piece.style);
        let Some(inside) = left.checked_sub(markup.weigh(open) + markup.weigh(close)) else { break };
        let head = head(markup, &piece.text, inside);
        if head.is_empty() {
            break;
        }
        let written = format!("{open}{}{close}", markup.escaped(head));
        left -= markup.weigh(&written);
        out.push_str(&written);
        if head.len() < piece.text.len() {
            break;
        }
    }
    out.push_str(ELLIPSIS);
    out
}

/// The longest beginning of a text that weighs at most `room` when it is escaped.
fn head<'t, M: Markup>(markup: &M, text: &'t str, room: usize) -> &'t str {
    let mut used = 0;
    let mut written = String::new();
    let end = text.char_indices().find_map(|(at, c)| {
        written.clear();
        markup.escape(c, &mut written);
        used += markup.weigh(&written);
        (used > room).then_some(at)
    });
    let end = end.map_or(text.len(), |end| boundary(text, end));
    text.get(..end).unwrap_or_default()
}

/// Text without any markup: what was found stands in brackets.
pub(super) struct Plain {
    /// What a text counts.
    pub(super) weigh: fn(&str) -> usize,
}

impl Markup for Plain {
    fn escape(&self, c: char, out: &mut String) {
        out.push(c);
    }

    fn frame(&self, style: Style) -> (&'static str, &'static str) {
        match style {
            Style::Mark => ("[", "]"),
            Style::Plain | Style::Strong => ("", ""),
        }
    }

    fn quote(&self) -> (&'static str, &'static str) {
        ("", "")
    }

    fn link(&self, _: &str) -> (String, String) {
        (String::new(), String::new())
    }

    fn weigh(&self, text: &str) -> usize {
        (self.weigh)(text)
    }
}

/// Markdown as chat services read it: every sign that could mean something is escaped
/// (<https://spec.commonmark.org/0.31.2/#backslash-escapes>).
pub(in crate::sink) struct Markdown {
    /// What makes a piece stand out: `**`, or `__` where all is bold already.
    pub(in crate::sink) mark: &'static str,
}

impl Markup for Markdown {
    fn escape(&self, c: char, out: &mut String) {
        if "\\*_~`|><#-+[]()!&".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }

    fn frame(&self, style: Style) -> (&'static str, &'static str) {
        match style {
            Style::Plain => ("", ""),
            Style::Mark | Style::Strong => (self.mark, self.mark),
        }
    }

    fn quote(&self) -> (&'static str, &'static str) {
        ("> ", "")
    }

    fn link(&self, url: &str) -> (String, String) {
        // A parenthesis would end the address.
        ("[".to_owned(), format!("]({})", url.replace('(', "%28").replace(')', "%29")))
    }
}

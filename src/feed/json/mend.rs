//! Text that is nearly JSON to JSON: what a document says is kept, what JSON
//! forbids is put right where it stands, so that one fault costs one value.
//!
//! One pass, in time linear in the text: the result is never longer than a small
//! multiple of it, and always JSON, or the beginning of JSON where the text ends early.

use crate::text::scan::Set;

/// A text that was put right.
pub(super) struct Mended {
    pub(super) text: String,
    /// How much was wrong.
    pub(super) faults: usize,
}

/// Puts the text of a JSON object right. What stands before it is dropped, and
/// what follows it stays as it is.
pub(super) fn mend(text: &str) -> Mended {
    let mut mender = Mender {
        rest: text,
        out: String::with_capacity(text.len() + text.len() / 8),
        open: Vec::new(),
        lists: 0,
        state: State::First,
        faults: 0,
    };
    mender.run();
    Mended { text: mender.out, faults: mender.faults }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Container {
    Object,
    List,
}

/// What was read last in the innermost container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing yet.
    First,
    /// A comma, which is written only once something follows it.
    Comma,
    /// A name.
    Name,
    /// A name and its colon.
    Colon,
    /// A value.
    Value,
}

struct Mender<'a> {
    rest: &'a str,
    out: String,
    open: Vec<Container>,
    /// How many of the open containers are lists.
    lists: usize,
    state: State,
    faults: usize,
}

/// How deep the list of items stands.
const ITEMS_DEPTH: usize = 2;

/// What ends the plain part of a string, or may end the string.
const STRING_STOP: Set = Set::of(
    b"\"\\\x00\x01\x02\x03\x04\x05\x06\x07\x08\t\n\x0b\x0c\r\x0e\x0f\
      \x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f",
);

impl Mender<'_> {
    fn run(&mut self) {
        loop {
            self.rest = self.rest.trim_start_matches(is_space);
            let Some(first) = self.rest.chars().next() else { return };
            if self.open.is_empty() && first != '{' {
                self.skip(first.len_utf8());
                continue;
            }
            match first {
                '{' => self.object(),
                '[' => self.list(),
                '}' => self.end_object(),
                ']' => self.end_list(),
                ',' => self.comma(),
                ':' => self.colon(),
                '"' => self.text(),
                _ => self.word(),
            }
            if self.open.is_empty() {
                return self.out.push_str(self.rest);
            }
        }
    }

    fn skip(&mut self, length: usize) {
        self.rest = self.rest.get(length..).unwrap_or_default();
    }

    fn is_in(&self, container: Container) -> bool {
        self.open.last() == Some(&container)
    }

    /// The next byte that is no white space.
    fn next(&self) -> Option<u8> {
        self.rest.trim_start_matches(is_space).bytes().next()
    }

    fn is_before_name(&self) -> bool {
        self.is_in(Container::Object) && !matches!(self.state, State::Name | State::Colon)
    }

    fn object(&mut self) {
        self.skip(1);
        if self.is_before_name() {
            let is_in_list = self.open.iter().rev().nth(1) == Some(&Container::List);
            match self.state {
                // One brace too many.
                State::First => {
                    self.faults += 1;
                    return;
                }
                // The end of the item before is missing.
                _ if is_in_list => {
                    self.faults += 1;
                    self.close();
                }
                // The list of items was closed too early.
                _ if self.open.len() == 1 => {
                    self.separate();
                    self.out.push_str("\"items\":");
                    self.faults += 1;
                    self.begin(Container::List);
                }
                _ => {}
            }
        }
        if !self.open.is_empty() {
            self.before_value();
        }
        self.begin(Container::Object);
    }

    fn list(&mut self) {
        self.skip(1);
        self.before_value();
        self.begin(Container::List);
    }

    fn begin(&mut self, container: Container) {
        self.out.push(if container == Container::Object { '{' } else { '[' });
        self.lists += usize::from(container == Container::List);
        self.open.push(container);
        self.state = State::First;
    }

    /// Ends the innermost container.
    fn close(&mut self) {
        self.fill();
        self.faults += usize::from(self.state == State::Comma);
        let Some(container) = self.open.pop() else { return };
        self.out.push(if container == Container::Object { '}' } else { ']' });
        self.lists -= usize::from(container == Container::List);
        self.state = State::Value;
    }

    fn end_object(&mut self) {
        self.skip(1);
        while self.is_in(Container::List) && self.open.len() > ITEMS_DEPTH {
            self.faults += 1;
            self.close();
        }
        // One brace too many: the list of items, or the feed, goes on.
        let goes_on = self.open.len() == 1 && self.next().is_some_and(|next| next == b',');
        if self.is_in(Container::List) || goes_on {
            self.faults += 1;
        } else {
            self.close();
        }
    }

    fn end_list(&mut self) {
        self.skip(1);
        if self.lists == 0 {
            self.faults += 1;
            return;
        }
        while self.is_in(Container::Object) {
            self.faults += 1;
            self.close();
        }
        self.close();
    }

    fn comma(&mut self) {
        self.skip(1);
        self.fill();
        match self.state {
            State::Value => self.state = State::Comma,
            _ => self.faults += 1,
        }
    }

    fn colon(&mut self) {
        self.skip(1);
        match self.state {
            State::Name => self.state = State::Colon,
            _ => self.faults += 1,
        }
    }

    /// Gives a name that has no value one.
    fn fill(&mut self) {
        if matches!(self.state, State::Name | State::Colon) {
            self.faults += 1;
            self.out.push_str(":null");
            self.state = State::Value;
        }
    }

    /// Writes what stands between a value and what was before it.
    fn before_value(&mut self) {
        if self.is_before_name() {
            self.faults += 1;
            self.separate();
            self.out.push_str("\"\"");
            self.state = State::Colon;
        }
        match self.state {
            State::Name | State::Colon => {
                self.faults += usize::from(self.state == State::Name);
                self.out.push(':');
            }
            _ => self.separate(),
        }
        self.state = State::Value;
    }

    /// Writes the comma before a name or an element of a list.
    fn separate(&mut self) {
        if self.state != State::First {
            self.faults += usize::from(self.state == State::Value);
            self.out.push(',');
        }
    }

    fn text(&mut self) {
        if self.is_before_name() {
            self.separate();
            self.state = State::Name;
        } else {
            self.before_value();
        }
        self.out.push('"');
        self.skip(1);
        self.string();
    }

    /// Writes the rest of a string, up to its quote or the end of the document.
    fn string(&mut self) {
        loop {
            let length = STRING_STOP.position(self.rest.as_bytes(), 0);
            self.copy(length);
            let Some(&stop) = self.rest.as_bytes().first() else { return };
            match stop {
                b'\\' => self.escape(),
                b'"' => {
                    self.skip(1);
                    if self.ends_string() {
                        return self.out.push('"');
                    }
                    self.faults += 1;
                    self.out.push_str("\\\"");
                }
                control => {
                    self.skip(1);
                    self.control(control);
                }
            }
        }
    }

    fn copy(&mut self, length: usize) {
        self.out.push_str(self.rest.get(..length).unwrap_or_default());
        self.skip(length);
    }

    /// Whether a quote was meant to end the string: what may follow a string follows it.
    fn ends_string(&self) -> bool {
        let is_members = self.is_in(Container::Object) && self.state == State::Value;
        let ends: &[u8] = if is_members { b",:}]\"" } else { b",:}]\"{[" };
        self.next().is_none_or(|next| ends.contains(&next))
    }

    fn control(&mut self, control: u8) {
        self.faults += 1;
        match control {
            b'\n' => self.out.push_str("\\n"),
            b'\r' => self.out.push_str("\\r"),
            b'\t' => self.out.push_str("\\t"),
            // JSON and XML forbid them alike: `charset` has dropped them.
            _ => {}
        }
    }

    /// Takes an escape: as it is where JSON knows it, else what it means elsewhere, or
    /// the character after the backslash.
    fn escape(&mut self) {
        match self.rest.as_bytes() {
            [_, b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', ..] => self.copy(2),
            [_, b'u', ..] => self.unicode(),
            [_, b'x', ..] if hex(self.rest, 2, 2).is_some() => {
                self.faults += 1;
                self.skip(2);
                self.out.push_str("\\u00");
                self.copy(2);
            }
            // The document ends here.
            [_] => self.skip(1),
            _ => {
                self.faults += 1;
                self.skip(1);
            }
        }
    }

    /// Takes `\uXXXX`, or two of them for one character beyond 16 bits.
    fn unicode(&mut self) {
        let Some(code) = hex(self.rest, 2, 4) else {
            let digits = self.rest.bytes().skip(2).take(3).take_while(u8::is_ascii_hexdigit).count();
            return self.no_character(2 + digits);
        };
        let is_second = |code: u32| (0xdc00..0xe000).contains(&code);
        match code {
            0xd800..0xdc00 => {
                let next = self.rest.get(6..).filter(|next| next.starts_with("\\u"));
                if next.and_then(|next| hex(next, 2, 4)).is_some_and(is_second) {
                    return self.copy(12);
                }
                self.no_character(6);
            }
            _ if is_second(code) => self.no_character(6),
            _ => self.copy(6),
        }
    }

    /// Takes an escape of this length that stands for no character.
    fn no_character(&mut self, length: usize) {
        self.faults += 1;
        self.skip(length);
        self.out.push(char::REPLACEMENT_CHARACTER);
    }

    /// Takes what stands outside of strings: a number or a literal, or what is none.
    fn word(&mut self) {
        let ends = |c: char| is_space(c) || matches!(c, ',' | ':' | '{' | '}' | '[' | ']' | '"');
        let length = self.rest.find(ends).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, ""));
        self.rest = rest;
        if rest.is_empty() {
            // It may go on where the document was cut.
            return;
        }
        let is_value = is_value(word);
        if self.is_before_name() {
            self.faults += 1;
            if self.state != State::Value {
                self.name(word);
            }
            return;
        }
        if !is_value {
            self.faults += 1;
            if self.is_in(Container::List) && self.state == State::Value {
                return;
            }
        }
        self.before_value();
        self.out.push_str(if is_value { word } else { "null" });
    }

    /// Writes a name that has no quotes.
    fn name(&mut self, word: &str) {
        self.separate();
        self.out.push('"');
        self.out.extend(word.chars().filter(|c| !c.is_control() && *c != '\\'));
        self.out.push('"');
        self.state = State::Name;
    }
}

/// What may stand between two tokens: JSON's white space, and all other.
fn is_space(c: char) -> bool {
    c.is_whitespace() || c == '\u{feff}'
}

/// The number that so many hexadecimal digits write.
fn hex(text: &str, from: usize, length: usize) -> Option<u32> {
    let digits = text.get(from..from + length)?;
    // A sign is no digit, though it is read as part of a number.
    digits.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok())?
}

/// A literal, or a number in the range of numbers.
fn is_value(word: &str) -> bool {
    matches!(word, "true" | "false" | "null") || serde_json::from_str::<serde_json::Number>(word).is_ok()
}

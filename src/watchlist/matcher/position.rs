//! Numbers the words of a text, for everything that is measured in words.

use crate::text::chars::{Class, class};
use std::ops::Range;

/// Where the words of one folded text begin. A buffer that is used again.
///
/// A word is a run of letters, digits, marks and underscores; an apostrophe or a
/// full stop between two of them does not end it (`MI6's`, `U.S.`), nor does a
/// comma between digits. Each character of a script without spaces is a word.
#[derive(Debug, Default)]
pub(super) struct Positions {
    starts: Vec<u32>,
}

impl Positions {
    /// Numbers the words of `folded`.
    pub(super) fn number(&mut self, folded: &str) {
        self.starts.clear();
        // The classes of the last two characters, and the last character.
        let (mut before, mut last) = ((Class::Other, ' '), (Class::Other, ' '));
        for (at, c) in folded.char_indices() {
            let class = class(c);
            let joined = class.is_spaced_word() && before.0.is_spaced_word() && joins(before.1, last.1, c);
            let begins = match class {
                Class::Unspaced => true,
                Class::Word | Class::Hangul | Class::Mark => !last.0.is_spaced_word() && !joined,
                Class::Other | Class::UnspacedMark => false,
            };
            if begins {
                self.starts.push(u32::try_from(at).unwrap_or(u32::MAX));
            }
            (before, last) = (last, (class, c));
        }
    }

    /// The numbers of the first and the last word of a range of the folded text,
    /// `begins_inside` saying whether a word goes on or begins at its start.
    pub(super) fn of(&self, range: &Range<usize>, starts_with_word: bool) -> (u32, u32) {
        let before = |at: usize| self.starts.partition_point(|start| (*start as usize) < at);
        let through_end = before(range.end).saturating_sub(1);
        let first = if starts_with_word { before(range.start + 1).saturating_sub(1) } else { before(range.start) };
        let first = first.min(through_end);
        let number = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
        (number(first), number(through_end))
    }
}

/// Whether `mark` between `left` and `right` leaves them one word.
fn joins(left: char, mark: char, right: char) -> bool {
    match mark {
        '\'' | '.' => true,
        ',' => left.is_ascii_digit() && right.is_ascii_digit(),
        _ => false,
    }
}

//! What a term is: one word, phrase or prefix with its options, and where it
//! was found.

use std::ops::Range;

/// A term of a [`super::matcher::Matcher`]; dense from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TermId(pub u32);

/// How letter case counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Case {
    /// Exact for acronyms (two to five characters, a capital first, the rest
    /// capitals or digits), with their dotted forms; folded for all others.
    #[default]
    Smart,
    /// Case never counts.
    Fold,
    /// Case always counts (NFKC forms without default-ignorable code points are compared).
    Exact,
    /// Folded, but the first letter found must be a capital.
    Proper,
}

/// What a hyphen does at the edge of a term.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Hyphen {
    /// A hyphen is a boundary: `Ukraine` is found in `Ukraine-owned`.
    #[default]
    Split,
    /// A compound is one word: `Russian` is not found in `anti-Russian`.
    Join,
}

/// One term as somebody wrote it. Two equal terms are one [`TermId`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Term {
    /// The text as written: a word, a phrase, or a prefix with a final `*`.
    pub text: String,
    /// How case counts.
    pub case: Case,
    /// Whether the regular English plural is found too.
    pub plural: bool,
    /// What a hyphen does at its edge.
    pub hyphen: Hyphen,
    /// Whether `Richard Moore` also finds `Moore, Richard`.
    pub swap: bool,
    /// Longer texts whose spans do not count (`Roger Moore`).
    pub except: Vec<String>,
    /// Count an occurrence only beside one of these; empty: always.
    pub near: Vec<String>,
    /// How many words away `near` reaches.
    pub within: u32,
}

impl Term {
    /// The reach of `near` in words where none is given.
    pub const WITHIN: u32 = 30;

    /// A term with the default options.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), within: Self::WITHIN, ..Self::default() }
    }
}

/// A part of an item that is searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Field {
    /// `title`
    Title,
    /// `body`: the item's text.
    Body,
    /// `author`: its authors, a blank line between two.
    Author,
    /// `category`: its categories, a blank line between two.
    Category,
    /// `link`
    Link,
}

impl Field {
    /// All fields, in the order in which occurrences are listed.
    pub const ALL: [Self; 5] = [Self::Title, Self::Body, Self::Author, Self::Category, Self::Link];

    /// The name used in rules and in the payload.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Body => "body",
            Self::Author => "author",
            Self::Category => "category",
            Self::Link => "link",
        }
    }
}

/// One term found at one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Occurrence {
    /// Where: the field.
    pub field: Field,
    /// First byte in the original text of that field.
    pub start: u32,
    /// One past the last byte; both are character boundaries.
    pub end: u32,
    /// What was found.
    pub term: TermId,
    /// The position of its first word in the field, counted from 0. Each
    /// character of a script written without spaces counts as a word.
    pub first_word: u32,
    /// The position of its last word.
    pub last_word: u32,
}

impl Occurrence {
    /// The span as a range to slice the field's text with.
    #[must_use]
    pub fn span(&self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// The texts of one item, as they are searched and as the alert carries them.
/// `authors` and `categories` are joined by a blank line, which no phrase crosses.
#[derive(Debug, Clone, Copy, Default)]
pub struct Document<'a> {
    /// Text of [`Field::Title`].
    pub title: &'a str,
    /// Text of [`Field::Body`].
    pub body: &'a str,
    /// Text of [`Field::Author`].
    pub author: &'a str,
    /// Text of [`Field::Category`].
    pub category: &'a str,
    /// Text of [`Field::Link`].
    pub link: &'a str,
}

impl<'a> Document<'a> {
    /// The text of one field.
    #[must_use]
    pub const fn text(&self, field: Field) -> &'a str {
        match field {
            Field::Title => self.title,
            Field::Body => self.body,
            Field::Author => self.author,
            Field::Category => self.category,
            Field::Link => self.link,
        }
    }
}

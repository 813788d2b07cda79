//! What was wrong with a feed and was put right: the kinds, and their count.

/// One thing that was wrong with the bytes and was put right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repair {
    /// What was wrong.
    pub kind: RepairKind,
    /// How often; at least 1.
    pub count: u32,
}

/// Declares the kinds once, so that the names, the explanations and the list of
/// all of them cannot disagree.
macro_rules! kinds {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal,)+) => {
        /// The kinds of repairs, each with a stable name for `fetch` and the metrics.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum RepairKind {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl RepairKind {
            /// Every kind, in the order in which repairs are listed.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stable snake_case name, for metrics and `fetch --json`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }
    };
}

kinds! {
    /// The document ended before its root was closed.
    Truncated = "truncated",
    /// The declared character encoding was not the one that the bytes are in.
    WrongCharset = "wrong_charset",
    /// The declared character encoding has a name that nobody knows.
    UnknownCharset = "unknown_charset",
    /// Bytes that mean nothing in the character encoding; each became U+FFFD.
    InvalidByte = "invalid_byte",
    /// A field had been encoded twice (`Ã©` for `é`).
    DoubleEncoded = "double_encoded",
    /// A character that XML or JSON forbids; it was dropped.
    ControlCharacter = "control_character",
    /// Something other than white space stood before the XML declaration or the root.
    JunkBeforeRoot = "junk_before_root",
    /// White space stood before the XML declaration.
    SpaceBeforeDeclaration = "space_before_declaration",
    /// Something other than white space, comments and instructions stood after the root.
    JunkAfterRoot = "junk_after_root",
    /// An `&` that begins no reference; it stands for itself.
    BareAmpersand = "bare_ampersand",
    /// A reference to a name that XML does not know but HTML does.
    HtmlEntity = "html_entity",
    /// A reference to a name that nobody knows; it was left as it stands.
    UnknownEntity = "unknown_entity",
    /// A reference to a number that is no character's; two halves of one in UTF-16 became
    /// that character, all others U+FFFD.
    NoCharacter = "no_character",
    /// A `<` that begins no markup; it stands for itself.
    BareLessThan = "bare_less_than",
    /// A tag without its `>`.
    UnclosedTag = "unclosed_tag",
    /// A comment, instruction, declaration or CDATA section without its end.
    UnclosedMarkup = "unclosed_markup",
    /// An element without its end tag.
    MissingEndTag = "missing_end_tag",
    /// An end tag without its element.
    UnmatchedEndTag = "unmatched_end_tag",
    /// An attribute whose value is not quoted, or that has none.
    UnquotedAttribute = "unquoted_attribute",
    /// A namespace prefix that is not bound; its usual meaning was assumed.
    UnboundPrefix = "unbound_prefix",
    /// A date that cannot be read; the item has none.
    UnreadableDate = "unreadable_date",
    /// A link that is no URL; it was left as it stands.
    UnreadableLink = "unreadable_link",
    /// Syntax that JSON forbids: a comma too many or too few, half a character, `NaN`.
    JsonSyntax = "json_syntax",
    /// A JSON value of another type than JSON Feed says.
    WrongType = "wrong_type",
    /// Elements nested deeper than the limit; what is in them was left out.
    TooDeep = "too_deep",
    /// More attributes on one element than the limit; the rest were left out.
    TooManyAttributes = "too_many_attributes",
    /// More items than the limit; the rest were left out.
    TooManyItems = "too_many_items",
    /// A text longer than the limit; it was cut.
    TextCut = "text_cut",
}

/// Counts repairs while a document is read.
#[derive(Debug, Default)]
pub(super) struct Repairs(Vec<Repair>);

impl Repairs {
    /// Counts one more repair of this kind.
    pub(super) fn note(&mut self, kind: RepairKind) {
        self.add(kind, 1);
    }

    /// Counts `count` more repairs of this kind; 0 changes nothing.
    pub(super) fn add(&mut self, kind: RepairKind, count: usize) {
        if count == 0 {
            return;
        }
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        match self.0.iter_mut().find(|repair| repair.kind == kind) {
            Some(repair) => repair.count = repair.count.saturating_add(count),
            None => self.0.push(Repair { kind, count }),
        }
    }

    /// All repairs, in the order of [`RepairKind::ALL`].
    pub(super) fn into_vec(mut self) -> Vec<Repair> {
        self.0.sort_unstable_by_key(|repair| repair.kind);
        self.0
    }
}

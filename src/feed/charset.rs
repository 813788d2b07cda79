//! From the bytes of a document to text: which character encoding they are in,
//! why it is thought so, and the decoding.

/// The character encoding that a document was read in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Charset {
    /// The name in the WHATWG Encoding Standard (`UTF-8`, `windows-1251`), or
    /// that of one which the standard leaves out (`UTF-32LE`).
    pub label: &'static str,
    /// What decided it.
    pub source: CharsetSource,
}

/// What decided the character encoding, strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CharsetSource {
    /// A byte-order mark.
    ByteOrderMark,
    /// The zero bytes of UTF-16 or UTF-32, or the first letters of EBCDIC.
    Pattern,
    /// The bytes are valid UTF-8 with at least one character beyond ASCII, or ASCII throughout.
    ValidUtf8,
    /// `charset` in the HTTP `Content-Type`.
    Http,
    /// `encoding` in the XML declaration.
    Declaration,
    /// `charset` in an HTML `<meta>`.
    Meta,
    /// Statistics of the bytes.
    Detection,
}

impl CharsetSource {
    /// In words, for the trace: "byte-order mark", "HTTP header".
    #[must_use]
    pub const fn describe(self) -> &'static str {
        match self {
            Self::ByteOrderMark => "byte-order mark",
            Self::Pattern => "pattern of the first bytes",
            Self::ValidUtf8 => "the bytes are valid UTF-8",
            Self::Http => "HTTP header",
            Self::Declaration => "XML declaration",
            Self::Meta => "meta element",
            Self::Detection => "detection",
        }
    }
}

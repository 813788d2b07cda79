//! Where a byte stands, for markup, in which the next one is mostly near: a loop
//! or a word of eight bytes at a time costs less than to set up a search.

use memchr::memchr;

/// A set of bytes.
#[derive(Debug)]
pub struct Set([bool; 256]);

impl Set {
    /// The set of these bytes.
    #[must_use]
    #[expect(clippy::indexing_slicing, reason = "an array of 256 has an element for every byte")]
    pub const fn of(bytes: &[u8]) -> Self {
        let mut set = [false; 256];
        let mut rest = bytes;
        while let [first, after @ ..] = rest {
            set[*first as usize] = true;
            rest = after;
        }
        Self(set)
    }

    /// Whether the byte is one of them.
    #[must_use]
    pub fn has(&self, byte: u8) -> bool {
        self.0.get(usize::from(byte)).is_some_and(|&is_in| is_in)
    }

    /// Where the first of these bytes stands, from `from` on; the end where there is none.
    #[must_use]
    pub fn position(&self, bytes: &[u8], from: usize) -> usize {
        let rest = bytes.get(from..).unwrap_or_default();
        rest.iter().position(|&b| self.has(b)).map_or(bytes.len(), |at| from + at)
    }

    /// Where the first byte stands that is none of them, from `from` on; the end
    /// where there is none.
    #[must_use]
    pub fn skip(&self, bytes: &[u8], from: usize) -> usize {
        let rest = bytes.get(from..).unwrap_or_default();
        rest.iter().position(|&b| !self.has(b)).map_or(bytes.len(), |at| from + at)
    }
}

/// Whether the `N` bytes from `at` on, and one after them, are there, and are words with single
/// spaces between them without any byte that is odd; the last one may be a space.
#[inline]
#[must_use]
#[expect(clippy::needless_bitwise_bool, reason = "without a branch for each byte, the compiler looks at all at once")]
pub fn is_even<const N: usize>(text: &[u8], at: usize, is_odd: impl Fn(u8) -> bool) -> bool {
    let chunk = |from: usize| text.get(from..).and_then(<[u8]>::first_chunk::<N>);
    let (Some(bytes), Some(next)) = (chunk(at), chunk(at + 1)) else { return false };
    let is_break = |(&byte, &next): (&u8, &u8)| is_odd(byte) | ((byte == b' ') & (next == b' '));
    !bytes.iter().zip(next).fold(false, |found, pair| found | is_break(pair))
}

/// The white space of HTML and XML, and the form feed.
pub const SPACE: Set = Set::of(b" \t\n\r\x0c");

/// Where a byte stands first that is mostly among the first few dozens.
#[inline]
#[must_use]
pub fn near(wanted: u8, bytes: &[u8]) -> Option<usize> {
    const NEAR: usize = 64;
    let mut from = 0;
    while let Some(word) = bytes.get(from..).and_then(<[u8]>::first_chunk::<8>) {
        if let Some(at) = in_word(wanted, *word) {
            return Some(from + at);
        }
        from += word.len();
        if from == NEAR {
            return memchr(wanted, bytes.get(from..)?).map(|at| from + at);
        }
    }
    bytes.get(from..)?.iter().position(|&b| b == wanted).map(|at| from + at)
}

/// Finds the first zero byte of a word where `wanted` has become zero ("Bit
/// Twiddling Hacks", S. E. Anderson): only bytes after the first may be mistaken for one.
fn in_word(wanted: u8, word: [u8; 8]) -> Option<usize> {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    let zeros = u64::from_le_bytes(word) ^ (ONES * u64::from(wanted));
    let marks = zeros.wrapping_sub(ONES) & !zeros & (ONES << 7);
    (marks != 0).then(|| marks.trailing_zeros() as usize / 8)
}

//! JSON Feed 1 and 1.1 (<https://jsonfeed.org/version/1.1>).

use super::Hints;
use super::draft::FeedDraft;
use super::repair::Repairs;

/// The text begins as a JSON object does.
pub(super) fn is_like(text: &str) -> bool {
    text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}').starts_with('{')
}

/// Reads a JSON document; the draft has no format where it is no feed.
pub(super) fn read(text: &str, hints: Hints<'_>, repairs: &mut Repairs) -> FeedDraft {
    let _ = (text, hints, repairs);
    FeedDraft::default()
}

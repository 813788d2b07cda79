//! How a person sees an alert in a terminal.

use super::payload::Envelope;
use jiff::tz::TimeZone;

/// How a terminal is written to.
#[derive(Debug, Clone)]
pub struct Look {
    /// Whether there is colour.
    pub colour: Colour,
    /// How many columns there are.
    pub width: usize,
    /// The zone that times are shown in.
    pub zone: TimeZone,
}

/// Whether there is colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Colour {
    /// Plain text: matches stand in `[` and `]`.
    #[default]
    Never,
    /// ANSI escape sequences.
    Always,
}

/// An alert for a person: several lines, each ending in a newline.
#[must_use]
pub fn alert(envelope: &Envelope, look: &Look) -> String {
    let _ = look;
    envelope.data.item.title.clone()
}

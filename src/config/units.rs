//! Durations (`30s`, `15m`, `2h`, `7d`) and sizes (`10MiB`) as the configuration
//! writes them. Also reads what people type on the command line (`--since 7d`).

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::time::Duration;

/// The longest duration that is accepted: a hundred years. Keeps every sum of times in range.
pub const MAX_DURATION: Duration = Duration::from_hours(36_500 * 24);

/// Units of durations: suffix, milliseconds.
const DURATIONS: [(&str, u64); 6] =
    [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000), ("w", 604_800_000)];

/// Units of sizes: suffix, bytes.
const SIZES: [(&str, u64); 5] = [("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40)];

/// Reads a duration: a whole number and one of `ms`, `s`, `m`, `h`, `d`, `w`.
///
/// # Errors
/// What is wrong, in words that follow "expected a duration such as `15m`".
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let milliseconds = parse(text, &DURATIONS)?;
    Some(Duration::from_millis(milliseconds))
        .filter(|duration| *duration <= MAX_DURATION)
        .ok_or_else(|| "that is more than a hundred years".to_owned())
}

/// Reads a moment: one of RFC 3339, the beginning of a day of `zone`, or a duration before
/// `now`.
///
/// # Errors
/// That it is too long ago; where it is none of these, `expected`.
pub fn parse_moment(text: &str, now: Timestamp, zone: &TimeZone, expected: &str) -> Result<Timestamp, String> {
    if let Ok(duration) = parse_duration(text) {
        return now.checked_sub(duration).map_err(|_| "that is too long ago".to_owned());
    }
    let midnight = || zone.to_timestamp(text.parse::<Date>().ok()?.at(0, 0, 0, 0)).ok();
    text.parse().ok().or_else(midnight).ok_or_else(|| expected.to_owned())
}

/// Reads a size in bytes: a whole number and one of `B`, `KiB`, `MiB`, `GiB`, `TiB`.
///
/// # Errors
/// What is wrong, in words that follow "expected a size such as `10MiB`".
pub fn parse_size(text: &str) -> Result<u64, String> {
    parse(text, &SIZES)
}

/// Writes a duration with the largest unit that divides it: the inverse of [`parse_duration`],
/// exact to the millisecond.
#[must_use]
pub fn format_duration(duration: Duration) -> String {
    let milliseconds = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    // A week reads worse than its days, and nought is nought seconds.
    format(if milliseconds == 0 { &DURATIONS[1..2] } else { &DURATIONS[..5] }, milliseconds)
}

/// Writes a size with the largest unit that divides it: the inverse of [`parse_size`].
#[must_use]
pub fn format_size(bytes: u64) -> String {
    format(if bytes == 0 { &SIZES[..1] } else { &SIZES }, bytes)
}

fn parse(text: &str, units: &[(&str, u64)]) -> Result<u64, String> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, suffix) = text.split_at_checked(digits).unwrap_or((text, ""));
    if number.is_empty() {
        return Err("it must begin with a whole number".to_owned());
    }
    let unit = units.iter().find(|(name, _)| *name == suffix).map(|(_, factor)| *factor);
    let Some(factor) = unit else { return Err(unit_error(suffix, units)) };
    number.parse::<u64>().ok().and_then(|number| number.checked_mul(factor)).ok_or_else(|| "it is too large".to_owned())
}

fn unit_error(suffix: &str, units: &[(&str, u64)]) -> String {
    let names = units.iter().map(|(name, _)| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    if suffix.is_empty() {
        format!("the unit is missing: one of {names}")
    } else {
        format!("the unit must be one of {names}")
    }
}

fn format(units: &[(&str, u64)], amount: u64) -> String {
    let unit = units.iter().rev().find(|(_, factor)| amount.is_multiple_of(*factor));
    unit.map_or_else(|| amount.to_string(), |(name, factor)| format!("{}{name}", amount / factor))
}

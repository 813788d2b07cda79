//! What is peculiar to RSS: people in one line, permanent links, and its wishes
//! about when to be polled.

use super::Pace;
use super::field::{Inside, Markup};
use super::repair::Repairs;
use super::xml::{Scanner, Tag, Token, local_name};
use std::num::IntErrorKind;

/// The name in `jane@example.org (Jane Doe)`, `Jane Doe <jane@example.org>` or
/// `Jane Doe`; the address where there is no name.
pub(super) fn person(text: &str) -> String {
    let text = text.trim();
    let (before, rest) = text.split_once(['(', '<']).unwrap_or((text, ""));
    let inside = rest.split([')', '>']).next().unwrap_or_default().trim();
    let before = before.trim().trim_matches('"').trim();
    let is_address = |text: &str| text.contains('@') && !text.contains(' ');
    match (before, inside) {
        (before, "") => before.to_owned(),
        ("", inside) => inside.to_owned(),
        (before, inside) if is_address(before) => inside.to_owned(),
        (before, inside) if is_address(inside) => before.to_owned(),
        _ => text.to_owned(),
    }
}

/// Whether a `guid` is also the item's address: `isPermaLink` is not `false`.
pub(super) fn is_permanent_link(guid: &Tag<'_>) -> bool {
    guid.find("isPermaLink").is_none_or(|attribute| !attribute.raw().eq_ignore_ascii_case("false"))
}

/// `ttl`: minutes; more than can be counted are as many as can be.
pub(super) fn time_to_live(pace: &mut Pace, text: &str) {
    let minutes = match text.trim().parse::<u32>() {
        Err(error) if *error.kind() == IntErrorKind::PosOverflow => Some(u32::MAX),
        minutes => minutes.ok(),
    };
    let seconds = minutes.map(|minutes| minutes.saturating_mul(60));
    pace.at_least_seconds = pace.at_least_seconds.max(seconds.filter(|&seconds| seconds > 0));
}

/// `sy:updatePeriod`, in seconds.
pub(super) fn update_period(text: &str) -> Option<u32> {
    const DAY: u32 = 86_400;
    match text.trim().to_ascii_lowercase().as_str() {
        "hourly" => Some(3600),
        "daily" => Some(DAY),
        "weekly" => Some(7 * DAY),
        "monthly" => Some(30 * DAY),
        "yearly" => Some(365 * DAY),
        _ => None,
    }
}

/// `skipHours`: 0 to 23, where some write 24 for 0.
pub(super) fn skip_hours(pace: &mut Pace, inside: &Inside<'_>) {
    for hour in texts(inside, "hour") {
        if let Ok(hour @ 0..=24) = hour.parse::<u32>() {
            pace.skip_hours |= 1 << (hour % 24);
        }
    }
    // To skip every hour is to skip none: nobody publishes a feed never to be read.
    if pace.skip_hours == 0x00ff_ffff {
        pace.skip_hours = 0;
    }
}

/// `skipDays`: English weekdays.
pub(super) fn skip_days(pace: &mut Pace, inside: &Inside<'_>) {
    for day in texts(inside, "day") {
        if let Some(day) = super::zone::weekday_of(&day.to_ascii_lowercase()) {
            pace.skip_days |= 1 << day.to_monday_zero_offset();
        }
    }
    if pace.skip_days == 0x7f {
        pace.skip_days = 0;
    }
}

/// The texts of the elements with this local name.
pub(super) fn texts(inside: &Inside<'_>, local: &str) -> impl Iterator<Item = String> {
    let mut repairs = Repairs::default();
    let mut scanner = Scanner::new(inside.raw, 0);
    std::iter::from_fn(move || {
        loop {
            match scanner.next(&mut repairs) {
                Token::Eof => return None,
                Token::Start(tag) if local_name(tag.name).eq_ignore_ascii_case(local) && !tag.is_empty => {
                    let from = scanner.position();
                    let to = end_of(&mut scanner, local, &mut repairs);
                    let raw = inside.raw.get(from..to).unwrap_or_default();
                    let part = Inside { raw, has_sections: raw.contains("<!"), has_tags: false };
                    return Some(part.line(Markup::Plain, &mut repairs));
                }
                _ => {}
            }
        }
    })
}

fn end_of(scanner: &mut Scanner<'_>, local: &str, repairs: &mut Repairs) -> usize {
    loop {
        match scanner.next(repairs) {
            Token::End(name) if local_name(name).eq_ignore_ascii_case(local) => return scanner.start(),
            Token::Eof => return scanner.start(),
            _ => {}
        }
    }
}

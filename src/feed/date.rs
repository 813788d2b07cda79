//! Dates as feeds write them: RFC 822 and its relatives, ISO 8601 in all its
//! laxity, and what content systems make up.
//!
//! One reading for all: the text is split into words and numbers, and each says
//! what it can only be. A number beyond its range rolls over (31 June is 1 July), as
//! `mktime` does. What to believe of the result is for `engine`.

use super::zone::{month_of, offset_of, weekday_of};
use jiff::civil::{Date, ISOWeekDate, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use memchr::memchr2;
use std::borrow::Cow;

/// The longest text that is looked at, in bytes; dates are shorter.
const LONGEST: usize = 120;

/// Reads a date. Without a time it is midnight; without a zone, or in one that
/// has an unknown name, it is UTC.
pub(super) fn parse(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if text.len() > LONGEST {
        return None;
    }
    epoch(text).or_else(|| {
        let text = without_comments(text);
        let (date, rest) = Parts::iso(&text).unwrap_or_else(|| (Parts::default(), &text));
        date.words(rest).timestamp()
    })
}

/// Seconds or milliseconds since 1970.
fn epoch(text: &str) -> Option<Timestamp> {
    let number: i64 = text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok())??;
    match text.len() {
        9 | 10 => Timestamp::from_second(number).ok(),
        13 => Timestamp::from_millisecond(number).ok(),
        _ => None,
    }
}

/// RFC 822 allows comments in parentheses, nested and with escapes.
fn without_comments(text: &str) -> Cow<'_, str> {
    if memchr2(b'(', b'\\', text.as_bytes()).is_none() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let (mut depth, mut is_escaped) = (0_u32, false);
    for c in text.chars() {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '(' => depth += 1,
            ')' if depth > 0 => depth -= 1,
            _ if depth == 0 => out.push(c),
            _ => {}
        }
    }
    Cow::Owned(out)
}

/// What has been read of a date so far.
#[derive(Debug, Clone, Default)]
struct Parts {
    year: Option<i16>,
    month: Option<i8>,
    day: Option<u8>,
    /// Numbers that may be a day, a month or a year, with what stood before each.
    numbers: Vec<(u32, u8)>,
    weekday: Option<Weekday>,
    time: Option<Clock>,
    /// Half a day to add, or 12 o'clock to take as 0.
    half: Option<Half>,
    /// Seconds east of UTC.
    offset: Option<i64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Half {
    Morning,
    Afternoon,
}

/// A time of day.
#[derive(Debug, Clone, Copy, Default)]
struct Clock {
    hour: u32,
    minute: u32,
    second: u32,
    nanosecond: i32,
}

impl Parts {
    /// A date that begins with its year: `2003-12-31`, `2003-12`, `20031231`,
    /// `2003-365`, `03-12-31`; and what follows it.
    fn iso(text: &str) -> Option<(Self, &str)> {
        let (year, rest) = digits(text)?;
        let mut parts = Self::default();
        match year.len() {
            4 => parts.year = year.parse().ok(),
            8 | 12 | 14 if looks_packed(year) => return Self::packed(year, rest),
            2 if rest.starts_with('-') => parts.year = Some(full_year(year.parse().ok()?)),
            _ => return None,
        }
        let week = rest.strip_prefix('-').unwrap_or(rest).strip_prefix(['W', 'w']);
        if let Some(week) = week.filter(|_| year.len() == 4) {
            // No other reading of it is right.
            return Some(Self::week(parts.year?, week).unwrap_or_default());
        }
        let Some(rest) = rest.strip_prefix(['-', '/', '.']) else {
            return (rest.is_empty() || rest.starts_with(['T', 't'])).then_some((parts, rest));
        };
        let Some((month, rest)) = digits(rest) else { return Self::named(parts, rest) };
        if month.len() == 3 {
            parts.month = Some(1);
            parts.day = None;
            parts.numbers.push((month.parse().ok()?, b'o'));
            return Some((parts, rest));
        }
        parts.month = Some(month.parse().ok()?);
        match rest.strip_prefix(['-', '/', '.']).and_then(digits) {
            Some((day, rest)) if day.len() <= 2 => {
                parts.day = day.parse().ok();
                Some((parts, rest))
            }
            // `07-01` may be anything.
            _ => (year.len() == 4).then_some((parts, rest)),
        }
    }

    /// What follows the `W` of `2003-W52-3`, `2003-W52` or `2003W523`.
    fn week(year: i16, text: &str) -> Option<(Self, &str)> {
        let (week, rest) = digits(text)?;
        let (week, day, rest) = match (week.len(), rest.strip_prefix('-').and_then(digits)) {
            (2, Some((day, rest))) if day.len() == 1 => (week, day, rest),
            (2, _) => (week, "1", rest),
            (3, _) => (week.get(..2)?, week.get(2..)?, rest),
            _ => return None,
        };
        let weekday = Weekday::from_monday_one_offset(day.parse().ok()?).ok()?;
        let date = ISOWeekDate::new(year, week.parse().ok()?, weekday).ok()?.date();
        let day = u8::try_from(date.day()).ok()?;
        Some((Self { year: Some(date.year()), month: Some(date.month()), day: Some(day), ..Self::default() }, rest))
    }

    /// `2003-december-31`.
    fn named(mut parts: Self, rest: &str) -> Option<(Self, &str)> {
        let (month, rest) = rest.split_once('-')?;
        parts.month = Some(month_of(&month.to_lowercase())?);
        let (day, rest) = digits(rest)?;
        parts.day = day.parse().ok();
        Some((parts, rest))
    }

    /// `20031231`, `200312311830` and `20031231183002`.
    fn packed<'a>(all: &str, rest: &'a str) -> Option<(Self, &'a str)> {
        let number = |from: usize, to: usize| all.get(from..to).and_then(|part| part.parse::<u32>().ok());
        let clock = number(8, 10).zip(number(10, 12)).map(|(hour, minute)| Clock {
            hour,
            minute,
            second: number(12, 14).unwrap_or(0),
            nanosecond: 0,
        });
        let parts = Self {
            year: all.get(..4)?.parse().ok(),
            month: all.get(4..6)?.parse().ok(),
            day: all.get(6..8)?.parse().ok(),
            time: clock,
            ..Self::default()
        };
        Some((parts, rest))
    }

    /// Reads everything else, word by word.
    fn words(mut self, mut rest: &str) -> Self {
        let mut before = b' ';
        while let Some(first) = rest.chars().next() {
            let taken = match first {
                '0'..='9' => self.number(rest, before),
                '+' | '-' | '−' if self.time.is_some() => self.signed(rest),
                _ if first.is_alphabetic() => self.word(rest),
                _ => first.len_utf8(),
            };
            let (read, after) = rest.split_at(taken.clamp(first.len_utf8(), rest.len()));
            before = read.bytes().last().unwrap_or(b' ');
            rest = after;
        }
        self
    }

    /// A time, or a number whose meaning is settled at the end; returns its length.
    fn number(&mut self, text: &str, before: u8) -> usize {
        if self.time.is_none()
            && let Some((clock, length)) = Clock::read(text, self.is_dated() && matches!(before, b'T' | b't'))
        {
            self.time = Some(clock);
            return length;
        }
        let is_dated = self.numbers.len() >= if self.month.is_some() { 2 } else { 3 };
        if self.time.is_none()
            && (is_dated || self.is_dated())
            && let Some((clock, length)) = Clock::dotted(text)
        {
            self.time = Some(clock);
            return length;
        }
        let Some((digits, _)) = digits(text) else { return 1 };
        if self.time.is_none() && digits.len() == 4 && is_dated {
            // `03 Apr 02 1500 GMT`
            let number: u32 = digits.parse().unwrap_or(0);
            self.time = Some(Clock { hour: number / 100, minute: number % 100, ..Clock::default() });
        } else if let Ok(number) = digits.parse()
            && self.numbers.len() < 4
        {
            let kind = if digits.len() == 4 { b'y' } else { before };
            self.numbers.push((number, kind));
        }
        digits.len()
    }

    fn is_dated(&self) -> bool {
        self.year.is_some()
    }

    /// An offset from UTC; returns its length.
    fn signed(&mut self, text: &str) -> usize {
        let sign_length = text.chars().next().map_or(1, char::len_utf8);
        let (sign, rest) = text.split_at(sign_length);
        let Some((hours, tail)) = digits(rest) else { return sign_length };
        let (hours, minutes, length) =
            match (hours.len(), tail.strip_prefix(':').and_then(digits).filter(|(minutes, _)| minutes.len() <= 2)) {
                (1 | 2, Some((minutes, _))) => (hours, minutes, hours.len() + 1 + minutes.len()),
                (1 | 2, None) => (hours, "0", hours.len()),
                (3 | 4, _) => {
                    let (head, minutes) = hours.split_at(hours.len() - 2);
                    (head, minutes, hours.len())
                }
                // A year after a hyphen, or nonsense.
                _ => return sign_length,
            };
        let seconds = hours.parse().unwrap_or(0_i64) * 3600 + minutes.parse().unwrap_or(0_i64) * 60;
        self.offset.get_or_insert(if sign == "+" { seconds } else { -seconds });
        sign_length + length
    }

    /// A month, a weekday, a half of the day or a zone; returns its length.
    fn word(&mut self, text: &str) -> usize {
        let length = text.find(|c: char| !c.is_alphabetic() && c != '.').unwrap_or(text.len());
        let word = text.get(..length).unwrap_or_default().trim_end_matches('.');
        let lower = word.to_lowercase();
        match lower.as_str() {
            "am" | "a.m" | "오전" => self.half = Some(Half::Morning),
            "pm" | "p.m" | "오후" => self.half = Some(Half::Afternoon),
            "gmt" | "utc" if text.get(length..).is_some_and(|rest| rest.starts_with(['+', '-'])) => {
                return length + self.signed(text.get(length..).unwrap_or_default());
            }
            _ => self.name(&lower),
        }
        length.max(1)
    }

    fn name(&mut self, lower: &str) {
        if let Some(weekday) = weekday_of(lower) {
            self.weekday = Some(weekday);
        } else if self.time.is_some()
            && let Some(offset) = offset_of(lower)
        {
            self.offset.get_or_insert(offset);
        } else if let Some(month) = month_of(lower) {
            // French and Spanish Tuesdays (`mar.`) look like March; a real month follows them.
            self.month = Some(month);
        }
    }

    fn timestamp(mut self) -> Option<Timestamp> {
        self.settle()?;
        let months = i16::from(self.month?).checked_sub(1).filter(|months| *months >= 0)?;
        let month = i8::try_from(months % 12 + 1).ok()?;
        let first = Date::new(self.year?.checked_add(months / 12)?, month, 1).ok()?;
        let midnight = TimeZone::UTC.to_timestamp(first.at(0, 0, 0, 0)).ok()?;
        let clock = self.time.unwrap_or_default();
        let hour = match self.half {
            Some(Half::Afternoon) if clock.hour < 12 => clock.hour + 12,
            Some(Half::Morning) if clock.hour == 12 => 0,
            _ => clock.hour,
        };
        let seconds = i64::from(hour * 3600 + clock.minute * 60 + clock.second) - self.offset.unwrap_or(0);
        let days = i64::from(self.ordinal().unwrap_or(u32::from(self.day.unwrap_or(1)))) - 1;
        midnight.checked_add(SignedDuration::new(days * 86_400 + seconds, clock.nanosecond)).ok()
    }

    /// The day of the year, where that is what stood there.
    fn ordinal(&self) -> Option<u32> {
        self.numbers.iter().find_map(|&(number, kind)| (kind == b'o' && (1..=366).contains(&number)).then_some(number))
    }

    /// Decides which number is what, where their places have not said it.
    fn settle(&mut self) -> Option<()> {
        if self.year.is_some() && self.month.is_some() {
            return (self.day != Some(0)).then_some(());
        }
        if self.year.is_some() && self.numbers.is_empty() {
            self.month = Some(1);
            return Some(());
        }
        let numbers = std::mem::take(&mut self.numbers);
        match (self.month, numbers.as_slice()) {
            (Some(_), &[(year, b'y'), (day, _), ..] | &[(day, _), (year, _), ..]) => self.set(day, year),
            (Some(_), &[(year, b'y')]) => self.set(1, year),
            (None, &[(year, b'y'), (month, _), (day, _), ..]) => {
                self.month = i8::try_from(month).ok();
                self.set(day, year)
            }
            (None, &[(first, _), (second, separator), (year, _), ..]) => {
                let (day, month) = self.order(first, second, separator, year);
                self.month = i8::try_from(month).ok();
                self.set(day, year)
            }
            _ => None,
        }
    }

    fn set(&mut self, day: u32, year: u32) -> Option<()> {
        self.day = Some(u8::try_from(day).ok().filter(|day| (1..=31).contains(day))?);
        self.year = Some(full_year(i16::try_from(year).ok()?));
        Some(())
    }

    /// Day and month of a date in numbers alone. Dots and spaces mean the day
    /// comes first; slashes may mean either, so the weekday decides where one is
    /// given, and otherwise the American order.
    fn order(&self, first: u32, second: u32, separator: u8, year: u32) -> (u32, u32) {
        if first > 12 || separator != b'/' && second <= 12 {
            return (first, second);
        }
        let is_right = |day: u32, month: u32| {
            let year = full_year(i16::try_from(year).ok()?);
            let date = Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
            Some(Some(date.weekday()) == self.weekday)
        };
        if is_right(first, second) == Some(true) { (first, second) } else { (second, first) }
    }
}

impl Clock {
    /// `18.30` and `18.30.02`, and its length.
    fn dotted(text: &str) -> Option<(Self, usize)> {
        let (hour, rest) = two_digits(text)?;
        let (minute, rest) = two_digits(rest.strip_prefix('.')?)?;
        let (second, rest) = rest.strip_prefix('.').and_then(two_digits).unwrap_or((0, rest));
        let is_time = hour <= 24 && minute < 60 && second <= 60;
        is_time.then_some((Self { hour, minute, second, nanosecond: 0 }, text.len() - rest.len()))
    }

    /// `18:30`, `8:3:02.25`, and after a `T` also `183002`; and its length.
    fn read(text: &str, may_be_packed: bool) -> Option<(Self, usize)> {
        let (hour, rest) = digits(text)?;
        if may_be_packed && matches!(hour.len(), 4 | 6) && !rest.starts_with(':') {
            let part = |from| hour.get(from..from + 2).and_then(|part| part.parse().ok()).unwrap_or(0);
            let clock = Self { hour: part(0), minute: part(2), second: part(4), nanosecond: 0 };
            return Some((clock, hour.len()));
        }
        if hour.len() > 2 {
            return None;
        }
        let (minute, rest) = digits(rest.strip_prefix(':')?).filter(|(minute, _)| minute.len() <= 2)?;
        let mut clock = Self { hour: hour.parse().ok()?, minute: minute.parse().ok()?, ..Self::default() };
        let Some((second, mut rest)) = rest.strip_prefix(':').and_then(digits).filter(|(second, _)| second.len() <= 2)
        else {
            return Some((clock, text.len() - rest.len()));
        };
        clock.second = second.parse().ok()?;
        if let Some((fraction, after)) = rest.strip_prefix(['.', ',']).and_then(digits) {
            let nine = format!("{fraction:0<9}");
            clock.nanosecond = nine.get(..9).and_then(|nine| nine.parse().ok()).unwrap_or(0);
            rest = after;
        }
        Some((clock, text.len() - rest.len()))
    }
}

/// Digits, one or two.
fn two_digits(text: &str) -> Option<(u32, &str)> {
    let (digits, rest) = digits(text).filter(|(digits, _)| digits.len() <= 2)?;
    Some((digits.parse().ok()?, rest))
}

/// The digits that `text` begins with, and what follows them.
fn digits(text: &str) -> Option<(&str, &str)> {
    let length = text.bytes().position(|b| !b.is_ascii_digit()).unwrap_or(text.len());
    text.split_at_checked(length).filter(|(digits, _)| !digits.is_empty())
}

fn looks_packed(digits: &str) -> bool {
    matches!(digits.get(..2), Some("19" | "20"))
}

/// Two-digit years, as RFC 5322 (section 4.3) reads them.
fn full_year(year: i16) -> i16 {
    match year {
        0..50 => year + 2000,
        50..100 => year + 1900,
        _ => year,
    }
}

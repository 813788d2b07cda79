//! When a file sink begins a new file, and what the one before is called then:
//! `alerts.jsonl-20261124T021504.123Z`, with `.gz` where it is compressed.
//!
//! The name is the time (UTC) at which the file was put aside, and always later
//! than every name before: the order of the names is that of the lines, also
//! when the clock is put back. A name never changes, as numbers that count up
//! from the newest file would, so that whatever copies these files copies each once.

use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// `rotate`, `keep` and `compress`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rotation {
    /// When a new file is begun.
    pub when: When,
    /// How many files beside the newest stay; `None`: all.
    pub keep: Option<usize>,
    /// Whether those files are compressed.
    pub compress: bool,
}

/// When a new file is begun: always before a write, never with nothing to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Before the file would grow beyond so many bytes. A longer line has a file of its own.
    Size(u64),
    /// Before the first line of a new period of this length. Periods are counted from a
    /// Monday, 00:00 UTC: "1d" is a day, "1w" a week from Monday on.
    Every(Duration),
}

/// A Monday, 00:00 UTC, in milliseconds since 1970.
const MONDAY: i64 = 4 * 24 * 3_600_000;

impl When {
    /// Whether a file that is `length` bytes long and was written last at `written` is put
    /// aside before `next` bytes are written to it at `now`.
    #[must_use]
    pub fn is_due(self, length: u64, written: Timestamp, next: u64, now: Timestamp) -> bool {
        length > 0
            && match self {
                Self::Size(most) => length.saturating_add(next) > most,
                Self::Every(span) => period(written, span) < period(now, span),
            }
    }

    /// How many lines of these lengths are written at once after `offset` bytes: one at least.
    #[must_use]
    pub fn fitting(self, offset: u64, lengths: impl Iterator<Item = u64>) -> usize {
        let Self::Size(most) = self else { return lengths.count() };
        let ends = lengths.scan(offset, |end, length| {
            *end = end.saturating_add(length);
            Some(*end)
        });
        ends.take_while(|end| *end <= most).count().max(1)
    }
}

/// Which period a time lies in.
fn period(time: Timestamp, span: Duration) -> i64 {
    let span = i64::try_from(span.as_millis()).unwrap_or(i64::MAX).max(1);
    time.as_millisecond().saturating_sub(MONDAY).div_euclid(span)
}

/// How a file stands that was put aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Forms {
    /// As it was written.
    pub(super) plain: bool,
    /// Compressed, whole.
    pub(super) gzip: bool,
    /// Half compressed.
    pub(super) unfinished: bool,
}

/// What the names of the three end with, after the time.
pub(super) const PLAIN: &str = "";
pub(super) const GZIP: &str = ".gz";
pub(super) const UNFINISHED: &str = ".gz.tmp";

/// The files that were put aside for the one at `path`, oldest first.
pub(super) fn put_aside(path: &Path) -> io::Result<BTreeMap<Timestamp, Forms>> {
    let mut found: BTreeMap<Timestamp, Forms> = BTreeMap::new();
    for entry in fs::read_dir(super::folder(path))? {
        let Some((time, suffix)) = read_name(&entry?.file_name(), path) else { continue };
        let forms = found.entry(time).or_default();
        match suffix {
            PLAIN => forms.plain = true,
            GZIP => forms.gzip = true,
            _ => forms.unfinished = true,
        }
    }
    Ok(found)
}

/// Whether a file name is one that [`put_aside`] finds.
pub(super) fn is_ours(name: &OsStr, path: &Path) -> bool {
    read_name(name, path).is_some()
}

/// The name for the file at `path` when it is put aside at `now`.
pub(super) fn next_name(path: &Path, now: Timestamp) -> io::Result<PathBuf> {
    let latest = put_aside(path)?.into_keys().next_back();
    let after = latest.and_then(|latest| latest.checked_add(SignedDuration::from_millis(1)).ok());
    Ok(name(path, after.map_or(now, |after| after.max(now)), PLAIN))
}

/// The name of the file that was put aside at a time.
pub(super) fn name(path: &Path, time: Timestamp, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!("-{}{suffix}", stamp(time)));
    name.into()
}

/// `20261124T021504.123Z`: ISO 8601, to the millisecond.
fn stamp(time: Timestamp) -> String {
    time.strftime("%Y%m%dT%H%M%S.%3fZ").to_string()
}

fn read_name(name: &OsStr, path: &Path) -> Option<(Timestamp, &'static str)> {
    let base = path.file_name()?.as_encoded_bytes();
    let rest = name.as_encoded_bytes().strip_prefix(base)?.strip_prefix(b"-")?;
    let rest = std::str::from_utf8(rest).ok()?;
    let (text, suffix) = [UNFINISHED, GZIP, PLAIN].into_iter().find_map(|it| Some((rest.strip_suffix(it)?, it)))?;
    let time: Timestamp = text.parse().ok()?;
    // Other ways to write the same time are names of somebody else.
    (stamp(time) == text).then_some((time, suffix))
}

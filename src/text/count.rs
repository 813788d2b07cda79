//! Numbers of things, in words.

/// `1 feed`, `2 feeds`; `1 entity`, `2 entities`. `noun` is that of one.
///
/// ```
/// use newswatch::text::count::count;
/// assert_eq!(count(1_u64, "entity"), "1 entity");
/// assert_eq!(count(2_u64, "entity"), "2 entities");
/// assert_eq!(count(0_u64, "day"), "0 days");
/// ```
#[must_use]
pub fn count(number: impl TryInto<u64>, noun: &str) -> String {
    let number = number.try_into().unwrap_or(u64::MAX);
    if number == 1 {
        return format!("1 {noun}");
    }
    match noun.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'i', 'o', 'u']) => format!("{number} {stem}ies"),
        _ => format!("{number} {noun}s"),
    }
}

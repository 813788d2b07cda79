//! Feeds in local files, read whole with the cap.

use std::io::{self, Read};

/// Reads at most `max` bytes; `None` where there are more.
pub fn read_capped(from: impl Read, max: u64) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    from.take(max.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= max).then_some(bytes))
}

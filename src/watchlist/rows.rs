//! Lists by dense number, in two buffers: a million lists cost one offset each.

/// Row by row; rows are dense from 0.
#[derive(Debug, Clone)]
pub(super) struct Rows<T> {
    values: Vec<T>,
    ends: Vec<u32>,
}

impl<T> Default for Rows<T> {
    fn default() -> Self {
        Self { values: Vec::new(), ends: Vec::new() }
    }
}

impl<T: Ord> Rows<T> {
    /// Collects pairs of row and value; each row is sorted and without duplicates.
    pub(super) fn new(mut pairs: Vec<(u32, T)>) -> Self {
        pairs.sort_unstable();
        pairs.dedup();
        let mut rows = Self::default();
        rows.values.reserve_exact(pairs.len());
        for (row, value) in pairs {
            let end = u32::try_from(rows.values.len()).unwrap_or(u32::MAX);
            while rows.ends.len() <= row as usize {
                rows.ends.push(end);
            }
            rows.values.push(value);
            if let Some(last) = rows.ends.last_mut() {
                *last = end.saturating_add(1);
            }
        }
        rows.ends.shrink_to_fit();
        rows
    }

    /// The values of a row; none where there is no such row.
    pub(super) fn get(&self, row: u32) -> &[T] {
        let row = row as usize;
        let start = row.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        let end = self.ends.get(row).copied().unwrap_or(start);
        self.values.get(start as usize..end as usize).unwrap_or_default()
    }
}

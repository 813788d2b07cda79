//! A compiled condition and its evaluation over the occurrences of one item.

/// What a condition comes to. The order is that of three-valued logic: `AND` is
/// the least, `OR` the greatest. A rule fires unless it is `False`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Truth {
    /// It does not hold.
    False,
    /// It depends on a feed or language that is not known, and passes.
    Unchecked,
    /// It holds.
    True,
}

//! A compiled condition and its evaluation over the occurrences of one item.

//! Identity, stories and decisions, with plain values.

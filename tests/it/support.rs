//! Servers and helpers that several subjects use.

//! What counts as an occurrence of a term.

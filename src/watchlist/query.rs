//! The rule language: a `when` string in, an [`Expr`] out, or every error with
//! the characters it is about. Knows the grammar, not what names mean.

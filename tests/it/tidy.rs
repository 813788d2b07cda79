//! The house rules: layers, headers, sizes.

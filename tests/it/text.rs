//! Folding, offsets, boundaries, HTML to text.

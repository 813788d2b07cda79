//! Folding, offsets, boundaries, HTML to text.

mod folding;
mod segments;

//! Text, before anyone looks for anything in it: folding with exact offsets
//! back to the original, word boundaries, sentence and paragraph breaks, and
//! HTML to plain text. Pure: no I/O, no clock, no panic on any input.

pub mod boundary;
pub mod chars;
pub mod count;
pub mod fold;
pub mod html;
pub mod scan;
pub mod segment;
pub mod windows_1252;

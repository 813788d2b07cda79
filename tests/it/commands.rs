//! The commands of the real binary: what they print, and their exit status.

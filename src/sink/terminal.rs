//! Text that is safe on a terminal and fits it.

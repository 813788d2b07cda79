//! Loads what is known that matters for one poll.

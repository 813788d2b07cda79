//! Why a rule fired, or did not: the tree of its condition with each node true
//! or false, and what nearly matched.

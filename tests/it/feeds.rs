//! The reader, over samples and goldens.

mod corpus;
mod faults;

//! The reader, over samples and goldens.

mod corpus;
mod dates;
mod faults;
mod hostile;
mod html;
mod outlines;
mod samples;

//! The reader, over samples and goldens.

mod corpus;
mod dates;
mod faults;
mod fields;
mod hostile;
mod html;
mod json;
mod oracle;
mod outlines;
mod samples;
mod tokenizer;

//! The reader, over samples and goldens.

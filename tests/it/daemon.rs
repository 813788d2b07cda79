//! The daemon against in-process servers, with faults.

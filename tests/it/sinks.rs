//! Sinks: bytes, signatures, files, faults.

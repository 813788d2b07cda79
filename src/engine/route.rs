//! Which sinks take an alert.

//! Good and bad configurations, with their exact diagnostics.

//! The HTTP client against in-process servers.

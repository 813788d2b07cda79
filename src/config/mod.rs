//! Configuration: what the TOML says, what the daemon runs on, what a person
//! sees when something is wrong.

pub mod secret;

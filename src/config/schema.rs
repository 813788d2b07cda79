//! JSON Schema of configuration and watchlist files, for editors: made from the
//! declarations that read them.

use super::file::Root;
use super::watchlist::Watchlist;
use schemars::generate::SchemaSettings;
use serde_json::Value;

/// The schema of `newswatch.toml` and the configuration files that it includes.
#[must_use]
pub fn config() -> Value {
    SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Root>().to_value()
}

/// The schema of a watchlist file.
#[must_use]
pub fn watchlist() -> Value {
    SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Watchlist>().to_value()
}

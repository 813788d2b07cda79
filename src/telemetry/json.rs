//! The log for programs: one JSON object a line, each with `timestamp` (RFC 3339, UTC,
//! milliseconds), `level`, `target`, `message` and `fields`. What a terminal would obey is
//! escaped, so that the lines can be looked at, too.

use super::is_unsafe;
use serde_json::{Map, Value};
use std::fmt::{self, Write as _};
use tracing::field::{Field, Visit};
use tracing::{Event, Level};

/// An event as one line, without its end.
pub(super) fn event(event: &Event<'_>) -> String {
    let mut fields = Fields::default();
    event.record(&mut fields);
    let metadata = event.metadata();
    line(*metadata.level(), metadata.target(), &fields.message, &fields.rest.into())
}

/// One line, without its end; `fields` is an object.
pub(super) fn line(level: Level, target: &str, message: &str, fields: &Value) -> String {
    let document = serde_json::json!({
        "timestamp": format!("{:.3}", crate::daemon::clock::now()),
        "level": level.as_str(),
        "target": target,
        "message": message,
        "fields": fields,
    });
    let mut out = String::new();
    for c in document.to_string().chars() {
        // Outside of strings there is none; none is beyond U+FFFF.
        if is_unsafe(c) {
            let _ = write!(out, "\\u{:04x}", u32::from(c));
        } else {
            out.push(c);
        }
    }
    out
}

/// Collects an event's fields; numbers and truth values stay what they are.
#[derive(Default)]
struct Fields {
    message: String,
    rest: Map<String, Value>,
}

impl Fields {
    fn put(&mut self, field: &Field, value: Value) {
        self.rest.insert(field.name().to_owned(), value);
    }
}

impl Visit for Fields {
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value.into());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value.into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            value.clone_into(&mut self.message);
        } else {
            self.put(field, value.into());
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.record_str(field, &format!("{value:?}"));
    }
}

//! The templates: part of the binary, compiled once. What they print is escaped, and
//! freed of what would make a text look like another one.

use super::super::problem::Problem;
use super::assets;
use crate::sink::terminal::is_unsafe;
use axum::http::StatusCode;
use axum::response::Html;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, Error, Output, State, UndefinedBehavior, Value, escape_formatter};
use serde::Serialize;
use std::sync::LazyLock;
use tracing::error;

macro_rules! templates {
    ($($name:literal)*) => { [$(($name, include_str!(concat!("templates/", $name)))),*] };
}

const TEMPLATES: [(&str, &str); 18] = templates! {
    "alert.html" "alerts.html" "chart.html" "checked.html" "confirm.html" "deliveries.html" "enter.html"
    "explained.html" "feeds.html" "layout.html" "problem.html" "row.html" "silences.html" "tested.html" "try.html"
    "watchlist.html" "watchlists.html" "why.html"
};

static ENVIRONMENT: LazyLock<Result<Environment<'static>, Error>> = LazyLock::new(environment);

fn environment() -> Result<Environment<'static>, Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_formatter(write);
    environment.add_filter("grouped", grouped);
    environment.add_filter("size", size);
    environment.add_global("style", assets::STYLE.address());
    environment.add_global("script", assets::SCRIPT.address());
    environment.add_global("icon", assets::ICON.address());
    environment.add_global("codemirror", assets::CODEMIRROR.address());
    environment.add_global("try_script", assets::TRY.address());
    environment.add_global("version", env!("CARGO_PKG_VERSION"));
    for (name, source) in TEMPLATES {
        environment.add_template(name, source)?;
    }
    Ok(environment)
}

/// Prints a value, escaped unless a template made it.
fn write(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    match value.as_str().filter(|text| !value.is_safe() && text.contains(is_hidden)) {
        Some(text) => escape_formatter(out, state, &Value::from(text.replace(is_hidden, ""))),
        None => escape_formatter(out, state, value),
    }
}

/// A number as people read it: `1,204,711`.
pub(super) fn grouped(number: u64) -> String {
    let mut grouped = number.to_string();
    let mut place = grouped.len();
    while place > 3 {
        place -= 3;
        grouped.insert(place, ',');
    }
    grouped
}

/// Bytes as people read them: `1.2 MB`.
fn size(bytes: u64) -> String {
    let units = ["B", "kB", "MB", "GB", "TB"];
    let (mut tenths, mut unit) = (bytes.saturating_mul(10), 0);
    while tenths >= 10_000 && unit + 1 < units.len() {
        tenths /= 1000;
        unit += 1;
    }
    let (whole, tenth) = (tenths / 10, tenths % 10);
    let part = if whole < 10 && tenth > 0 { format!(".{tenth}") } else { String::new() };
    format!("{}{part} {}", grouped(whole), units.get(unit).unwrap_or(&"B"))
}

/// Whether a character controls how others are shown.
fn is_hidden(c: char) -> bool {
    is_unsafe(c) && c != '\n' && c != '\t'
}

/// HTML that a template made.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(super) struct Markup(Value);

/// What a template makes of a view.
///
/// # Errors
/// Where the template and the view do not fit: a mistake of ours.
pub(super) fn part(name: &str, view: &impl Serialize) -> Result<String, Problem> {
    let rendered = match &*ENVIRONMENT {
        Ok(environment) => environment.get_template(name).and_then(|template| template.render(Serde(view))),
        Err(error) => return Err(broken(name, error)),
    };
    rendered.map_err(|error| broken(name, &error))
}

fn broken(name: &str, error: &Error) -> Problem {
    error!(template = name, error = format!("{error:#}"), "a page could not be made");
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "this page could not be made; the log says why")
}

impl Markup {
    /// [`part`], to be printed by another template as it is.
    ///
    /// # Errors
    /// As there.
    pub(super) fn of(name: &str, view: &impl Serialize) -> Result<Self, Problem> {
        part(name, view).map(|html| Self(Value::from_safe_string(html)))
    }

    /// A text with every character of it: what is edited must not lose those that are not seen,
    /// and the editor shows them.
    pub(super) fn verbatim(text: &str) -> Self {
        Self(Value::from_safe_string(text.replace('&', "&amp;").replace('<', "&lt;")))
    }

    /// As it is sent by itself.
    pub(super) fn html(&self) -> String {
        self.0.to_string()
    }
}

/// Where in the whole a page is.
#[derive(Debug, Serialize)]
pub(super) struct Place<'a> {
    title: &'a str,
    /// The part of the navigation that it belongs to.
    here: &'a str,
    /// Whether somebody can sign out.
    signed_in: bool,
}

impl<'a> Place<'a> {
    /// A page that belongs to no part of the navigation.
    pub(super) fn new(title: &'a str) -> Self {
        Self { title, here: "", signed_in: false }
    }

    /// A page that is, or belongs to, a part of the navigation.
    pub(super) fn at(here: &'a str, title: &'a str, signed_in: bool) -> Self {
        Self { title, here, signed_in }
    }
}

/// A whole page: what the template makes of the view, in the layout.
///
/// # Errors
/// See [`part`].
pub(super) fn page(place: Place<'_>, name: &str, view: &impl Serialize) -> Result<Html<String>, Problem> {
    #[derive(Serialize)]
    struct Whole<'a> {
        place: Place<'a>,
        content: Value,
    }
    let content = Value::from_safe_string(part(name, view)?);
    part("layout.html", &Whole { place, content }).map(Html)
}

//! Templates: a webhook's body as the operator writes it, in the language of
//! [minijinja](https://docs.rs/minijinja/latest/minijinja/syntax/). What a template prints
//! is escaped for its target, and what is not there is an error and never an empty text.
//! A template is tried on sample alerts before it is used.

use super::body::Original;
use super::message::Message;
use super::preset::html::Matrix;
use super::preset::markup::{Markdown, Markup};
use super::preset::slack::Mrkdwn;
use super::preset::text_of;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, Error, Output, State, UndefinedBehavior, Value, escape_formatter};
use serde::Serialize;
use std::fmt;
use std::ops::Range;
use url::form_urlencoded;

/// A compiled template. `Debug` shows its name.
pub struct Template {
    /// How it is called in messages: its path.
    name: String,
    source: String,
    environment: Environment<'static>,
    content_type: String,
    escape: Escape,
}

/// What is wrong with a template, or with what it made of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The bytes of the template that it is about; `None`: all of it.
    pub place: Option<Range<usize>>,
    /// What is wrong, without a final stop.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

/// How what a template prints is escaped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Escape {
    /// Every value is a JSON value.
    Json,
    /// HTML and XML.
    Html,
    /// Markdown.
    Markdown,
    /// A value of a form (`application/x-www-form-urlencoded`).
    Form,
    /// Plain text: as it is.
    Text,
}

/// The name of the one template in its environment.
const NAME: &str = "template";

/// Alerts that every template must be able to render: one with all that an alert can have,
/// one with as little as it can have.
const SAMPLES: [(&str, &str); 2] = [
    ("a sample alert", include_str!("template/full.json")),
    ("a sample alert without matches, link, date and text", include_str!("template/bare.json")),
];

/// A digest of both.
const DIGEST: &str = include_str!("template/digest.json");

/// What newswatch tells of itself.
const EVENTS: [&str; 2] = [include_str!("template/feeds-failing.json"), include_str!("template/sink-recovered.json")];

impl Template {
    /// Compiles a template. `name` is its path; its ending (`.html.j2`) says how to escape,
    /// else the media type does.
    ///
    /// # Errors
    /// Where it is no template.
    pub fn compile(name: &str, source: String, content_type: Option<&str>) -> Result<Self, Fault> {
        let of_name = Escape::of_name(name);
        let escape = of_name.or_else(|| content_type.map(Escape::of_media_type)).unwrap_or(Escape::Json);
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(move |_| escape.in_minijinja());
        environment.set_formatter(write);
        environment.add_filter("slack", |text: &str| Mrkdwn.escaped(text));
        environment.add_filter("markdown", |text: &str| MARKDOWN.escaped(text));
        environment.add_filter("html", |text: &str| Matrix.escaped(text));
        environment.add_template_owned(NAME, source.clone()).map_err(|error| Fault::of(&error))?;
        let content_type = content_type.unwrap_or_else(|| escape.media_type()).to_owned();
        Ok(Self { name: name.to_owned(), source, environment, content_type, escape })
    }

    /// Renders the sample alerts.
    ///
    /// # Errors
    /// The first fault that an alert would meet.
    pub fn try_out(&self) -> Result<(), Fault> {
        for (what, sample) in SAMPLES {
            self.render(&Original::new(sample.as_bytes()))
                .map_err(|fault| Fault { message: format!("{} (tried on {what})", fault.message), ..fault })?;
        }
        Ok(())
    }

    /// Renders a sample digest.
    ///
    /// # Errors
    /// What a digest would meet.
    pub fn try_digest(&self) -> Result<(), Fault> {
        self.render(&Original::new(DIGEST.as_bytes())).map(drop)
    }

    /// Renders samples of what newswatch tells of itself.
    ///
    /// # Errors
    /// The first fault that they would meet.
    pub fn try_events(&self) -> Result<(), Fault> {
        EVENTS.iter().try_for_each(|event| self.render(&Original::new(event.as_bytes())).map(drop))
    }

    /// The media type of what it makes.
    #[must_use]
    pub fn content_type(&self) -> &str {
        &self.content_type
    }

    /// What it makes of a document.
    pub(super) fn render(&self, document: &Original<'_>) -> Result<Vec<u8>, Fault> {
        let template = self.environment.get_template(NAME).map_err(|error| Fault::of(&error))?;
        let context = Context { document: document.value(), message: Summary::of(document.message()) };
        let body = template.render(Serde(&context)).map_err(|error| Fault::of(&error))?;
        if self.escape == Escape::Json {
            check_json(&body)?;
        }
        Ok(body.into_bytes())
    }

    /// A fault with its place, for people: `desk.j2:3:7: …`.
    pub(super) fn tell(&self, fault: &Fault) -> String {
        let Some(place) = &fault.place else { return format!("{}: {}", self.name, fault.message) };
        let before = self.source.get(..place.start).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        format!("{}:{line}:{column}: {}", self.name, fault.message)
    }
}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Template")
            .field("name", &self.name)
            .field("content_type", &self.content_type)
            .field("escape", &self.escape)
            .finish_non_exhaustive()
    }
}

/// What a template can name: every member of the document, and what it says in short.
#[derive(Serialize)]
struct Context<'d> {
    #[serde(flatten)]
    document: &'d serde_json::Value,
    message: Summary,
}

/// What a document of any type says, for templates that need no more.
#[derive(Serialize)]
struct Summary {
    severity: &'static str,
    heading: String,
    title: String,
    link: Option<String>,
    text: String,
}

impl Summary {
    fn of(message: &Message) -> Self {
        Self {
            severity: message.severity.name(),
            heading: message.heading.clone(),
            title: message.title.text(),
            link: message.link.clone(),
            text: text_of(message),
        }
    }
}

impl Fault {
    fn of(error: &Error) -> Self {
        let kind = error.kind().to_string();
        let message = match error.detail() {
            Some(detail) => format!("{kind}: {detail}"),
            None => kind,
        };
        let undefined = error.kind() == minijinja::ErrorKind::UndefinedError;
        let help = undefined.then(|| {
            "not every document has it: guard it by `{% if … is defined %}`, or give `| default(…)`; \
             `newswatch schema alert` names what an alert has"
                .to_owned()
        });
        Self { place: error.range(), message, help }
    }
}

/// What it made must be JSON where it says so.
fn check_json(body: &str) -> Result<(), Fault> {
    let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(body) else { return Ok(()) };
    let line = body.lines().nth(error.line().saturating_sub(1)).unwrap_or_default();
    Err(Fault {
        place: None,
        message: format!(
            "what it makes is no JSON: {error}, which is: {}",
            super::terminal::shortened(line.trim(), 120)
        ),
        help: Some(
            "`{{ x }}` writes x as a JSON value with its quotes: join texts by `{{ \"News: \" ~ x }}`; for a body \
             that is no JSON, set the Content-Type in the sink's `headers`"
                .to_owned(),
        ),
    })
}

const MARKDOWN: Markdown = Markdown { mark: "**" };

impl Escape {
    /// By the ending before `.j2`, where it is a known one.
    fn of_name(name: &str) -> Option<Self> {
        let stem = [".j2", ".jinja2", ".jinja"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
        match stem.rsplit_once('.')?.1 {
            "json" => Some(Self::Json),
            "html" | "htm" | "xml" => Some(Self::Html),
            "md" => Some(Self::Markdown),
            "txt" => Some(Self::Text),
            _ => None,
        }
    }

    fn of_media_type(media_type: &str) -> Self {
        let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match essence.as_str() {
            "text/html" | "application/xhtml+xml" | "text/xml" | "application/xml" => Self::Html,
            "text/markdown" => Self::Markdown,
            "application/x-www-form-urlencoded" => Self::Form,
            json if json.ends_with("/json") || json.ends_with("+json") => Self::Json,
            xml if xml.ends_with("+xml") => Self::Html,
            _ => Self::Text,
        }
    }

    /// The media type where none is given.
    const fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Html => "text/html; charset=utf-8",
            Self::Markdown => "text/markdown; charset=utf-8",
            Self::Form => "application/x-www-form-urlencoded",
            Self::Text => "text/plain; charset=utf-8",
        }
    }

    const fn in_minijinja(self) -> AutoEscape {
        match self {
            Self::Json => AutoEscape::Json,
            Self::Html => AutoEscape::Html,
            Self::Markdown => AutoEscape::Custom(std::borrow::Cow::Borrowed("markdown")),
            Self::Form => AutoEscape::Custom(std::borrow::Cow::Borrowed("form")),
            Self::Text => AutoEscape::None,
        }
    }
}

/// Prints a value, escaped for the target unless it is `safe`.
fn write(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    let escaped = match state.auto_escape() {
        AutoEscape::Custom(_) if value.is_safe() => value.to_string(),
        AutoEscape::Custom(name) if name == "form" => {
            form_urlencoded::byte_serialize(value.to_string().as_bytes()).collect()
        }
        AutoEscape::Custom(_) => MARKDOWN.escaped(&value.to_string()),
        _ => return escape_formatter(out, state, value),
    };
    out.write_str(&escaped).map_err(Error::from)
}

//! What a sink is sent of a document of the wire format: the document itself, a preset's
//! message, or what a template makes of it. Rendered once, when the delivery is committed.

use super::event;
use super::message::Message;
use super::payload::{CONTENT_TYPE, TextMode};
use super::preset::Preset;
use super::template::Template;
use serde_json::Value;
use std::cell::OnceCell;
use std::sync::Arc;

/// What a sink is sent.
#[derive(Debug, Clone)]
pub enum Body {
    /// The document itself.
    Document(TextMode),
    /// A message in the form of a service.
    Preset(Preset),
    /// What a template makes of it.
    Template(Arc<Template>),
}

impl Default for Body {
    fn default() -> Self {
        Self::Document(TextMode::Full)
    }
}

impl Body {
    /// The bytes for a document; `None`: the document as it is.
    ///
    /// # Errors
    /// Where a template cannot render it: in words, with the place in the template.
    pub fn render(&self, document: &Original<'_>) -> Result<Option<Vec<u8>>, String> {
        match self {
            Self::Document(TextMode::Full) => Ok(None),
            Self::Document(TextMode::Omitted) => Ok(Some(without_text(document.value().clone()))),
            Self::Preset(preset) => Ok(Some(preset.body(document.message()))),
            Self::Template(template) => template.render(document).map(Some).map_err(|fault| template.tell(&fault)),
        }
    }

    /// The media type of these bytes.
    #[must_use]
    pub fn content_type(&self) -> &str {
        match self {
            Self::Document(_) => CONTENT_TYPE,
            Self::Preset(_) => Preset::CONTENT_TYPE,
            Self::Template(template) => template.content_type(),
        }
    }
}

/// A document of the wire format as it is committed: read once at most, however many sinks
/// are sent something of it.
#[derive(Debug)]
pub struct Original<'b> {
    bytes: &'b [u8],
    value: OnceCell<Value>,
    message: OnceCell<Message>,
}

impl<'b> Original<'b> {
    /// The document that these bytes hold, of whatever type.
    #[must_use]
    pub fn new(bytes: &'b [u8]) -> Self {
        Self { bytes, value: OnceCell::new(), message: OnceCell::new() }
    }

    /// Its content; null where it is no JSON, which nothing of ours is.
    pub(super) fn value(&self) -> &Value {
        self.value.get_or_init(|| serde_json::from_slice(self.bytes).unwrap_or_default())
    }

    /// What it says to a person; of a type that is not known, what it is.
    pub(super) fn message(&self) -> &Message {
        self.message.get_or_init(|| match event::parse(self.bytes) {
            Ok(document) => Message::of(&document),
            Err(_) => Message::unknown(self.value()),
        })
    }
}

/// The document without the texts of its items.
fn without_text(mut document: Value) -> Vec<u8> {
    omit(&mut document);
    if let Some(members) = document.pointer_mut("/data/alerts").and_then(Value::as_array_mut) {
        members.iter_mut().for_each(omit);
    }
    document.to_string().into_bytes()
}

fn omit(alert: &mut Value) {
    if let Some(text) = alert.pointer_mut("/data/item/text") {
        *text = Value::Null;
    }
}

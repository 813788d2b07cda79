//! Telegram: `sendMessage` with HTML
//! (<https://core.telegram.org/bots/api#sendmessage>).

use super::{ChatId, html, page};
use crate::sink::message::Message;
use serde_json::{Value, json};

/// UTF-16 code units of a message. Telegram counts them without tags; here they count, too.
const LIMIT: usize = 4096;

pub(super) fn body(message: &Message, chat_id: &ChatId) -> Value {
    let chat_id: Value = match chat_id {
        ChatId::Number(number) => (*number).into(),
        ChatId::Name(name) => name.as_str().into(),
    };
    json!({
        "chat_id": chat_id,
        "text": page(message, &html::Telegram, LIMIT),
        "parse_mode": "HTML",
        "link_preview_options": { "is_disabled": true },
    })
}

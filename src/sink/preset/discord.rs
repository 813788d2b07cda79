//! Discord: one embed, and nobody is called
//! (<https://docs.discord.com/developers/resources/webhook#execute-webhook>).

use super::markup::{Markdown, Page};
use super::{head, rest, with};
use crate::sink::message::Message;
use crate::sink::payload::Severity;
use serde_json::{Value, json};

/// Characters of an embed's title.
const TITLE: usize = 256;
/// Characters of its description. Title and description stay below the 6000 of all embeds.
const DESCRIPTION: usize = 4096;

pub(super) fn body(message: &Message) -> Value {
    // A title is bold by itself.
    let mut title = Page::new(&Markdown { mark: "__" }, TITLE);
    title.line(&message.title);
    let markdown = Markdown { mark: "**" };
    let mut description = Page::new(&markdown, DESCRIPTION);
    description.line(&head(message));
    rest(&mut description, message);
    let embed = json!({
        "title": title.finish(),
        "description": description.finish(),
        "color": colour(message.severity),
    });
    let embed = with(embed, "url", message.link.as_deref());
    let embed = with(embed, "timestamp", message.time.as_deref());
    json!({ "embeds": [embed], "allowed_mentions": { "parse": [] } })
}

/// The bar beside the embed, as RGB.
const fn colour(severity: Severity) -> u32 {
    match severity {
        Severity::Info => 0x95_a5_a6,
        Severity::Low => 0x34_98_db,
        Severity::Medium => 0xf1_c4_0f,
        Severity::High => 0xe6_7e_22,
        Severity::Critical => 0xe7_4c_3c,
    }
}

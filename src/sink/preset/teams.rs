//! Microsoft Teams: an adaptive card for the workflow "when a webhook request is received"
//! (<https://learn.microsoft.com/power-automate/teams/send-a-message-in-teams>). All text
//! stands in `TextRun`s, which know no markup, so there is nothing to escape.

use super::{lead, with};
use crate::sink::message::{Line, Message, Piece, Style};
use crate::sink::payload::Severity;
use serde_json::{Value, json};

/// Bytes of the whole message: Teams takes 28 KB.
const LIMIT: usize = 25_000;

pub(super) fn body(message: &Message) -> Value {
    let mut body = top(message);
    body.extend(message.quotes.iter().map(|quote| block(&runs(quote, &[]))));
    let subtle = [("isSubtle", true.into()), ("size", "Small".into())];
    let facts: Vec<Value> = message.facts.iter().map(|fact| block(&[run(fact, &subtle)])).collect();
    let used = json!([body, facts]).to_string().len();
    body.extend(members(message, LIMIT.saturating_sub(used)));
    body.extend(facts);
    let content = json!({
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "msteams": { "width": "Full" },
        "body": body,
    });
    let read = message.link.as_deref().map(|link| json!([open(link)]));
    let content = with(content, "actions", read);
    json!({
        "type": "message",
        "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "contentUrl": null,
            "content": content,
        }],
    })
}

fn top(message: &Message) -> Vec<Value> {
    let badge = run(&message.badge(), &[("weight", "Bolder".into()), ("color", colour(message.severity).into())]);
    let heading = run(&format!(" · {}", message.heading), &[("isSubtle", true.into())]);
    let title = runs(&message.title, &[("size", "Medium".into()), ("weight", "Bolder".into())]);
    vec![block(&[badge, heading]), block(&title)]
}

/// What a digest collects, as much of it as `left` bytes hold.
fn members(message: &Message, mut left: usize) -> Vec<Value> {
    let mut blocks = Vec::new();
    for (index, member) in message.members.iter().enumerate() {
        let line = block(&line(member));
        let Some(rest) = left.checked_sub(line.to_string().len() + 1) else {
            let more = format!("… and {} more", message.members.len() - index);
            blocks.push(block(&[run(&more, &[])]));
            break;
        };
        left = rest;
        blocks.push(line);
    }
    blocks
}

/// A member of a digest on one line.
fn line(member: &Message) -> Vec<Value> {
    let action = member.link.as_deref().map(|link| ("selectAction", open(link)));
    let mut line = vec![run(&lead(member), &[])];
    line.extend(runs(&member.title, action.as_slice()));
    if !member.feed.is_empty() {
        line.push(run(&format!(" ({})", member.feed), &[("isSubtle", true.into())]));
    }
    line
}

fn open(link: &str) -> Value {
    json!({ "type": "Action.OpenUrl", "title": "Read", "url": link })
}

fn block(runs: &[Value]) -> Value {
    json!({ "type": "RichTextBlock", "inlines": runs })
}

/// The pieces of a line; `look` is how all of them look.
fn runs(line: &Line, look: &[(&str, Value)]) -> Vec<Value> {
    let piece = |piece: &Piece| {
        let highlight = (piece.style != Style::Plain).then_some(true);
        with(run(&piece.text, look), "highlight", highlight)
    };
    line.0.iter().map(piece).collect()
}

fn run(text: &str, look: &[(&str, Value)]) -> Value {
    let run = json!({ "type": "TextRun", "text": text });
    look.iter().fold(run, |run, (key, value)| with(run, key, Some(value.clone())))
}

const fn colour(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "Default",
        Severity::Low => "Accent",
        Severity::Medium => "Warning",
        Severity::High | Severity::Critical => "Attention",
    }
}

//! Slack: blocks of `mrkdwn`
//! (<https://docs.slack.dev/reference/block-kit/blocks/section-block>).

use super::markup::{Markup, Page};
use super::{head, lead};
use crate::sink::message::{Line, Message, Style};
use serde_json::{Value, json};
use url::Url;

/// Characters of one text.
const LIMIT: usize = 3000;
/// Characters of the line that a notification shows.
const NOTICE: usize = 300;

pub(super) fn body(message: &Message) -> Value {
    let mut blocks = vec![section(&top(message))];
    let texts = [page(|page| message.quotes.iter().for_each(|quote| page.quote(quote))), members(message)];
    blocks.extend(texts.iter().filter(|text| !text.is_empty()).map(|text| section(text)));
    let facts = page(|page| message.facts.iter().for_each(|fact| page.line(&Line::plain(fact))));
    if !facts.is_empty() {
        blocks.push(json!({ "type": "context", "elements": [text(&facts)] }));
    }
    json!({ "text": notice(message), "blocks": blocks, "unfurl_links": false, "unfurl_media": false })
}

/// What stands first: the title's matches would not stand out inside a link, so that stands below.
fn top(message: &Message) -> String {
    page(|page| {
        page.line(&head(message));
        page.line(&message.title);
        let host = message.link.as_deref().and_then(|link| Some(Url::parse(link).ok()?.host_str()?.to_owned()));
        if let Some(host) = host {
            page.linked(&Line::plain(&host), message.link.as_deref());
        }
    })
}

fn members(message: &Message) -> String {
    page(|page| page.members(&message.members, lead))
}

/// What a notification shows, which shows no blocks.
fn notice(message: &Message) -> String {
    let mut page = Page::new(&Mrkdwn, NOTICE);
    page.line(&Line::plain(&format!("{} {}: {}", message.badge(), message.heading, message.title.text())));
    page.finish()
}

fn page(write: impl FnOnce(&mut Page<'_, Mrkdwn>)) -> String {
    let mut page = Page::new(&Mrkdwn, LIMIT);
    write(&mut page);
    page.finish()
}

fn section(content: &str) -> Value {
    json!({ "type": "section", "text": text(content) })
}

/// `verbatim`: nothing in it becomes a link or a mention by its look.
fn text(content: &str) -> Value {
    json!({ "type": "mrkdwn", "text": content, "verbatim": true })
}

/// Slack's own markup: these three characters are escaped, and no other
/// (<https://docs.slack.dev/messaging/formatting-message-text#escaping>).
pub(in crate::sink) struct Mrkdwn;

impl Markup for Mrkdwn {
    const STYLED_LINKS: bool = false;

    fn escape(&self, c: char, out: &mut String) {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            c => out.push(c),
        }
    }

    fn frame(&self, style: Style) -> (&'static str, &'static str) {
        match style {
            Style::Plain => ("", ""),
            Style::Mark | Style::Strong => ("*", "*"),
        }
    }

    fn quote(&self) -> (&'static str, &'static str) {
        ("> ", "")
    }

    fn link(&self, url: &str) -> (String, String) {
        // A bar would end the address.
        (format!("<{}|", self.escaped(url).replace('|', "%7C")), ">".to_owned())
    }
}

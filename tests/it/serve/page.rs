//! The page, through the real binary: each view, who may look and who may change, and
//! that what a feed says stays text.

mod door;
mod hostile;
mod trial;
mod views;
mod watchlists;

use super::*;
use html5gum::{Token, Tokenizer};
use std::collections::BTreeMap;

/// A browser that has signed in.
pub(super) struct Browser {
    pub(super) caller: Caller,
    cookie: String,
}

impl Browser {
    pub(super) async fn sign_in(served: &Served) -> Self {
        let form = [("token", TOKEN), ("to", "/feeds?state=ok")];
        let answer = post(&ours(&served.caller), "/session", &form).await;
        assert_eq!((answer.status, answer.header("location")), (303, Some("/feeds?state=ok")), "{answer:?}");
        let cookie = answer.header("set-cookie").unwrap().to_owned();
        let value = cookie.split(';').next().unwrap().to_owned();
        Self { caller: served.caller.clone().with("cookie", &value), cookie }
    }

    pub(super) async fn get(&self, target: &str) -> Answer {
        self.caller.get(target).await
    }

    /// Sends a form of ours.
    async fn post(&self, target: &str, form: &[(&str, &str)]) -> Answer {
        post(&ours(&self.caller), target, form).await
    }

    /// Sends a form, and is sure.
    async fn post_sure(&self, target: &str, form: &[(&str, &str)]) -> Answer {
        let form: Vec<_> = form.iter().copied().chain([("sure", "yes")]).collect();
        self.post(target, &form).await
    }
}

/// A caller whose requests come from a page of ours.
fn ours(caller: &Caller) -> Caller {
    caller.clone().with("sec-fetch-site", "same-origin")
}

async fn post(caller: &Caller, target: &str, form: &[(&str, &str)]) -> Answer {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let head = caller.head("POST", target) + "connection: close\r\n";
    let kind = "content-type: application/x-www-form-urlencoded";
    caller.raw(format!("{head}{kind}\r\ncontent-length: {}\r\n\r\n{body}", body.len()).as_bytes()).await
}

/// An element of a page: its name and attributes, and its text up to the next tag.
#[derive(Debug)]
struct Element {
    name: String,
    attributes: BTreeMap<String, String>,
    text: String,
}

impl Element {
    fn get(&self, name: &str) -> &str {
        self.attributes.get(name).map_or("", String::as_str)
    }

    fn is(&self, name: &str, class: &str) -> bool {
        self.name == name && self.get("class").split(' ').any(|it| it == class)
    }
}

/// The elements of a page as a browser's parser sees them, and all that it says.
fn parsed(html: &str) -> (Vec<Element>, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let (mut elements, mut said, mut opened): (Vec<Element>, _, _) = (Vec::new(), String::new(), false);
    for token in Tokenizer::new(html).map(|token| token.unwrap()) {
        match token {
            Token::StartTag(tag) => elements.push(Element {
                name: text(&tag.name),
                attributes: tag.attributes.iter().map(|(name, value)| (text(name), text(value))).collect(),
                text: String::new(),
            }),
            Token::String(string) => {
                said += &text(&string);
                if let Some(element) = elements.last_mut().filter(|_| opened) {
                    element.text += &text(&string);
                }
                continue;
            }
            Token::EndTag(_) | Token::Doctype(_) => {
                opened = false;
                continue;
            }
            other => panic!("{other:?} in {html}"),
        }
        opened = true;
    }
    (elements, said.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn elements(html: &str) -> Vec<Element> {
    parsed(html).0
}

fn words(html: &str) -> String {
    parsed(html).1
}

/// The ids of the alerts of a list, in its order.
pub(super) fn listed(page: &Answer) -> Vec<String> {
    assert_eq!(page.status, 200, "{page:?}");
    let rows = elements(&page.text()).into_iter().filter(|it| it.is("li", "alert"));
    rows.map(|row| row.get("data-id").to_owned()).collect()
}

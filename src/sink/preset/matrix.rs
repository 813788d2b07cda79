//! Matrix: a message to a room, by an id that makes a repetition no second message
//! (<https://spec.matrix.org/v1.16/client-server-api/#put_matrixclientv3roomsroomidsendeventtypetxnid>).

use super::markup::{Plain, json_bytes};
use super::{html, page};
use crate::sink::message::Message;
use serde_json::{Value, json};
use url::Url;

/// Bytes of each of the two texts: an event has 64 KiB.
const LIMIT: usize = 16_000;

pub(super) fn body(message: &Message) -> Value {
    let link = message.link.as_deref().map_or_else(String::new, |link| format!("\n{link}"));
    let plain = page(message, &Plain { weigh: json_bytes }, LIMIT);
    json!({
        "msgtype": "m.text",
        "body": format!("{plain}{link}"),
        "format": "org.matrix.custom.html",
        "formatted_body": page(message, &html::Matrix, LIMIT),
        // Nobody is called, whoever a text names.
        "m.mentions": {},
    })
}

/// Where a document goes: `url` is the homeserver.
pub(super) fn url(url: &Url, room: &str, id: &str) -> Url {
    let mut url = url.clone();
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty();
        path.extend(["_matrix", "client", "v3", "rooms", room, "send", "m.room.message", id]);
    }
    url
}

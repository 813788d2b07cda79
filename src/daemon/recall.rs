//! What the next request to each feed starts from: the little of a feed's state
//! that is kept in memory, so that no poll waits for a read of the store.

use crate::engine::Feed;
use crate::engine::item::Key;
use crate::engine::schedule::FeedState;
use crate::fetch::Validators;
use url::Url;

/// What is remembered of a feed since its last poll; empty before the first one.
#[derive(Debug, Default)]
pub(super) struct Recall {
    /// Of the last answer.
    pub(super) validators: Validators,
    /// Hash of the last body.
    pub(super) body_hash: Option<Key>,
    /// Where the feed has moved for good: it is asked there. Few have.
    pub(super) adopted: Option<Box<Url>>,
}

impl Recall {
    /// Of the state that counts for `feed` as it is configured now.
    pub(super) fn of(state: &FeedState, feed: &Feed) -> Self {
        let state = state.at(feed);
        let adopted = state.adopted.as_deref().and_then(|url| Url::parse(url).ok());
        Self {
            validators: Validators { etag: state.etag.clone(), last_modified: state.last_modified.clone() },
            body_hash: state.body_hash,
            adopted: adopted.map(Box::new),
        }
    }
}

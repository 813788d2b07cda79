//! Filters by name: lists of names and patterns (`bbc-*`), and `tag:NAME` for feeds.

use super::problem::error;
use crate::watchlist::definition::{At, Problem};
use globset::{Glob, GlobSet, GlobSetBuilder};

/// A list of names and patterns.
#[derive(Debug)]
pub(super) struct Filter(GlobSet);

impl Filter {
    /// The filter that a list spells; `None` where there is no list, which lets all pass.
    /// Patterns that are none are reported, and match nothing.
    #[must_use]
    pub(super) fn new(list: Option<&[At<String>]>, problems: &mut Vec<Problem>) -> Option<Self> {
        let mut set = GlobSetBuilder::new();
        for pattern in list? {
            match Glob::new(&pattern.value) {
                Ok(glob) => {
                    set.add(glob);
                }
                Err(reason) => {
                    let message = format!("this is no pattern: {}", reason.kind());
                    problems.push(error(&pattern.pos, message, None));
                }
            }
        }
        Some(Self(set.build().unwrap_or_default()))
    }

    /// A filter of one pattern; `None` where it is none.
    #[must_use]
    pub(super) fn one(pattern: &str) -> Option<Self> {
        let mut set = GlobSetBuilder::new();
        set.add(Glob::new(pattern).ok()?);
        set.build().ok().map(Self)
    }

    /// Whether a name passes.
    #[must_use]
    pub(super) fn matches(&self, name: &str) -> bool {
        self.0.is_match(name)
    }

    /// Whether a text stands for all names that look like it, not for one.
    #[must_use]
    pub(super) fn is_pattern(text: &str) -> bool {
        text.contains(['*', '?', '[', '{'])
    }
}

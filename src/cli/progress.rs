//! A progress bar on stderr where that is a terminal; elsewhere nothing.

use super::context::Context;
use super::output;
use crate::sink::terminal;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How far a long work is. Gone from the screen when it is dropped.
pub(super) struct Progress(ProgressBar);

/// Columns that are kept for what is being worked on.
const NAME: usize = 30;

impl Progress {
    /// A work of so many steps. Not shown with `-q`.
    pub(super) fn new(context: &Context, steps: usize) -> Self {
        let shown = context.verbosity.0 >= 0 && output::draws_on_stderr();
        let target = if shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let style = ProgressStyle::with_template("{wide_bar} {human_pos}/{human_len} {msg}");
        let bar = ProgressBar::with_draw_target(Some(steps as u64), target);
        Self(bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar())))
    }

    /// Begins with something that can hold any character; the one before is done.
    pub(super) fn begin(&self, name: &str) {
        self.0.set_message(terminal::shortened(&terminal::visible(name), NAME).into_owned());
    }

    /// One step is done.
    pub(super) fn step(&self) {
        self.0.inc(1);
    }

    /// So many steps of so many are done.
    pub(super) fn at(&self, done: u64, whole: u64) {
        self.0.set_length(whole);
        self.0.set_position(done);
    }

    /// Prints something while the bar is off the screen.
    pub(super) fn aside<T>(&self, print: impl FnOnce() -> T) -> T {
        self.0.suspend(print)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

//! What tells a person at a terminal how far a long command has come, on
//! standard error: a bar where the whole is known, a counter where it is not.
//! Nothing is written when nobody sees it.

use indicatif::{ProgressBar, ProgressStyle};

use super::files::Sink;

#[derive(Debug)]
pub(super) struct Progress(ProgressBar);

impl Progress {
    /// One line of words: [`Self::show`] says them.
    pub(super) fn line() -> Self {
        Self::styled(ProgressBar::no_length(), "{wide_msg}")
    }

    /// Counts `what` without knowing how many there are.
    pub(super) fn counter(what: &'static str) -> Self {
        let style = format!("{{spinner}} {{human_pos}} {what} {{wide_msg}}");
        Self::styled(ProgressBar::no_length(), &style)
    }

    /// A bar of `whole` many `what`.
    pub(super) fn bar(what: &'static str, whole: usize) -> Self {
        let style = format!(
            "[{{bar:30}}] {{human_pos}} of {{human_len}} {what}, {{eta}} left {{wide_msg}}"
        );
        Self::styled(ProgressBar::new(number(whole)), &style)
    }

    /// The same while `sink` is written, whose text may come to the same screen.
    pub(super) fn counter_beside(sink: &Sink, what: &'static str) -> Self {
        if sink.is_on_screen() {
            Self(ProgressBar::hidden())
        } else {
            Self::counter(what)
        }
    }

    /// Draws to standard error, and only to a terminal: the library sees to both.
    fn styled(bar: ProgressBar, style: &str) -> Self {
        let style = ProgressStyle::with_template(style);
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self(bar)
    }

    /// The whole, once it is known.
    pub(super) fn of(&self, whole: usize) {
        self.0.set_length(number(whole));
    }

    /// So many more.
    pub(super) fn advance(&self, by: usize) {
        self.0.inc(number(by));
    }

    /// So many in all.
    pub(super) fn at(&self, position: usize) {
        self.0.set_position(number(position));
    }

    /// The words as they now are.
    pub(super) fn show(&self, words: &str) {
        self.0.set_message(words.to_owned());
        self.0.tick();
    }

    /// Says something else, with nothing of it on the screen meanwhile.
    pub(super) fn aside(&self, say: impl FnOnce()) {
        self.0.suspend(say);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

fn number(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

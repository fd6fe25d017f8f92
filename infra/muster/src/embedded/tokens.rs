//! The answers of the latest transactions by their `ClientRequestToken`: a call
//! that comes again under its token is answered, not executed again.
//!
//! DynamoDB keeps a token for ten minutes; Muster sends one again within the
//! seconds of one request. Whether a token comes again with another request is
//! not looked at.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

/// How long an answer is kept: longer than any request lasts.
const WINDOW: Duration = Duration::from_secs(120);

#[derive(Debug)]
pub(super) struct Tokens<T> {
    answers: HashMap<String, T>,
    oldest_first: VecDeque<(Instant, String)>,
}

impl<T> Default for Tokens<T> {
    fn default() -> Self {
        Self {
            answers: HashMap::new(),
            oldest_first: VecDeque::new(),
        }
    }
}

impl<T> Tokens<T> {
    pub(super) fn get(&self, token: &str) -> Option<&T> {
        self.answers.get(token)
    }

    pub(super) fn keep(&mut self, token: String, answer: T) {
        let now = Instant::now();
        while let Some((_, old)) = self
            .oldest_first
            .pop_front_if(|(at, _)| now.duration_since(*at) > WINDOW)
        {
            self.answers.remove(&old);
        }
        self.answers.insert(token.clone(), answer);
        self.oldest_first.push_back((now, token));
    }
}

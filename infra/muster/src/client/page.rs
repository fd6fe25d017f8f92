//! A list of any length, read a page at a time until no cursor is left.

use serde_json::Value;

use super::AdminClient;
use super::call::Call;
use crate::Failure;

/// The pages of a list. A page may be short or empty and still not be the last.
#[derive(Debug)]
pub struct Pages<'a> {
    client: &'a AdminClient,
    path: Vec<&'a str>,
    query: Vec<(&'static str, String)>,
    /// The member of an answer that holds the page.
    member: &'static str,
    position: Position,
}

/// Whether a list that was cut has more to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum More {
    /// There may be more behind.
    Perhaps,
    /// That was all.
    Nothing,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Position {
    Start,
    At(String),
    End,
}

impl<'a> Pages<'a> {
    pub(super) fn new(
        client: &'a AdminClient,
        path: &[&'a str],
        query: Vec<(&'static str, String)>,
        member: &'static str,
    ) -> Self {
        Self {
            client,
            path: path.to_vec(),
            query,
            member,
            position: Position::Start,
        }
    }

    /// The next page; none behind the last.
    ///
    /// # Errors
    /// As every call, and when the deployment would be read for ever.
    pub async fn page(&mut self) -> Result<Option<Vec<Value>>, Failure> {
        let cursor = match &self.position {
            Position::Start => None,
            Position::At(cursor) => Some(("cursor", cursor.clone())),
            Position::End => return Ok(None),
        };
        let query = self.query.iter().cloned().chain(cursor);
        let mut page = self.client.send(Call::get(&self.path).query(query)).await?;
        self.position = turn(&self.position, &page)?;
        Ok(Some(take_list(&mut page, self.member)))
    }

    /// All of it.
    ///
    /// # Errors
    /// As [`Self::page`].
    pub async fn all(mut self) -> Result<Vec<Value>, Failure> {
        let mut all = Vec::new();
        while let Some(page) = self.page().await? {
            all.extend(page);
        }
        Ok(all)
    }

    /// The first `count`, and whether there may be more.
    ///
    /// # Errors
    /// As [`Self::page`].
    pub async fn first(mut self, count: usize) -> Result<(Vec<Value>, More), Failure> {
        let mut first = Vec::new();
        while first.len() < count {
            match self.page().await? {
                Some(page) => first.extend(page),
                None => return Ok((first, More::Nothing)),
            }
        }
        let cut = first.len() > count || self.position != Position::End;
        first.truncate(count);
        Ok((first, if cut { More::Perhaps } else { More::Nothing }))
    }
}

/// Where a list goes on behind `page`, which was read at `position`.
fn turn(position: &Position, page: &Value) -> Result<Position, Failure> {
    let next = page.get("nextCursor").and_then(Value::as_str);
    let next = next.map_or(Position::End, |cursor| Position::At(cursor.to_owned()));
    if next == *position && next != Position::End {
        return Err(Failure::new(
            "the deployment answers the same page again and again; update it",
        ));
    }
    Ok(next)
}

/// A list out of an answer.
pub(super) fn take_list(answer: &mut Value, name: &str) -> Vec<Value> {
    match answer.get_mut(name).map(Value::take) {
        Some(Value::Array(list)) => list,
        _ => Vec::new(),
    }
}

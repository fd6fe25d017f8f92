//! Deletes what the visit has made, groups first. Nothing else is touched: a
//! creation whose answer was lost is looked for by its name, and what is found
//! is deleted only when it bears exactly that name.

use futures_util::{StreamExt, stream};
use serde_json::Value;

use super::answer::List;
use super::call::{Call, GROUPS};
use super::check::Halt;
use super::ledger::{Creation, Leftover, State};
use super::scim::Scim;
use super::visit::{ABREAST, naming};

/// Deletes these; what is left.
pub(super) async fn delete_all(scim: &Scim, creations: Vec<Creation>) -> Vec<Leftover> {
    let (groups, users): (Vec<_>, Vec<_>) = creations
        .into_iter()
        .partition(|creation| creation.endpoint == GROUPS);
    let mut left = delete_each(scim, groups).await;
    left.extend(delete_each(scim, users).await);
    left
}

/// All of these, without having tried.
pub(super) fn untried(creations: Vec<Creation>, reason: &str) -> Vec<Leftover> {
    let left = creations.into_iter().map(|creation| {
        let id = match &creation.state {
            State::Made(id) => Some(id.clone()),
            State::Unknown | State::Gone => None,
        };
        creation.left(id, reason.to_owned())
    });
    left.collect()
}

async fn delete_each(scim: &Scim, creations: Vec<Creation>) -> Vec<Leftover> {
    let deletions = creations.into_iter().map(|creation| delete(scim, creation));
    let left: Vec<Vec<Leftover>> = stream::iter(deletions)
        .buffer_unordered(ABREAST)
        .collect()
        .await;
    left.into_iter().flatten().collect()
}

async fn delete(scim: &Scim, creation: Creation) -> Vec<Leftover> {
    let ids = match &creation.state {
        State::Gone => Vec::new(),
        State::Made(id) => vec![id.clone()],
        State::Unknown => match look_up(scim, &creation).await {
            Ok(ids) => ids,
            Err(halt) => return vec![creation.left(None, reason(halt))],
        },
    };
    let mut left = Vec::new();
    for id in ids {
        if let Err(halt) = delete_one(scim, creation.endpoint, &id).await {
            left.push(creation.left(Some(id), reason(halt)));
        }
    }
    left
}

async fn delete_one(scim: &Scim, endpoint: &'static str, id: &str) -> Result<(), Halt> {
    let answer = scim.send(&Call::delete(endpoint, id)).await?;
    if answer.is_success() || matches!(answer.status, 404 | 410) {
        Ok(())
    } else {
        Err(answer.halt())
    }
}

/// The ids of what bears the name of a creation whose answer was lost.
async fn look_up(scim: &Scim, creation: &Creation) -> Result<Vec<String>, Halt> {
    let naming = naming(creation.endpoint);
    let call = Call::get(creation.endpoint).filter(format!("{naming} eq \"{}\"", creation.name));
    let answer = scim.send(&call).await?;
    let found: List = answer.is(&[200])?.list()?;
    // A server that ignores filters shows everybody here.
    let ours = found.resources.iter().filter(|resource| {
        let name = resource.get(naming).and_then(Value::as_str);
        name.is_some_and(|name| name.eq_ignore_ascii_case(&creation.name))
    });
    let ids = ours.filter_map(|resource| resource.get("id")?.as_str());
    Ok(ids.filter(|id| !id.is_empty()).map(str::to_owned).collect())
}

fn reason(halt: Halt) -> String {
    match halt {
        Halt::Seen { seen, .. } => seen,
        Halt::Inapplicable(reason) | Halt::Unreachable(reason) => reason,
        Halt::Over => "the time for cleaning up was over".to_owned(),
    }
}

impl Creation {
    fn left(&self, id: Option<String>, reason: String) -> Leftover {
        Leftover {
            endpoint: self.endpoint,
            name: self.name.clone(),
            id,
            reason,
        }
    }
}

//! A transaction under construction: actions by key, so that none names an item twice.

use crate::db::{Db, Item};
use crate::event::event_id;
use crate::failure::{FailedCondition, Refusal, internal, unbuilt};
use crate::keys::Key;
use aws_sdk_dynamodb::types::{
    AttributeValue, ConditionCheck, Delete, Put, ReturnValuesOnConditionCheckFailure,
    TransactWriteItem, Update,
};
use jiff::Timestamp;
use scim::{Error, Result};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// TransactWriteItems' limit (AWS: 100 actions).
pub const MAX_ACTIONS: usize = 100;

/// A transaction: what it does to which item.
#[derive(Debug, Clone)]
pub(crate) struct Transaction {
    actions: BTreeMap<Key, Action>,
    /// When it was begun.
    at: Timestamp,
    /// The event that records it; also its ClientRequestToken.
    event: Uuid,
}

#[derive(Debug, Clone)]
pub(crate) enum Action {
    Put {
        item: Item,
        condition: Option<Condition>,
    },
    Update {
        expression: String,
        condition: Option<Condition>,
        values: Values,
    },
    Delete {
        condition: Option<Condition>,
    },
    /// Writes nothing; the whole fails when the condition does.
    Check {
        condition: Condition,
    },
}

/// What must hold of the item.
#[derive(Debug, Clone)]
pub(crate) struct Condition {
    expression: String,
    values: Vec<(&'static str, AttributeValue)>,
}

impl Condition {
    pub(crate) fn new(
        expression: impl Into<String>,
        values: impl IntoIterator<Item = (&'static str, AttributeValue)>,
    ) -> Self {
        Self {
            expression: expression.into(),
            values: values.into_iter().collect(),
        }
    }

    pub(crate) fn absent() -> Self {
        Self::new("attribute_not_exists(pk)", [])
    }

    pub(crate) fn exists() -> Self {
        Self::new("attribute_exists(pk)", [])
    }
}

/// Why a transaction was not applied, by key.
#[derive(Debug)]
pub(crate) struct Failed(BTreeMap<Key, FailedCondition>);

impl Failed {
    pub(crate) fn at(&self, key: &Key) -> Option<&FailedCondition> {
        self.0.get(key)
    }
}

/// What became of a transaction.
pub(crate) enum Outcome {
    Applied,
    Failed(Failed),
}

/// Why a transaction was neither applied nor met by a condition.
#[derive(Debug)]
pub(crate) enum Unapplied {
    /// The table does not take so much at once. It says so by the same error as
    /// of a call that is wrong: what is as small as can be is that.
    TooLarge(Error),
    Failed(Error),
}

impl Unapplied {
    pub(crate) fn into_error(self) -> Error {
        match self {
            Self::TooLarge(error) | Self::Failed(error) => error,
        }
    }
}

impl From<Error> for Unapplied {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl Transaction {
    /// One that is begun at that instant, which is its event's.
    pub(crate) fn new(at: Timestamp) -> Self {
        Self {
            actions: BTreeMap::new(),
            at,
            event: event_id(at),
        }
    }

    pub(crate) fn at(&self) -> Timestamp {
        self.at
    }

    pub(crate) fn event(&self) -> Uuid {
        self.event
    }

    pub(crate) fn len(&self) -> usize {
        self.actions.len()
    }

    /// How many more actions fit.
    pub(crate) fn room(&self) -> usize {
        MAX_ACTIONS.saturating_sub(self.len())
    }

    /// INVARIANT: the builders compute differences first, so a key comes once;
    /// DynamoDB would refuse the whole otherwise.
    pub(crate) fn add(&mut self, key: Key, action: Action) -> Result<()> {
        match self.actions.insert(key, action) {
            None => Ok(()),
            Some(_) => Err(internal("a transaction names an item twice")),
        }
    }

    /// Applies it, or says which conditions failed. A failed condition whose
    /// item already carries this transaction's event is its own success after
    /// a lost answer.
    pub(crate) async fn apply(self, db: &Db, table: &str) -> Result<Outcome> {
        let applied = self.apply_if_it_fits(db, table).await;
        applied.map_err(Unapplied::into_error)
    }

    /// The same for whoever can do it in parts: its items may be more than the
    /// table takes at once, as they are stored and nobody has read them.
    pub(crate) async fn apply_if_it_fits(self, db: &Db, table: &str) -> Result<Outcome, Unapplied> {
        if self.len() > MAX_ACTIONS {
            return Err(internal("a transaction has too many actions").into());
        }
        let keys: Vec<Key> = self.actions.keys().cloned().collect();
        let actions = self
            .actions
            .into_iter()
            .map(|(key, action)| action.into_item(key, table))
            .collect::<Result<Vec<_>>>()?;
        match db.transact(actions, &self.event.to_string()).await {
            Ok(()) => Ok(Outcome::Applied),
            Err(Refusal::Invalid(error)) => Err(Unapplied::TooLarge(error)),
            Err(Refusal::Error(error)) => Err(error.into()),
            Err(Refusal::Conditions(reasons)) => {
                let failed: BTreeMap<Key, FailedCondition> = keys
                    .into_iter()
                    .zip(reasons)
                    .filter_map(|(key, reason)| reason.map(|reason| (key, reason)))
                    .collect();
                let own = AttributeValue::B(aws_sdk_dynamodb::primitives::Blob::new(
                    self.event.as_bytes().to_vec(),
                ));
                if failed
                    .values()
                    .any(|failed| failed.item.get("ev") == Some(&own))
                {
                    return Ok(Outcome::Applied);
                }
                Ok(Outcome::Failed(Failed(failed)))
            }
        }
    }
}

impl Action {
    fn into_item(self, key: Key, table: &str) -> Result<TransactWriteItem> {
        let builder = TransactWriteItem::builder();
        let old = ReturnValuesOnConditionCheckFailure::AllOld;
        let item = match self {
            Self::Put {
                mut item,
                condition,
            } => {
                item.extend(key.attributes());
                let (condition, values) = split(condition);
                builder.put(
                    Put::builder()
                        .table_name(table)
                        .set_item(Some(item))
                        .set_condition_expression(condition)
                        .set_expression_attribute_values(named(values))
                        .return_values_on_condition_check_failure(old)
                        .build()
                        .map_err(unbuilt)?,
                )
            }
            Self::Update {
                expression,
                condition,
                mut values,
            } => {
                let (condition, more) = split(condition);
                values.extend(more);
                builder.update(
                    Update::builder()
                        .table_name(table)
                        .set_key(Some(key.attributes()))
                        .update_expression(expression)
                        .set_condition_expression(condition)
                        .set_expression_attribute_values(named(values))
                        .return_values_on_condition_check_failure(old)
                        .build()
                        .map_err(unbuilt)?,
                )
            }
            Self::Delete { condition } => {
                let (condition, values) = split(condition);
                builder.delete(
                    Delete::builder()
                        .table_name(table)
                        .set_key(Some(key.attributes()))
                        .set_condition_expression(condition)
                        .set_expression_attribute_values(named(values))
                        .return_values_on_condition_check_failure(old)
                        .build()
                        .map_err(unbuilt)?,
                )
            }
            Self::Check { condition } => builder.condition_check(
                ConditionCheck::builder()
                    .table_name(table)
                    .set_key(Some(key.attributes()))
                    .condition_expression(condition.expression)
                    .set_expression_attribute_values(named(condition.values))
                    .return_values_on_condition_check_failure(old)
                    .build()
                    .map_err(unbuilt)?,
            ),
        };
        Ok(item.build())
    }
}

type Values = Vec<(&'static str, AttributeValue)>;

fn split(condition: Option<Condition>) -> (Option<String>, Values) {
    match condition {
        None => (None, Vec::new()),
        Some(condition) => (Some(condition.expression), condition.values),
    }
}

fn named(values: Values) -> Option<HashMap<String, AttributeValue>> {
    (!values.is_empty()).then(|| {
        values
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    })
}

//! A group whose members are to be others: what most of these tests begin with.

use super::place::{Ids, Place, Process, named};
use scim::patch::MemberOp;
use store::ResourceId;

/// A group with the `old` members, in a realm that has others.
pub(super) struct World {
    pub(super) place: Place,
    /// One that nothing befalls.
    pub(super) process: Process,
    pub(super) group: ResourceId,
    pub(super) old: Ids,
    pub(super) new: Ids,
    /// Neither old nor new.
    pub(super) guest: ResourceId,
}

impl World {
    /// So many old members, and as many new ones; their ids are mixed.
    pub(super) async fn new(each: usize) -> Self {
        let place = Place::fresh("world").await;
        let process = place.process().await;
        let users = process.users(1 + 2 * each).await;
        let half = |n: usize| users[1..].iter().skip(n).step_by(2).copied();
        let old = Vec::from_iter(half(0));
        let group = process.group("World", &old).await.unwrap();
        place.work().await;
        Self {
            place,
            process,
            group,
            old: old.into_iter().collect(),
            new: half(1).collect(),
            guest: users[0],
        }
    }

    /// What makes these the members.
    pub(super) fn replace(
        &self,
        by: &Ids,
    ) -> impl AsyncFnOnce(Process) -> scim::Result<()> + Send + 'static {
        let (group, replace) = (self.group, MemberOp::Replace(named(by)));
        async move |process: Process| process.change(group, replace).await.map(drop)
    }

    /// Whether these are the members.
    pub(super) async fn has(&self, members: &Ids) -> bool {
        self.process.members(self.group).await.as_ref() == Some(members)
    }
}

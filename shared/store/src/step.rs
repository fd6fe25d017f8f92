//! One edge to write or delete, and how many of them one transaction holds.

use crate::edge::{self, Bound, Edge};
use crate::keys::Keys;
use crate::kind::{Kind, ResourceId};
use crate::record::MAX_DOCUMENT;
use crate::transaction::Transaction;
use scim::Result;

/// One edge to write or delete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) edge: Edge,
    pub(crate) way: Way,
    /// Bytes of the member's item, which the transaction rewrites.
    pub(crate) size: usize,
}

/// What happens to the edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Insert,
    Remove,
    /// The edge has no inverse.
    RemoveDangling,
}

/// What the members' items of one transaction may come to: 4 MB (AWS) less the
/// group's own document before and after, and the small items beside it.
const MAX_MEMBER_BYTES: usize = 4_000_000 - 2 * MAX_DOCUMENT - 100_000;

/// A step as a chunk holds it: the member's id, and a byte for its kind and way.
const PACKED: usize = 17;

impl Step {
    /// Whether the resource is a member when the step is taken.
    pub(crate) fn makes_member(self) -> bool {
        self.way == Way::Insert
    }

    pub(crate) fn write(
        self,
        keys: &Keys,
        group: ResourceId,
        bound: Bound,
        transaction: &mut Transaction,
    ) -> Result<()> {
        match self.way {
            Way::Insert => self.edge.insert(keys, group, bound, transaction),
            Way::Remove => self.edge.remove(keys, group, transaction),
            Way::RemoveDangling => self.edge.remove_dangling(keys, group, transaction),
        }
    }
}

/// How many of the steps fit into a transaction that still has this much room:
/// by actions, and by bytes.
pub(crate) fn fit(steps: &[Step], room: usize) -> usize {
    let mut bytes = MAX_MEMBER_BYTES;
    steps
        .iter()
        .take(room / edge::ACTIONS)
        .take_while(|step| match bytes.checked_sub(step.size) {
            Some(left) => {
                bytes = left;
                true
            }
            None => false,
        })
        .count()
}

/// Steps as a chunk holds them.
pub(crate) fn pack(steps: &[Step]) -> Vec<u8> {
    let mut packed = Vec::with_capacity(steps.len() * PACKED);
    for step in steps {
        packed.extend(step.edge.member.as_bytes());
        let kind = match step.edge.kind {
            Kind::User => 0,
            Kind::Group => 1,
        };
        let way = match step.way {
            Way::Insert => 0,
            Way::Remove => 2,
            Way::RemoveDangling => 4,
        };
        packed.push(kind | way);
    }
    packed
}

/// Steps from a chunk, without their sizes; `None` when it holds none that [`pack`] has made.
pub(crate) fn unpack(packed: &[u8]) -> Option<Vec<Step>> {
    let (steps, []) = packed.as_chunks::<PACKED>() else {
        return None;
    };
    steps
        .iter()
        .map(|[member @ .., what]| {
            let way = match what & !1 {
                0 => Way::Insert,
                2 => Way::Remove,
                4 => Way::RemoveDangling,
                _ => return None,
            };
            let kind = match what & 1 {
                0 => Kind::User,
                _ => Kind::Group,
            };
            let member = ResourceId::from_bytes(member)?;
            Some(Step {
                edge: Edge { member, kind },
                way,
                size: 0,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Step, Way, pack, unpack};
    use crate::edge::Edge;
    use crate::kind::{Kind, ResourceId};

    #[test]
    fn a_chunk_holds_what_was_put_into_it() {
        let mut steps = Vec::new();
        for (n, way) in [Way::Insert, Way::Remove, Way::RemoveDangling]
            .into_iter()
            .enumerate()
        {
            for kind in Kind::ALL {
                let byte = u8::try_from(n).unwrap_or_default();
                let member = ResourceId::from_random([byte; 16]);
                let edge = Edge { member, kind };
                steps.push(Step { edge, way, size: 0 });
            }
        }
        let packed = pack(&steps);
        assert_eq!(unpack(&packed), Some(steps));
        for broken in [packed.get(1..), packed.get(..20), Some([9; 17].as_slice())] {
            assert_eq!(broken.and_then(unpack), None);
        }
    }
}

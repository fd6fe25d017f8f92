//! Isolation: whatever is asked of a realm, with whosever key, the record of the
//! table's calls holds no key of another; and whoever is not let in learns
//! nothing of what there is ([`knocks`], [`timing`]).

pub mod bare;
pub mod knocks;
pub mod log;
pub mod requests;
pub mod timing;
pub mod world;

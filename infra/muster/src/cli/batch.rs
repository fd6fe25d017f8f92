//! Many items as requests that the admin API takes.

use crate::client::BATCH;

/// Bytes of items in one request; the API takes 1 MiB.
const BYTES: usize = 900 * 1024;

/// The items in order, cut where a request is full. An item too large for any
/// goes alone: the deployment then says so.
pub(super) fn batches<T>(
    items: impl IntoIterator<Item = T>,
    bytes: impl Fn(&T) -> usize,
) -> Vec<Vec<T>> {
    let mut batches = Vec::new();
    let mut batch = Vec::new();
    let mut filled: usize = 0;
    for item in items {
        let more = bytes(&item);
        let full = batch.len() == BATCH || filled.saturating_add(more) > BYTES;
        if full && !batch.is_empty() {
            batches.push(std::mem::take(&mut batch));
            filled = 0;
        }
        filled = filled.saturating_add(more);
        batch.push(item);
    }
    if !batch.is_empty() {
        batches.push(batch);
    }
    batches
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{Strategy, any, prop, proptest};

    use super::*;

    #[track_caller]
    fn check(items: &[usize], lengths: &[usize]) {
        let cut = batches(items, |bytes| **bytes);
        let cut: Vec<usize> = cut.iter().map(Vec::len).collect();
        assert_eq!(cut, lengths);
    }

    #[test]
    fn where_they_are_cut() {
        check(&[], &[]);
        check(&[1; 100], &[100]);
        check(&[1; 101], &[100, 1]);
        check(&[1; 250], &[100, 100, 50]);
        check(&[BYTES / 2; 5], &[2, 2, 1]);
        check(&[1, 2 * BYTES, 1], &[1, 1, 1]);
        check(&[usize::MAX, usize::MAX], &[1, 1]);
    }

    proptest! {
        #[test]
        fn nothing_is_lost(items in prop::collection::vec(any::<u32>().prop_map(|n| n as usize), 0..500)) {
            let cut = batches(items.clone(), |bytes| *bytes);
            assert!(cut.iter().all(|batch| (1..=BATCH).contains(&batch.len())));
            assert_eq!(cut.concat(), items);
        }
    }
}

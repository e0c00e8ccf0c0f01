//! How parts add up.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thin_vec::ThinVec;

use crate::caps::{MAX_TEXTS, TextKey};

/// Parts that can be added in any grouping and any order.
///
/// Invariant: [`Default::default`] is the identity, and [`Merge::merge`] is associative and
/// commutative. `tests/merge_laws.rs` holds every implementation in this crate to it, and tests of
/// theirs those in others.
pub trait Merge: Default {
    /// Adds `other` to `self`.
    fn merge(&mut self, other: Self);
}

impl Merge for u64 {
    fn merge(&mut self, other: u64) {
        *self = self.saturating_add(other);
    }
}

impl<T: Merge> Merge for Box<T> {
    fn merge(&mut self, other: Self) {
        T::merge(self, *other);
    }
}

/// Values by key, in key order. Keys of both sides are kept, values of equal keys are merged.
///
/// Serialised as a list of `[key, value]` pairs, so that a key may be more than a string.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    from = "Vec<(K, V)>",
    into = "Vec<(K, V)>",
    bound(
        serialize = "K: Ord + Clone + Serialize, V: Clone + Serialize",
        deserialize = "K: Ord + Deserialize<'de>, V: Merge + Deserialize<'de>"
    )
)]
pub struct Groups<K, V>(BTreeMap<K, V>);

impl<K, V> Default for Groups<K, V> {
    fn default() -> Self {
        Groups(BTreeMap::new())
    }
}

impl<K: Ord, V: Merge> From<Vec<(K, V)>> for Groups<K, V> {
    fn from(pairs: Vec<(K, V)>) -> Self {
        let mut groups: Groups<K, V> = Groups::default();
        for (key, value) in pairs {
            groups.entry(key).merge(value);
        }
        groups
    }
}

impl<K, V> From<Groups<K, V>> for Vec<(K, V)> {
    fn from(groups: Groups<K, V>) -> Self {
        groups.0.into_iter().collect()
    }
}

impl<K: Ord, V: Merge> Groups<K, V> {
    /// The value of `key`, made empty where there is none yet.
    pub fn entry(&mut self, key: K) -> &mut V {
        self.0.entry(key).or_default()
    }

    /// The value of a key, to be changed; made from the borrowed key where there is none yet.
    pub fn entry_ref<Q>(&mut self, key: &Q, owned: impl FnOnce() -> K) -> &mut V
    where
        K: std::borrow::Borrow<Q>,
        Q: Ord + ?Sized,
    {
        if !self.0.contains_key(key) {
            self.0.insert(owned(), V::default());
        }
        self.0.get_mut(key).expect("the key was put in above")
    }
}

impl<K: Ord, V> Groups<K, V> {
    /// The value of `key`.
    pub fn get(&self, key: &K) -> Option<&V> {
        self.0.get(key)
    }

    /// The key that is kept, and its value.
    pub fn get_key_value(&self, key: &K) -> Option<(&K, &V)> {
        self.0.get_key_value(key)
    }

    /// Keys and values in the order of the keys.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&K, &V)> {
        self.0.iter()
    }

    /// Values in the order of their keys, to be changed.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.0.values_mut()
    }

    /// Keeps what `keep` says of, and drops the rest.
    pub fn retain(&mut self, mut keep: impl FnMut(&K, &V) -> bool) {
        self.0.retain(|key, value| keep(key, value));
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no key.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Keeps the [`MAX_TEXTS`] smallest keys of each group, and adds up the others.
pub(crate) fn keep_cap<K: TextKey, V: Merge>(groups: &mut Groups<K, V>) {
    if groups.len() <= MAX_TEXTS {
        return;
    }
    let mut kept = 0;
    let mut last = None;
    let mut dropped = Vec::new();
    for key in groups.0.keys() {
        let group = Some(key.group());
        if last != group {
            (last, kept) = (group, 0);
        }
        if *key == key.others() {
            continue;
        }
        kept += 1;
        if kept > MAX_TEXTS {
            dropped.push(key.clone());
        }
    }
    for key in dropped {
        if let Some(value) = groups.0.remove(&key) {
            groups.entry(key.others()).merge(value);
        }
    }
}

impl<K: Ord> Groups<K, u64> {
    /// Counts one more of `key`.
    pub fn count(&mut self, key: K) {
        self.entry(key).merge(1);
    }

    /// The sum of all counts.
    pub fn total(&self) -> u64 {
        self.0.values().fold(0, |sum, n| sum.saturating_add(*n))
    }
}

impl<K: Ord, V: Merge> Merge for Groups<K, V> {
    fn merge(&mut self, other: Self) {
        if self.0.is_empty() {
            self.0 = other.0;
            return;
        }
        for (key, value) in other.0 {
            self.entry(key).merge(value);
        }
    }
}

impl<T: Ord> Merge for BTreeSet<T> {
    fn merge(&mut self, mut other: Self) {
        if self.len() < other.len() {
            std::mem::swap(self, &mut other);
        }
        self.extend(other);
    }
}

/// Different items, each once.
///
/// Very many may be put in, most of them again and again: they wait unsorted until there are as
/// many of them as were sorted in before. Compared and serialised as the sorted list of all.
#[derive(Debug, Clone)]
pub struct Distinct<T> {
    /// Sorted and different.
    settled: Vec<T>,
    waiting: Vec<T>,
}

impl<T> Default for Distinct<T> {
    fn default() -> Self {
        Distinct {
            settled: Vec::new(),
            waiting: Vec::new(),
        }
    }
}

/// Fewer items do not wait: they are put in their place.
const FEW: usize = 32;

/// So many wait in any case.
const MANY: usize = 1024;

impl<T: Ord> Distinct<T> {
    /// Puts in one item.
    pub fn insert(&mut self, item: T) {
        // Of what happens in bursts, the last one comes again.
        if self.waiting.last() == Some(&item) {
            return;
        }
        if self.settled.len() < FEW && self.waiting.is_empty() {
            if let Err(at) = self.settled.binary_search(&item) {
                self.settled.insert(at, item);
            }
            return;
        }
        self.waiting.push(item);
        if self.waiting.len() > self.settled.len().max(MANY) {
            self.sort_in();
        }
    }

    /// Sorts in what waits, and gives back what memory is spare.
    pub fn settle(&mut self) {
        self.sort_in();
        self.settled.shrink_to_fit();
        self.waiting = Vec::new();
    }

    fn sort_in(&mut self) {
        if !self.waiting.is_empty() {
            self.settled.append(&mut self.waiting);
            // A sorted front is met as such.
            self.settled.sort();
            self.settled.dedup();
            self.settled.shrink_to_fit();
            self.waiting.shrink_to(self.settled.len());
        }
    }

    /// The items in their order.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        let mut all: Vec<&T> = Vec::new();
        let settled = if self.waiting.is_empty() {
            &self.settled[..]
        } else {
            all = self.settled.iter().chain(&self.waiting).collect();
            all.sort_unstable();
            all.dedup();
            &[]
        };
        settled.iter().chain(all)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        if self.waiting.is_empty() {
            self.settled.len()
        } else {
            self.iter().count()
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.settled.is_empty() && self.waiting.is_empty()
    }
}

impl<T: Ord> PartialEq for Distinct<T> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<T: Ord> Eq for Distinct<T> {}

impl<T: Ord> Merge for Distinct<T> {
    fn merge(&mut self, other: Self) {
        if self.is_empty() {
            *self = other;
            return;
        }
        // They wait as well: sorting in a few of each of very many parts would take longer than
        // reading them.
        let Distinct { settled, waiting } = other;
        self.waiting.extend(settled);
        self.waiting.extend(waiting);
        if self.waiting.len() > self.settled.len().max(MANY) {
            self.sort_in();
        }
    }
}

impl<T: Ord + Serialize> Serialize for Distinct<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Forms without names say first how many there are.
        self.iter().collect::<Vec<_>>().serialize(serializer)
    }
}

impl<'de, T: Ord + Deserialize<'de>> Deserialize<'de> for Distinct<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut read = Distinct {
            settled: Vec::new(),
            waiting: Vec::deserialize(deserializer)?,
        };
        read.settle();
        Ok(read)
    }
}

/// The `N` smallest of everything offered, each once.
///
/// "The first N" cannot be merged, because pieces arrive in any order; the smallest N can.
///
/// Most hold one: it takes no memory of its own. Serialised as a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Smallest<T: Ord, const N: usize> {
    least: Option<T>,
    /// All others, smallest first.
    more: ThinVec<T>,
}

impl<T: Ord, const N: usize> Default for Smallest<T, N> {
    fn default() -> Self {
        Smallest {
            least: None,
            more: ThinVec::new(),
        }
    }
}

impl<T: Ord, const N: usize> Smallest<T, N> {
    /// Keeps `item` if it is among the `N` smallest so far.
    pub fn offer(&mut self, item: T) {
        let Some(least) = &mut self.least else {
            self.least = (N > 0).then_some(item);
            return;
        };
        let item = match item.cmp(least) {
            Ordering::Less => std::mem::replace(least, item),
            Ordering::Equal => return,
            Ordering::Greater => item,
        };
        if N < 2 {
            return;
        }
        let more = &mut self.more;
        if let Err(at) = more.binary_search(&item)
            && at + 1 < N
        {
            more.truncate(N - 2);
            more.reserve_exact(1);
            more.insert(at, item);
        }
    }

    /// What was kept, smallest first.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.least.iter().chain(&self.more)
    }

    /// Changes every kept item; the order must stay as it is.
    pub fn map(&mut self, mut change: impl FnMut(&mut T)) {
        self.least.iter_mut().for_each(&mut change);
        self.more.iter_mut().for_each(&mut change);
    }
}

impl<T: Ord, const N: usize> Merge for Smallest<T, N> {
    fn merge(&mut self, other: Self) {
        if self.least.is_none() {
            *self = other;
            return;
        }
        for item in other.least.into_iter().chain(other.more) {
            self.offer(item);
        }
    }
}

impl<T: Ord + Serialize, const N: usize> Serialize for Smallest<T, N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Forms without names say first how many there are.
        self.iter().collect::<Vec<_>>().serialize(serializer)
    }
}

impl<'de, T: Ord + Deserialize<'de>, const N: usize> Deserialize<'de> for Smallest<T, N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut read = Smallest::default();
        for item in Vec::deserialize(deserializer)? {
            read.offer(item);
        }
        Ok(read)
    }
}

/// Values by key in key order, of the `N` smallest keys only. Few, so that a list is enough.
///
/// A key that is not among the smallest of a part is not among those of the whole: parts can be
/// merged in any order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Few<K, V, const N: usize>(ThinVec<(K, V)>);

impl<K, V, const N: usize> Default for Few<K, V, N> {
    fn default() -> Self {
        Few(ThinVec::new())
    }
}

impl<K: Ord, V: Merge, const N: usize> Few<K, V, N> {
    /// The value of `key`, made empty where there is none yet; `None` where the key is not among
    /// the `N` smallest.
    pub fn entry(&mut self, key: K) -> Option<&mut V> {
        match self.0.binary_search_by(|(own, _)| own.cmp(&key)) {
            Ok(at) => Some(&mut self.0[at].1),
            Err(at) if at < N => {
                self.0.truncate(N - 1);
                self.0.reserve_exact(1);
                self.0.insert(at, (key, V::default()));
                Some(&mut self.0[at].1)
            }
            Err(_) => None,
        }
    }

    /// The same of a key that is copied only where there is no value yet.
    pub fn entry_of(&mut self, key: Cow<'_, K>) -> Option<&mut V>
    where
        K: Clone,
    {
        match self.0.binary_search_by(|(own, _)| own.cmp(&key)) {
            Ok(at) => Some(&mut self.0[at].1),
            Err(_) => self.entry(key.into_owned()),
        }
    }

    /// Keys and values in the order of the keys.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&K, &V)> {
        self.0.iter().map(|(key, value)| (key, value))
    }

    /// The value of `key`.
    pub fn get(&self, key: &K) -> Option<&V> {
        let at = self.0.binary_search_by(|(own, _)| own.cmp(key)).ok()?;
        Some(&self.0[at].1)
    }

    /// Values in the order of their keys, to be changed.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.0.iter_mut().map(|(_, value)| value)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<K: Ord, V: Merge, const N: usize> Merge for Few<K, V, N> {
    fn merge(&mut self, other: Self) {
        if self.0.is_empty() {
            self.0 = other.0;
            return;
        }
        for (key, value) in other.0 {
            if let Some(own) = self.entry(key) {
                own.merge(value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_find_change_and_drop_what_they_hold() {
        let mut groups: Groups<Box<str>, u64> = Groups::default();
        assert!(groups.is_empty());
        *groups.entry_ref("a", || "a".into()) += 2;
        *groups.entry_ref("a", || unreachable!("it is there")) += 3;
        groups.count("b".into());
        assert!(!groups.is_empty());
        assert_eq!(groups.get(&"a".into()), Some(&5));
        assert_eq!(groups.get_key_value(&"b".into()), Some((&"b".into(), &1)));
        for value in groups.values_mut() {
            *value *= 10;
        }
        assert_eq!(groups.total(), 60);
        groups.retain(|key, value| &**key == "b" && *value == 10);
        assert_eq!((groups.len(), groups.total()), (1, 10));
    }

    /// Numbers that look like chance, from 0 up to a limit.
    fn numbers(count: usize, limit: u64) -> Vec<u64> {
        let mut state = 0x9E37_79B9_u64;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 11) % limit
        };
        (0..count).map(|_| next()).collect()
    }

    #[test]
    fn distinct_is_a_set_however_it_is_filled() {
        for (count, limit) in [(0, 1), (1, 9), (40, 20), (200, 1_000), (5_000, 3_000)] {
            let items = numbers(count, limit);
            let want: BTreeSet<u64> = items.iter().copied().collect();
            let mut one = Distinct::default();
            items.iter().for_each(|item| one.insert(*item));
            let (left, right) = items.split_at(count / 3);
            let mut parts = Distinct::default();
            for part in [right, left] {
                let mut of_part = Distinct::default();
                part.iter().for_each(|item| of_part.insert(*item));
                parts.merge(of_part);
            }
            for mut set in [one, parts] {
                assert!(set.iter().eq(want.iter()));
                assert_eq!((set.len(), set.is_empty()), (want.len(), want.is_empty()));
                let before = set.clone();
                set.settle();
                assert_eq!(set.settled.len(), want.len());
                assert!(set.waiting.is_empty() && set == before);
                let json = serde_json::to_string(&set).unwrap();
                assert_eq!(serde_json::from_str::<Distinct<u64>>(&json).unwrap(), set);
                if count > 0 {
                    let mut other = set.clone();
                    other.insert(limit + 1);
                    assert!(other != set && Distinct::default() != set);
                }
            }
        }
        let mut set = BTreeSet::from([1, 2, 3]);
        set.merge(BTreeSet::from([3, 4]));
        set.merge(BTreeSet::from([0, 1, 2, 5, 6, 7]));
        assert_eq!(set.len(), 8);
    }

    #[test]
    fn few_and_smallest_keep_the_smallest_with_all_that_belongs_to_them() {
        let items = numbers(500, 90);
        let mut counts: BTreeMap<u64, u64> = BTreeMap::new();
        let mut few: Few<u64, u64, 7> = Few::default();
        let mut smallest: Smallest<u64, 7> = Smallest::default();
        assert!(few.is_empty() && few.get(&1).is_none());
        for item in &items {
            *counts.entry(*item).or_default() += 1;
            smallest.offer(*item);
        }
        // What was dropped before a smaller key came is not counted from then on: so keys first.
        for item in counts.keys() {
            few.entry(*item);
        }
        for item in &items {
            if let Some(count) = few.entry(*item) {
                *count += 1;
            }
        }
        let want: Vec<(u64, u64)> = counts.into_iter().take(7).collect();
        assert!(
            few.iter()
                .map(|(key, value)| (*key, *value))
                .eq(want.iter().copied())
        );
        assert!(smallest.iter().eq(want.iter().map(|(key, _)| key)));
        assert_eq!((few.len(), few.is_empty()), (7, false));
        assert_eq!(few.get(&want[3].0), Some(&want[3].1));
        assert!(few.entry(1_000).is_none() && few.get(&1_000).is_none());
        for value in few.values_mut() {
            *value += 100;
        }
        assert_eq!(few.get(&want[6].0), Some(&(want[6].1 + 100)));
        // From the greatest on, so that each drives another one out.
        let mut few: Few<u64, u64, 7> = Few::default();
        for item in (0..90).rev() {
            few.entry(item);
            assert!(few.len() <= 7);
        }
        assert!(few.iter().map(|(key, _)| *key).eq(0..7));
        smallest.map(|item| *item += 1);
        assert!(
            smallest.iter().eq(want
                .iter()
                .map(|(key, _)| *key + 1)
                .collect::<Vec<_>>()
                .iter())
        );
    }
}

//! The ends of one dialog, by tag.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thin_vec::ThinVec;

use super::{Party, Tag};
use crate::Merge;

/// Ends that are kept; a fork may reach more.
const MOST: usize = 8;
/// As many as nearly every dialog has fit into the dialog itself.
const INSIDE: usize = 2;

/// The ends of a dialog in the order of their tags: those with the smallest tags, where a fork
/// reached very many.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parties {
    /// The smallest tags; those without a tag are none, and stand last.
    few: [Party; INSIDE],
    /// Those with greater tags.
    more: ThinVec<Party>,
}

impl Parties {
    /// The end of this tag, made empty where there is none yet; `None` where the tag is not among
    /// the smallest.
    pub(super) fn entry(&mut self, tag: Tag) -> Option<&mut Party> {
        for at in 0..INSIDE {
            match self.few[at].tag {
                Some(own) if own < tag => {}
                Some(own) if own == tag => return Some(&mut self.few[at]),
                _ => {
                    self.make_room(at);
                    self.few[at] = Party::of(tag);
                    return Some(&mut self.few[at]);
                }
            }
        }
        let more = &mut self.more;
        let at = match more.binary_search_by_key(&Some(tag), |party| party.tag) {
            Ok(at) => at,
            Err(at) if at < MOST - INSIDE => {
                more.truncate(MOST - INSIDE - 1);
                more.reserve_exact(1);
                more.insert(at, Party::of(tag));
                at
            }
            Err(_) => return None,
        };
        Some(&mut more[at])
    }

    /// Moves the ends from `at` on by one place.
    fn make_room(&mut self, at: usize) {
        let last = std::mem::take(&mut self.few[INSIDE - 1]);
        if last.tag.is_some() {
            let more = &mut self.more;
            more.truncate(MOST - INSIDE - 1);
            more.reserve_exact(1);
            more.insert(0, last);
        }
        self.few[at..].rotate_right(1);
    }

    /// Tags and ends, in the order of the tags.
    pub fn iter(&self) -> impl Iterator<Item = (&Tag, &Party)> {
        let all = self.few.iter().chain(&self.more);
        all.filter_map(|party| Some((party.tag.as_ref()?, party)))
    }

    /// The end of this tag.
    pub fn get(&self, tag: &Tag) -> Option<&Party> {
        let mut all = self.iter();
        all.find(|(own, _)| *own == tag).map(|(_, party)| party)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.iter().count()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.few[0].tag.is_none()
    }
}

impl Merge for Parties {
    fn merge(&mut self, other: Self) {
        let Parties { few, more } = other;
        for party in few.into_iter().chain(more) {
            if let Some(own) = party.tag.and_then(|tag| self.entry(tag)) {
                own.merge(party);
            }
        }
    }
}

impl Serialize for Parties {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Forms without names say first how many there are.
        self.iter().collect::<Vec<_>>().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Parties {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut read = Parties::default();
        for (tag, party) in Vec::<(Tag, Party)>::deserialize(deserializer)? {
            if let Some(own) = read.entry(tag) {
                own.merge(party);
            }
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_tags_are_kept_in_any_order() {
        let mut tags: Vec<Tag> = (0..20)
            .filter_map(|n| Tag::of(&format!("<sip:a@example.com>;tag={n}")))
            .collect();
        let mut forward = Parties::default();
        let mut backward = Parties::default();
        for tag in &tags {
            forward.entry(*tag);
        }
        for tag in tags.iter().rev() {
            backward.entry(*tag);
        }
        assert_eq!(forward, backward);
        tags.sort_unstable();
        let kept: Vec<Tag> = forward.iter().map(|(tag, _)| *tag).collect();
        assert_eq!(kept, tags[..MOST]);
        assert!(forward.get(&tags[3]).is_some() && forward.get(&tags[MOST]).is_none());
    }
}

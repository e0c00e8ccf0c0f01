//! The word somebody may have meant.

/// The candidate that is nearest to `word`, whatever the case, if it is near enough to be a slip
/// of the keyboard: one edit in three letters. Of equally near ones the first.
pub fn nearest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let word: Vec<char> = word.to_lowercase().chars().collect();
    if word.len() > MAX_WORD_LEN {
        return None;
    }
    let allowed = (word.len() / 3).max(1);
    let near = candidates.into_iter().filter_map(|candidate| {
        let letters: Vec<char> = candidate.to_lowercase().chars().collect();
        let edits = edits(&word, &letters);
        (edits <= allowed && edits < letters.len()).then_some((edits, candidate))
    });
    near.min_by_key(|(edits, _)| *edits)
        .map(|(_, candidate)| candidate)
}

/// Longest word that is compared, in letters. No known word is longer, and pasted text may be.
const MAX_WORD_LEN: usize = 80;

/// How many letters must be put in, left out, changed or swapped with their neighbour to make
/// one word of the other (optimal string alignment).
fn edits(left: &[char], right: &[char]) -> usize {
    let width = right.len() + 1;
    let mut before: Vec<usize> = vec![0; width];
    let mut above: Vec<usize> = (0..width).collect();
    for row in 1..=left.len() {
        let mut current = vec![row; width];
        for column in 1..width {
            let same = left[row - 1] == right[column - 1];
            let changed = above[column - 1] + usize::from(!same);
            let mut least = changed.min(above[column] + 1).min(current[column - 1] + 1);
            let swapped = row > 1
                && column > 1
                && left[row - 1] == right[column - 2]
                && left[row - 2] == right[column - 1];
            if swapped {
                least = least.min(before[column - 2] + 1);
            }
            current[column] = least;
        }
        before = std::mem::replace(&mut above, current);
    }
    above[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_of_the_keyboard_find_their_word() {
        let words = ["scan", "events", "LocalLocation", "RemoteLocation"];
        for (typed, want) in [
            ("event", Some("events")),
            ("evenst", Some("events")),
            ("sacn", Some("scan")),
            ("locallocaton", Some("LocalLocation")),
            ("REMOTELOCATION", Some("RemoteLocation")),
            ("logs", None),
            ("x", None),
            ("", None),
            ("traces-of-monday", None),
        ] {
            assert_eq!(nearest(typed, words), want, "{typed}");
        }
    }

    #[test]
    fn one_letter_in_three_may_be_wrong() {
        let words = ["RemoteLocation"];
        // Two and four edits in twelve letters, five in eleven.
        assert_eq!(nearest("remotlocaton", words), Some("RemoteLocation"));
        assert_eq!(nearest("rxmotlocaxon", words), Some("RemoteLocation"));
        assert_eq!(nearest("rxmotlocxon", words), None);
        // A word that shares no letter is none that was meant.
        assert_eq!(nearest("x", ["a"]), None);
    }

    #[test]
    fn pasted_text_is_compared_with_nothing() {
        let longest = "a".repeat(MAX_WORD_LEN);
        assert_eq!(nearest(&longest, [&*longest]), Some(&*longest));
        let longer = "a".repeat(MAX_WORD_LEN + 1);
        assert_eq!(nearest(&longer, [&*longer]), None);
        let much_longer = "a".repeat(MAX_WORD_LEN + 2);
        assert_eq!(nearest(&much_longer, [&*much_longer]), None);
    }

    #[test]
    fn a_swap_is_one_edit() {
        let edits = |a: &str, b: &str| {
            edits(
                &a.chars().collect::<Vec<_>>(),
                &b.chars().collect::<Vec<_>>(),
            )
        };
        assert_eq!(edits("ab", "ba"), 1);
        assert_eq!(edits("", "abc"), 3);
        assert_eq!(edits("kitten", "sitting"), 3);
        assert_eq!(edits("same", "same"), 0);
    }
}

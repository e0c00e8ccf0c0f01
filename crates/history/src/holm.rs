//! Holm's correction for many comparisons.

/// Adjusted p-values: the smallest budget at which Holm's step-down procedure rejects each.
///
/// `p` are those that were computed; `family` is how many comparisons there are in all, the ones
/// that were not computed counting as 1. It is at least the number of those in `p`. Holm, S.
/// (1979), A simple sequentially rejective multiple test procedure.
pub(crate) fn adjusted(p: &[f64], family: usize) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|&a, &b| p[a].total_cmp(&p[b]));
    let family = family.max(p.len());
    let mut adjusted = vec![1.0; p.len()];
    let mut greatest = 0.0_f64;
    for (rank, index) in order.into_iter().enumerate() {
        let left = (family - rank) as f64;
        greatest = greatest.max((left * p[index]).min(1.0));
        adjusted[index] = greatest;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_held_to_what_is_left_and_none_overtakes_a_smaller_one() {
        // 4 × 0.01, 3 × 0.015 = 0.045, 2 × 0.02 = 0.04, which is lifted to 0.045.
        let found = adjusted(&[0.02, 0.01, 0.9, 0.015], 4);
        let want = [0.045, 0.04, 0.9, 0.045];
        for (found, want) in found.iter().zip(want) {
            assert!((found - want).abs() < 1e-15, "{found} {want}");
        }
    }

    #[test]
    fn comparisons_that_were_not_computed_count() {
        assert_eq!(adjusted(&[0.001], 200), [0.2]);
        assert_eq!(adjusted(&[0.001, 0.5], 0), [0.002, 0.5]);
        assert!(adjusted(&[], 10).is_empty());
    }
}

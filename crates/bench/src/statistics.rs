//! What many runs add up to.

/// The middle one of `values`, of evenly many the mean of the middle two; `None` of none.
pub(crate) fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let upper = *sorted.get(sorted.len() / 2)?;
    if sorted.len() % 2 == 1 {
        return Some(upper);
    }
    Some((sorted[sorted.len() / 2 - 1] + upper) / 2.0)
}

/// Quotients pair by pair, as far as both go and the lower one is more than nothing. What changes
/// slowly, such as the speed of a machine with neighbours, is nearly the same in both of a pair
/// and falls out.
pub(crate) fn ratios(over: &[f64], under: &[f64]) -> Vec<f64> {
    (over.iter().zip(under))
        .filter(|(_, under)| **under > 0.0)
        .map(|(over, under)| over / under)
        .collect()
}

/// The least and the greatest of `values`; `None` of none.
pub(crate) fn range(values: &[f64]) -> Option<(f64, f64)> {
    let least = values.iter().copied().min_by(f64::total_cmp)?;
    let most = values.iter().copied().max_by(f64::total_cmp)?;
    Some((least, most))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_is_the_middle_whatever_the_order() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[3.0]), Some(3.0));
        assert_eq!(median(&[9.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[9.0, 1.0, 2.0, 4.0]), Some(3.0));
        assert_eq!(range(&[9.0, 1.0, 2.0]), Some((1.0, 9.0)));
        assert_eq!(range(&[]), None);
    }

    #[test]
    fn ratios_are_taken_pair_by_pair() {
        // The machine was half as fast in the second pair; the medians alone would say 1.5.
        let (over, under) = ([2.0, 4.0, 3.0], [1.0, 2.0, 1.5]);
        assert_eq!(median(&ratios(&over, &under)), Some(2.0));
        // A slow peer that ran less often is compared as far as it went.
        assert_eq!(ratios(&[2.0], &under), [2.0]);
        assert_eq!(ratios(&[2.0, 3.0], &[0.0, 1.0]), [3.0]);
        assert_eq!(median(&ratios(&[], &under)), None);
    }
}

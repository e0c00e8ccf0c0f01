//! The regularised incomplete beta function, which tails of binomial and negative binomial counts
//! are values of.
//!
//! Own code, since all that is needed of a library of statistics is this one function, and the
//! known ones bring linear algebra or random numbers with them. Tests hold it to values that were
//! computed with 50 digits, and to sums of single probabilities.

/// Above this neither parameter is looked at as it is: see [`crate::expectation`].
pub(crate) const MAX_PARAMETER: f64 = 1e7;

/// Steps of the continued fraction. It needs a few times the square root of the greater parameter,
/// which is at most [`MAX_PARAMETER`].
const MAX_STEPS: u32 = 40_000;

/// `I_x(a, b)`, the regularised incomplete beta function, for `a` and `b` above 0.
///
/// `y` is `1 - x`; it is given too, since the caller knows it without rounding. Result within 0
/// and 1; what is smaller than the smallest number is 0. Parameters up to [`MAX_PARAMETER`] give
/// a relative error below 1e-6, those below 1000 one below 1e-11.
pub(crate) fn incomplete_beta(a: f64, b: f64, x: f64, y: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if y <= 0.0 {
        return 1.0;
    }
    let factor = (a * x.ln() + b * y.ln() - ln_beta(a, b)).exp();
    let value = if x < (a + 1.0) / (a + b + 2.0) {
        factor * fraction(a, b, x) / a
    } else {
        1.0 - factor * fraction(b, a, y) / b
    };
    value.clamp(0.0, 1.0)
}

fn ln_beta(a: f64, b: f64) -> f64 {
    ln_gamma(a) + ln_gamma(b) - ln_gamma(a + b)
}

/// The logarithm of the gamma function for `x` above 0.
///
/// Stirling's series, NIST DLMF 5.11.1, for `x` of 10 and more; smaller ones are brought there by
/// 5.5.1, the recurrence.
fn ln_gamma(x: f64) -> f64 {
    /// B(2k) / (2k (2k - 1)), k from 1.
    const TERMS: [f64; 8] = [
        1.0 / 12.0,
        -1.0 / 360.0,
        1.0 / 1260.0,
        -1.0 / 1680.0,
        1.0 / 1188.0,
        -691.0 / 360_360.0,
        1.0 / 156.0,
        -3617.0 / 122_400.0,
    ];
    let (mut x, mut product) = (x, 1.0);
    while x < 10.0 {
        product *= x;
        x += 1.0;
    }
    let square = 1.0 / (x * x);
    let series = TERMS
        .iter()
        .rev()
        .fold(0.0, |sum, term| sum * square + term)
        / x;
    let half_ln_tau = 0.5 * std::f64::consts::TAU.ln();
    (x - 0.5) * x.ln() - x + half_ln_tau + series - f64::ln(product)
}

/// The continued fraction NIST DLMF 8.17.22, by the method of Lentz.
fn fraction(a: f64, b: f64, x: f64) -> f64 {
    /// Stands for 0 where it would be divided by.
    const TINY: f64 = 1e-300;
    let safe = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / safe(1.0 - (a + b) * x / (a + 1.0));
    let mut value = d;
    for step in 1..=MAX_STEPS {
        let m = f64::from(step);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / safe(1.0 + even * d);
        c = safe(1.0 + even / c);
        value *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / safe(1.0 + odd * d);
        c = safe(1.0 + odd / c);
        let change = d * c;
        value *= change;
        if (change - 1.0).abs() < 1e-14 {
            break;
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_near(found: f64, want: f64, relative: f64) {
        let error = (found - want).abs() / want.abs().max(f64::MIN_POSITIVE);
        assert!(error <= relative, "{found:e} for {want:e}: {error:e}");
    }

    #[test]
    fn the_gamma_function_has_its_known_values() {
        // Computed with 50 digits.
        for (x, want) in GAMMA {
            assert!(
                (ln_gamma(x) - want).abs() <= 4e-15 * want.abs().max(1.0),
                "{x}"
            );
        }
        let mut factorial = 1.0_f64;
        for n in 1..20 {
            assert_near(ln_gamma(f64::from(n)).exp(), factorial, 1e-13);
            factorial *= f64::from(n);
        }
    }

    #[test]
    fn the_incomplete_beta_function_has_its_known_values() {
        for (a, b, x, want) in BETA {
            let relative = if a.max(b) < 1e3 { 1e-11 } else { 1e-6 };
            assert_near(incomplete_beta(a, b, x, 1.0 - x), want, relative);
        }
        assert_eq!(incomplete_beta(2.0, 3.0, 0.0, 1.0), 0.0);
        assert_eq!(incomplete_beta(2.0, 3.0, 1.0, 0.0), 1.0);
        assert_eq!(
            incomplete_beta(9e6, 2.0, 1e-3, 0.999),
            0.0,
            "too small for a number"
        );
    }

    #[test]
    fn binomial_tails_are_the_sums_of_their_probabilities() {
        for trials in [1_u32, 7, 40] {
            for share in [0.01_f64, 0.3, 0.5, 0.97] {
                let mut choose = 1.0;
                let mut probabilities = Vec::new();
                for k in 0..=trials {
                    let (hits, misses) = (f64::from(k), f64::from(trials - k));
                    probabilities.push(choose * share.powf(hits) * (1.0 - share).powf(misses));
                    choose *= misses / (hits + 1.0);
                }
                for k in 1..=trials {
                    let sum: f64 = probabilities[k as usize..].iter().rev().sum();
                    let (a, b) = (f64::from(k), f64::from(trials - k + 1));
                    assert_near(incomplete_beta(a, b, share, 1.0 - share), sum, 1e-11);
                }
            }
        }
    }

    const GAMMA: [(f64, f64); 7] = [
        (0.001, 6.907178885383853),
        (0.5, 0.5723649429247001),
        (1.5, -0.12078223763524522),
        (9.999, 12.799575780077413),
        (10.0, 12.801827480081469),
        (100.0, 359.1342053695754),
        (10000000.0, 151180949.3694739),
    ];

    const BETA: [(f64, f64, f64, f64); 11] = [
        (2.0, 3.0, 0.5, 0.6875),
        (0.5, 0.5, 0.25, 0.3333333333333333),
        (10.0, 90.0, 0.5, 1.0),
        (90.0, 10.0, 0.5, 3.0265671284731364e-18),
        (3.0, 1.7, 0.001, 2.8290138091140744e-09),
        (300.0, 20.0, 0.8, 1.0466870951539418e-12),
        (40.0, 99.0, 0.1, 3.998983296943962e-10),
        (1.0, 1.0, 0.3, 0.3),
        (1000000.0, 50.0, 0.9999, 1.173902253495801e-08),
        (2000.0, 100.0, 0.9, 4.2415618890738567e-19),
        (50.0, 1000000.0, 0.0001, 0.9999999882609775),
    ];
}

//! How much more nights differ than chance alone would have it.
//!
//! Of one night to the next the *rate* of a finding changes too: other people call, a site has a
//! bad day. Its spread is the square of the rate's coefficient of variation, `φ`: a night with `m`
//! expected calls varies by `m + φ m²` and not by `m`. At 0.04 rates vary by a fifth.

/// What `φ` is where no night says anything: rates that vary by a third.
const DEFAULT: f64 = 0.1;

/// Rates that vary less than a tenth are taken for ones that vary by it.
const FLOOR: f64 = 0.01;

/// Greater ones are not told apart.
const CEILING: f64 = 10.0;

/// How many nights the default weighs, against what all findings together say.
const WEIGHT_OF_DEFAULT: f64 = 10.0;

/// How many nights the spread of all findings weighs, against what a single one says.
const WEIGHT_OF_ALL: f64 = 2.0;

/// By how many standard deviations the spread of one finding is taken for greater than it seems.
const CAUTION: f64 = 1.5;

/// How many times greater still it is taken for where nights are few, by the square of their
/// number; and how many times at most. Found by simulation, so that the first weeks are quiet too.
const FEW_NIGHTS: (f64, f64) = (80.0, 3.0);

/// Some nights together.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Nights {
    /// All calls of theirs.
    pub calls: f64,
    /// The sum of the squares of the shares that the nights have of these calls.
    pub squares: f64,
}

impl Nights {
    /// Of nights with so many calls each.
    pub(crate) fn of(calls: impl Iterator<Item = f64> + Clone) -> Nights {
        let all: f64 = calls.clone().sum();
        Nights {
            calls: all,
            squares: calls.map(|calls| (calls / all).powi(2)).sum(),
        }
    }

    /// How many nights of equal length would tell as much.
    pub(crate) fn effective(self) -> f64 {
        1.0 / self.squares
    }
}

/// What the nights say of the spread of one finding.
#[derive(Debug, Clone, Default)]
pub(crate) struct Spread {
    /// By how much more than by chance alone the counts vary, and the `φ` that makes it 1.
    beyond_chance: f64,
    scale: f64,
    /// Of each kind of nights: expected calls of a night as most calls see it, and how many nights
    /// there are beyond the one that the mean takes.
    kinds: Vec<(f64, f64)>,
}

impl Spread {
    /// Adds nights of one kind of days, which has a rate of its own. `seen` has share and calls of
    /// each night that has the finding; `clump` calls count as one.
    pub(crate) fn add(&mut self, seen: &[(f64, u64)], clump: f64, nights: Nights) {
        let seen = seen
            .iter()
            .map(|(share, calls)| (*share, *calls as f64 / clump));
        let total: f64 = seen.clone().map(|(_, calls)| calls).sum();
        // Nights without it, and then the difference that those with it make.
        let mut squares = total * total * nights.squares;
        let mut cubes = 0.0;
        for (share, calls) in seen {
            let expected = total * share;
            squares += (calls - expected).powi(2) - expected * expected;
            cubes += expected * expected * share;
        }
        self.beyond_chance += squares - total * (1.0 - nights.squares);
        // Σ m² (1 - share); nights that lack it count for little in the correction.
        self.scale += (total * total * nights.squares - cubes).max(0.0);
        let freedom = (nights.effective() - 1.0).max(0.0);
        self.kinds.push((total * nights.squares, freedom));
    }

    /// The estimate of `φ` by moments. It may be below 0, so that estimates of many findings do
    /// not lean to one side.
    fn own(&self) -> f64 {
        match self.scale > 0.0 {
            true => (self.beyond_chance / self.scale).clamp(-1.0, CEILING),
            false => 0.0,
        }
    }

    /// How many nights the own estimate weighs if `φ` is about as great as this. A spread that
    /// drowns in chance, as that of rare findings does, is known of no number of nights.
    fn weight(&self, spread: f64) -> f64 {
        let of_kind = |&(expected, freedom): &(f64, f64)| {
            let over_chance = spread * expected;
            freedom * (over_chance / (1.0 + over_chance)).powi(2)
        };
        self.kinds.iter().map(of_kind).sum()
    }
}

/// The spread that all findings together suggest.
pub(crate) fn of_all(spreads: &[Spread]) -> f64 {
    let (mut sum, mut weights) = (WEIGHT_OF_DEFAULT * DEFAULT, WEIGHT_OF_DEFAULT);
    for spread in spreads {
        let weight = spread.weight(DEFAULT);
        // One finding that comes in bursts says nothing of the others.
        sum += weight * spread.own().min(1.0);
        weights += weight;
    }
    (sum / weights).max(FLOOR)
}

/// The spread that one finding is held to: its own, drawn towards that of all and then, by the
/// wary, taken for as great as it may well be.
pub(crate) fn of_one(spread: &Spread, of_all: f64, wary: bool) -> f64 {
    let own = spread.own();
    // What seems to vary much is believed sooner than what seems not to.
    let weight = spread.weight(of_all.max(own));
    let both = weight + WEIGHT_OF_ALL;
    let drawn = (WEIGHT_OF_ALL * of_all + weight * own) / both;
    if !wary {
        return drawn.clamp(FLOOR, CEILING);
    }
    let deviation = ((2.0 + 6.0 * drawn.max(FLOOR)) / both).sqrt();
    let freedom: f64 = spread.kinds.iter().map(|(_, freedom)| freedom).sum();
    let few = (FEW_NIGHTS.0 / (freedom + 1.0).powi(2)).min(FEW_NIGHTS.1);
    (drawn.max(FLOOR) * (1.0 + CAUTION * deviation + few)).clamp(FLOOR, CEILING)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spread(calls: &[u64]) -> Spread {
        let nights = Nights::of(calls.iter().map(|_| 1_000.0));
        let share = 1.0 / calls.len() as f64;
        let seen: Vec<(f64, u64)> = (calls.iter().filter(|calls| **calls > 0))
            .map(|calls| (share, *calls))
            .collect();
        let mut spread = Spread::default();
        spread.add(&seen, 1.0, nights);
        spread
    }

    #[test]
    fn what_varies_more_than_chance_has_a_spread() {
        // A variance of 800 around 100, of which 100 are chance: 700 / 100².
        let varying = [60, 80, 100, 120, 140].repeat(20);
        let own = spread(&varying).own();
        assert!((own - 0.07).abs() < 0.002, "{own}");
        let even = spread(&[100; 100]).own();
        assert!(even < 0.0 && even > -0.011, "{even}");
    }

    #[test]
    fn nights_that_lack_it_count_too() {
        let burst = spread(&[0, 0, 0, 0, 0, 0, 0, 0, 0, 100]).own();
        assert!(burst > 5.0, "{burst}");
    }

    #[test]
    fn one_finding_is_drawn_to_all_and_the_more_so_the_less_it_tells() {
        let all = 0.05;
        let (even, bursts) = ([100; 20], [400, 0, 0, 0].repeat(5));
        assert!(of_one(&spread(&even), all, true) < all);
        assert!(of_one(&spread(&bursts), all, true) > 1.0);
        // Rare: whether it varies cannot be told, so that it is taken for more than all.
        let mut calls = [0; 25];
        calls[7] = 1;
        let rare = of_one(&spread(&calls), all, true);
        assert!(rare > all && rare < 3.0 * all, "{rare}");
        // The fewer nights, the more.
        let by_nights = [20, 5, 2].map(|nights| of_one(&spread(&vec![100; nights]), all, true));
        assert!(
            by_nights.is_sorted() && by_nights[2] > 3.0 * all,
            "{by_nights:?}"
        );
        // One night tells nothing.
        assert_eq!(
            of_one(&spread(&[100]), all, true),
            of_one(&Spread::default(), all, true)
        );
        assert!((of_all(&[]) - DEFAULT).abs() < 1e-12);
        let many = vec![spread(&even); 50];
        assert!(of_all(&many) < 0.02);
        assert!(of_one(&spread(&even), 0.0, true) >= FLOOR);
    }
}

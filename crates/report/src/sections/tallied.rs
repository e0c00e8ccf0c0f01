//! Tables of tallies: how often, for whom, when, where; cut off and summed up in one way.

use std::cell::RefCell;
use std::cmp::Reverse;
use std::collections::HashMap;
use std::rc::Rc;

use foldhash::fast::RandomState;
use siptriage_facts::{Groups, Stamp, Tally};

use super::gathered::{CallIds, earliest};
use crate::cells;
use crate::document::{Cell, Column, Section, grouped};

/// A table of tallies to be made.
#[derive(Debug)]
pub(crate) struct TalliedTable {
    pub(crate) id: &'static str,
    pub(crate) title: &'static str,
    /// Columns before the counts.
    pub(crate) lead: Vec<Column>,
    /// Columns between the counts and the times.
    pub(crate) tail: Vec<Column>,
    /// What the shares are parts of, and whether rows add up to it.
    pub(crate) whole: Whole,
    /// Whether an example is worth a line of its own.
    pub(crate) examples: Examples,
}

/// A row to be made: its key, and what it counts. Users who are in several of its tallies count
/// once.
pub(crate) type Ranked<'f, K> = (K, Vec<&'f Tally>);

/// The cells of a row that its key gives.
#[derive(Debug)]
pub(crate) struct KeyCells {
    /// One for each column of [`TalliedTable::lead`].
    pub(crate) lead: Vec<Cell>,
    /// One for each column of [`TalliedTable::tail`].
    pub(crate) tail: Vec<Cell>,
}

/// What shares are parts of.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Whole {
    /// The occurrences of all rows: the table has a total.
    Rows,
    /// Something else, because one occurrence may be in several rows.
    Other(u64),
}

/// What happens to times and examples where the line is too short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Examples {
    /// They stand below their row.
    Matter,
    /// They are left out.
    MayGo,
}

impl TalliedTable {
    /// The section of ranked rows, at most `top` of them. Cells are made for these only, because
    /// there may be very many others.
    pub(crate) fn section<'t, K>(
        self,
        rows: &[Ranked<'t, K>],
        top: Option<usize>,
        unions: &Unions<'t>,
        cells_of: impl Fn(&K) -> KeyCells,
    ) -> Section {
        let (leads, tails) = (self.lead.len(), self.tail.len());
        let or_else = |column: Column, rank| match self.examples {
            Examples::Matter => column.or_below(rank),
            Examples::MayGo => column.or_dropped(rank),
        };
        let mut columns = self.lead;
        columns.extend([
            Column::number("occurrences", "Count"),
            Column::number("calls", "Calls"),
            Column::number("users", "Users"),
            Column::number("share", "Share"),
        ]);
        columns.extend(self.tail);
        columns.extend([
            or_else(Column::text("seen", "Seen").for_people().unnamed(), 8),
            Column::text("first", "First").for_machines(),
            Column::text("last", "Last").for_machines(),
            or_else(Column::text("example", "Example").led_in_by("e.g. "), 9),
        ]);

        let sum_of = |rows: &[Ranked<'t, K>]| {
            let tallies = rows.iter().flat_map(|(_, tallies)| tallies.iter().copied());
            Sum::of(tallies, unions)
        };
        let (all, whole) = match self.whole {
            Whole::Rows => {
                let all = sum_of(rows);
                let occurrences = all.occurrences;
                (Some(all), occurrences)
            }
            Whole::Other(whole) => (None, whole),
        };
        let adds_up = all.is_some();
        let sum_cells = |sum: &Sum| -> Vec<Cell> {
            let lead = std::iter::repeat_n(Cell::Empty, leads);
            let tail = std::iter::repeat_n(Cell::Empty, tails);
            let mut counts: Vec<Cell> = sum.counts(whole).into_iter().collect();
            if !adds_up {
                // One occurrence may be in several rows: their sum is no share of anything.
                counts.pop();
                counts.push(Cell::Empty);
            }
            let cells = lead.chain(counts).chain(tail);
            cells.chain(sum.times()).chain([Cell::Empty]).collect()
        };

        let mut section = Section::new(self.id, self.title, columns);
        let shown = top.unwrap_or(usize::MAX).min(rows.len());
        if shown < rows.len() {
            section.hidden_rows = rows.len() - shown;
            section.hidden = sum_cells(&sum_of(&rows[shown..]));
            section.notes.push(cut_note(rows.len()));
        }
        if let Some(all) = all.filter(|_| !rows.is_empty()) {
            section.total = sum_cells(&all);
        }
        for (key, tallies) in &rows[..shown] {
            let KeyCells { lead, tail } = cells_of(key);
            let sum = Sum::of(tallies.iter().copied(), unions);
            let examples = tallies.iter().filter_map(|tally| tally.example.as_ref());
            let cells = lead.into_iter().chain(sum.counts(whole)).chain(tail);
            let cells = cells
                .chain(sum.times())
                .chain([cells::place(examples.min())]);
            section.rows.push(cells.collect());
        }
        section
    }
}

/// Cuts the rows beyond `top` off a table of counts that add up. They are summed up in the hidden
/// row, and all rows in the total.
pub(crate) fn cut(section: &mut Section, top: Option<usize>) {
    let sums = |rows: &[Vec<Cell>]| -> Vec<Cell> {
        let sum = |column: usize| {
            let mut counts = rows.iter().filter_map(|row| match row.get(column) {
                Some(Cell::Count(count)) => Some(*count),
                _ => None,
            });
            let first = counts.next();
            first.map_or(Cell::Empty, |first| {
                Cell::Count(counts.fold(first, u64::saturating_add))
            })
        };
        (0..section.columns.len()).map(sum).collect()
    };
    let all = section.rows.len();
    let shown = top.unwrap_or(usize::MAX).min(all);
    let total = sums(&section.rows);
    let hidden = sums(&section.rows[shown..]);
    if total.iter().any(|cell| *cell != Cell::Empty) {
        section.total = total;
    }
    if shown < all {
        section.hidden_rows = all - shown;
        section.hidden = hidden;
        section.rows.truncate(shown);
        section.notes.push(cut_note(all));
    }
}

/// The sentence below a table that was cut off.
pub(crate) fn cut_note(rows: usize) -> String {
    format!("--all shows all {} rows.", grouped(cells::count(rows)))
}

/// Counts what tallies have together. Each tally is looked at once, in however many sums it is.
#[derive(Debug)]
pub(crate) struct Unions<'t> {
    calls: &'t CallIds,
    known: RefCell<Known<'t>>,
}

/// Users and calls of tallies, by numbers.
#[derive(Debug, Default)]
struct Known<'t> {
    users: HashMap<&'t str, u32, RandomState>,
    /// By where the tally is in memory.
    tallies: HashMap<usize, Rc<Members>, RandomState>,
    /// The union in which a user or call was met last.
    met_users: Vec<u32>,
    met_calls: Vec<u32>,
    union: u32,
}

/// Who is in a tally.
#[derive(Debug)]
struct Members {
    users: Box<[u32]>,
    calls: Box<[u32]>,
}

impl<'t> Unions<'t> {
    /// Of dialogs only those count that are one of these calls.
    pub(crate) fn new(calls: &'t CallIds) -> Unions<'t> {
        Unions {
            calls,
            known: RefCell::default(),
        }
    }

    fn members(&self, tally: &'t Tally) -> Rc<Members> {
        let known = &mut *self.known.borrow_mut();
        // It stays there as long as `'t` lasts.
        let place = std::ptr::from_ref(tally).addr();
        if let Some(members) = known.tallies.get(&place) {
            return members.clone();
        }
        let users = tally.users.iter().map(|user| {
            *known.users.entry(&**user).or_insert_with(|| {
                known.met_users.push(0);
                known.met_users.len() as u32 - 1
            })
        });
        let users = users.collect();
        let calls = tally.dialogs.iter();
        let calls = calls.filter_map(|dialog| self.calls.number(*dialog));
        let calls = calls.collect();
        let members = Rc::new(Members { users, calls });
        known.tallies.insert(place, members.clone());
        members
    }

    /// Different users and calls of all of these.
    fn count(&self, members: &[Rc<Members>]) -> (u64, u64) {
        if let [one] = members {
            return (cells::count(one.users.len()), cells::count(one.calls.len()));
        }
        let known = &mut *self.known.borrow_mut();
        known.met_calls.resize(self.calls.len(), 0);
        known.union += 1;
        let union = known.union;
        let count = |met: &mut [u32], numbers: &[u32]| {
            let mut new = 0;
            for number in numbers {
                let met = &mut met[*number as usize];
                new += u64::from(*met != union);
                *met = union;
            }
            new
        };
        let (mut users, mut calls) = (0, 0);
        for one in members {
            users += count(&mut known.met_users, &one.users);
            calls += count(&mut known.met_calls, &one.calls);
        }
        (users, calls)
    }
}

/// Tallies put together.
#[derive(Debug)]
pub(crate) struct Sum {
    pub(crate) occurrences: u64,
    /// Calls in which it happened; those that are in several of the tallies count once.
    calls: u64,
    /// Users who are in several of the tallies count once.
    pub(crate) users: u64,
    first: Option<Stamp>,
    last: Option<Stamp>,
}

impl Sum {
    /// The sum of these.
    pub(crate) fn of<'t>(tallies: impl IntoIterator<Item = &'t Tally>, unions: &Unions<'t>) -> Sum {
        let mut sum = Sum {
            occurrences: 0,
            calls: 0,
            users: 0,
            first: None,
            last: None,
        };
        let mut members = Vec::new();
        for tally in tallies {
            sum.occurrences = sum.occurrences.saturating_add(tally.occurrences);
            sum.first = earliest(sum.first, tally.first);
            sum.last = sum.last.max(tally.last);
            members.push(unions.members(tally));
        }
        (sum.users, sum.calls) = unions.count(&members);
        sum
    }

    fn counts(&self, whole: u64) -> [Cell; 4] {
        let part = self.occurrences;
        [
            Cell::Count(part),
            Cell::Count(self.calls),
            Cell::Count(self.users),
            Cell::Share { part, whole },
        ]
    }

    fn times(&self) -> [Cell; 3] {
        let span = cells::span(self.first, self.last);
        [span, cells::stamp(self.first), cells::stamp(self.last)]
    }
}

/// Groups as rows in the order of their keys.
pub(crate) fn rows<K: Ord>(groups: &Groups<K, Tally>) -> Vec<Ranked<'_, &K>> {
    groups
        .iter()
        .map(|(key, tally)| (key, vec![tally]))
        .collect()
}

/// Ranks rows that stand in the order of their keys: by `first`, then most frequent first; where
/// that is equal they keep their order.
pub(crate) fn rank_by<K, R: Ord>(rows: &mut [Ranked<'_, K>], first: impl Fn(&K) -> R) {
    rows.sort_by_cached_key(|(key, tallies)| {
        let counts = tallies.iter().map(|tally| tally.occurrences);
        (first(key), Reverse(counts.fold(0, u64::saturating_add)))
    });
}

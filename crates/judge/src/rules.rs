//! Rules as data: what is to be thought of a call, why, and what to check.
//!
//! A rules file is TOML. `[[rule]]` has an id, a verdict, a cause with its confidence and sources,
//! names of checks in their order, a condition in `[rule.when]`, and examples: small traces with
//! the verdict they must get. `[checks.NAME]`, `[sources.KEY]` and `[thresholds]` stand beside the
//! rules. The rules that siptriage brings are such a file: `data/rules.toml`.
//!
//! More specific beats more general: how narrow a condition is is a number, to which each field
//! adds what [`CONDITION_FIELDS`] says, and to which a rule may add a `weight`. Two rules of equal
//! specificity that can both match one call are an error when the file is loaded.

mod condition;
mod decision;
mod examples;
mod load;
mod matching;
mod reader;
mod telling;
mod trial;
mod words;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;

use crate::Thresholds;

use condition::When;
use decision::Index;
use examples::Example;
use load::Proof;

pub(crate) use decision::Holding;
pub use examples::ExampleFailure;
pub use words::{CONDITION_FIELDS, ConditionField, Level};

/// What is to be thought of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Somebody could not do what they wanted.
    Failed,
    /// It worked, and worse than it should.
    Degraded,
    /// Nothing is wrong.
    Benign,
    /// The trace does not tell.
    Unknown,
}

impl Verdict {
    /// All of them, gravest first.
    pub const ALL: [Verdict; 4] = [
        Verdict::Failed,
        Verdict::Degraded,
        Verdict::Benign,
        Verdict::Unknown,
    ];

    /// The word used in every output.
    pub const fn name(self) -> &'static str {
        match self {
            Verdict::Failed => "failed",
            Verdict::Degraded => "degraded",
            Verdict::Benign => "benign",
            Verdict::Unknown => "unknown",
        }
    }
}

/// How sure a cause is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// A source says so.
    Stated,
    /// It follows from what sources say of single flags and codes.
    Inferred,
    /// Nobody says so.
    Guess,
}

impl Confidence {
    /// All of them, the surest first.
    pub const ALL: [Confidence; 3] = [Confidence::Stated, Confidence::Inferred, Confidence::Guess];

    /// The word used in rules files and in every output.
    pub const fn name(self) -> &'static str {
        match self {
            Confidence::Stated => "stated",
            Confidence::Inferred => "inferred",
            Confidence::Guess => "guess",
        }
    }
}

/// Something to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What to look at.
    pub what: String,
    /// Where: which machine, device or setting.
    pub at: String,
    /// Port, protocol and direction; empty where the check is not about a path.
    pub path: String,
    /// What would prove the cause wrong.
    pub disproof: String,
}

/// A document that a rules file names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleSource {
    /// The short name that rules use.
    pub key: String,
    /// What the document is.
    pub title: String,
    /// Where it was published.
    pub address: String,
}

/// A condition on a case with a verdict, a cause and checks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Its name, unique among all rules: lower case words with hyphens.
    pub id: String,
    /// What is to be thought of calls that match.
    pub verdict: Verdict,
    /// Why, in one sentence.
    pub cause: String,
    /// How sure that is.
    pub confidence: Confidence,
    /// What to look at, in order.
    pub checks: Vec<Check>,
    /// Keys of sources, or addresses.
    pub sources: Vec<String>,
    /// How narrow the condition is, weight included: of rules that match, the one with the
    /// highest number decides.
    pub specificity: i32,
    /// What the file adds to the specificity by hand.
    pub weight: i32,
    /// The file it is from.
    pub file: String,
    /// Line of the file where it begins, counted from 1.
    pub line: usize,
    when: When,
    examples: Vec<Example>,
}

impl Rule {
    /// The condition in words, for tables.
    pub fn condition(&self) -> String {
        self.when.text()
    }

    /// How many examples it has.
    pub fn examples(&self) -> usize {
        self.examples.len()
    }
}

/// What the rules say of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision<'r> {
    /// The verdict: of the rule, else failed where the outcome is a failure, else unknown.
    pub verdict: Verdict,
    /// The rule that decided; none where no rule explains the case.
    pub rule: Option<&'r Rule>,
}

/// Something wrong in a rules file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleError {
    /// The file.
    pub file: String,
    /// Line, counted from 1.
    pub line: usize,
    /// The field it is about, `rule "id": when.code`.
    pub field: String,
    /// What is wrong, and what to write instead.
    pub message: String,
}

impl fmt::Display for RuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let RuleError {
            file,
            line,
            field,
            message,
        } = self;
        write!(f, "{file}:{line}: {field}: {message}")
    }
}

impl std::error::Error for RuleError {}

impl fmt::Display for ExampleFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ExampleFailure {
            rule: _,
            file,
            line,
            field,
            message,
        } = self;
        write!(f, "{file}:{line}: {field}: {message}")
    }
}

/// Thresholds that a file sets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct SetThresholds {
    short_call: Option<u32>,
    media_set_up: Option<u32>,
    timeout: Option<u32>,
}

impl SetThresholds {
    fn or(self, other: SetThresholds) -> SetThresholds {
        SetThresholds {
            short_call: self.short_call.or(other.short_call),
            media_set_up: self.media_set_up.or(other.media_set_up),
            timeout: self.timeout.or(other.timeout),
        }
    }

    fn get(self) -> Thresholds {
        let default = Thresholds::default();
        Thresholds {
            short_call: self.short_call.unwrap_or(default.short_call),
            media_set_up: self.media_set_up.unwrap_or(default.media_set_up),
            timeout: self.timeout.unwrap_or(default.timeout),
        }
    }
}

/// How much a rule may add to its specificity by hand, or take from it.
const MAX_WEIGHT: i32 = 100;

/// Rules, none of which tie.
#[derive(Debug, Clone)]
pub struct Rules {
    rules: Vec<Rule>,
    checks: BTreeMap<String, Check>,
    sources: BTreeMap<String, RuleSource>,
    set: SetThresholds,
    thresholds: Thresholds,
    index: Index,
}

type Loaded = Result<Rules, Vec<RuleError>>;

const EMBEDDED_TEXT: &str = include_str!("../data/rules.toml");
const EMBEDDED_NAME: &str = "rules.toml";

static EMBEDDED: LazyLock<Loaded> =
    LazyLock::new(|| load::parse(EMBEDDED_TEXT, EMBEDDED_NAME, None, Proof::Whole));

static WITHOUT_EXAMPLES: LazyLock<Loaded> = LazyLock::new(|| {
    let text = load::without_examples(EMBEDDED_TEXT);
    load::parse(&text, EMBEDDED_NAME, None, Proof::ByTests)
});

fn sound(loaded: &'static Loaded) -> &'static Rules {
    match loaded {
        Ok(rules) => rules,
        Err(errors) => {
            let all: Vec<String> = errors.iter().map(RuleError::to_string).collect();
            panic!("the embedded rules are broken:\n{}", all.join("\n"));
        }
    }
}

impl Rules {
    /// The rules that siptriage brings, with their examples.
    ///
    /// # Panics
    /// If the file in the repository is broken, which its tests exclude.
    pub fn embedded() -> &'static Rules {
        sound(&EMBEDDED)
    }

    /// The same rules as far as calls are judged by them: without their examples, and without
    /// proving again that no two of them tie. Ready in a small part of the time.
    ///
    /// # Panics
    /// If the file in the repository is broken, which its tests exclude.
    pub fn embedded_without_examples() -> &'static Rules {
        sound(&WITHOUT_EXAMPLES)
    }

    /// Reads a rules file. It may name the checks and sources of the embedded rules.
    /// `file_name` is how messages call it.
    ///
    /// # Errors
    /// Everything that is wrong in it, in the order of lines: text that is no TOML, fields and
    /// words that do not exist, values of the wrong type, missing fields, ids that occur twice,
    /// and rules that tie.
    pub fn parse(text: &str, file_name: &str) -> Result<Rules, Vec<RuleError>> {
        let known = Rules::embedded_without_examples();
        load::parse(text, file_name, Some(known), Proof::Whole)
    }

    /// These rules and those of another file: a rule with the id of one of these takes its place,
    /// all others are added; thresholds that the other file sets replace these.
    ///
    /// # Errors
    /// Rules that tie when they are put together.
    pub fn with(&self, more: Rules) -> Result<Rules, Vec<RuleError>> {
        let mut rules = self.rules.clone();
        for rule in more.rules {
            match rules.iter_mut().find(|own| own.id == rule.id) {
                Some(own) => *own = rule,
                None => rules.push(rule),
            }
        }
        let mut checks = self.checks.clone();
        checks.extend(more.checks);
        let mut sources = self.sources.clone();
        sources.extend(more.sources);
        let set = more.set.or(self.set);
        Rules::of(rules, checks, sources, set, Proof::Whole)
    }

    /// Rules of which none tie.
    fn of(
        rules: Vec<Rule>,
        checks: BTreeMap<String, Check>,
        sources: BTreeMap<String, RuleSource>,
        set: SetThresholds,
        proof: Proof,
    ) -> Result<Rules, Vec<RuleError>> {
        let thresholds = set.get();
        let mut errors = Vec::new();
        let unproven = match proof {
            Proof::Whole => &rules[..],
            Proof::ByTests => &[],
        };
        for (at, right) in unproven.iter().enumerate() {
            for left in &rules[..at] {
                let equal = left.specificity == right.specificity;
                if equal && !left.when.excludes(&right.when, &thresholds) {
                    errors.push(tie(left, right, free_weight(right, &rules, &thresholds)));
                }
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        Ok(Rules {
            index: Index::new(&rules, &thresholds),
            rules,
            checks,
            sources,
            set,
            thresholds,
        })
    }

    /// All rules in the order of their files.
    pub fn iter(&self) -> impl Iterator<Item = &Rule> {
        self.rules.iter()
    }

    /// The rule of this id.
    pub fn get(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id == id)
    }

    /// Where outcomes and conditions draw lines.
    pub fn thresholds(&self) -> Thresholds {
        self.thresholds
    }

    /// Documents that the rules' own files define; all other keys are those of
    /// [`siptriage_diagnostics::sources`].
    pub fn sources(&self) -> impl Iterator<Item = &RuleSource> {
        self.sources.values()
    }

    /// The document of this key, of these rules' files only.
    pub fn source(&self, key: &str) -> Option<&RuleSource> {
        self.sources.get(key)
    }
}

/// The next greater weight with which a rule ties with no other; none if there is no such.
fn free_weight(rule: &Rule, rules: &[Rule], thresholds: &Thresholds) -> Option<i32> {
    (rule.weight + 1..=MAX_WEIGHT).find(|weight| {
        let specificity = rule.specificity - rule.weight + weight;
        let ties = |other: &Rule| {
            other.specificity == specificity
                && other.id != rule.id
                && !other.when.excludes(&rule.when, thresholds)
        };
        !rules.iter().any(ties)
    })
}

/// Two rules of which nobody could say which decides.
fn tie(left: &Rule, right: &Rule, free: Option<i32>) -> RuleError {
    let weight = free.map_or(String::new(), |weight| {
        format!(", or set weight = {weight} in this one if it shall decide")
    });
    RuleError {
        file: right.file.clone(),
        line: right.line,
        field: format!("rule \"{}\": when", right.id),
        message: format!(
            "ties with rule \"{}\" ({}:{}): both have specificity {}, and one call can match \
             both ({}) and ({}); add a condition to one of them that the other excludes{weight}",
            left.id,
            left.file,
            left.line,
            right.specificity,
            left.condition(),
            right.condition()
        ),
    }
}

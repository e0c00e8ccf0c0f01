//! `siptriage rules`: the rules by which calls are judged, and the check of a file of them.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use siptriage_judge::{ExampleFailure, Rule, RuleError, Rules};
use siptriage_report::{rule, rules, visible};

use crate::args::{RulesAction, RulesArgs};
use crate::commands::{Pages, print};
use crate::exit::{Exit, Stop};
use crate::inquiry::read_text;
use crate::stderr;
use siptriage_diagnostics::nearest;

/// Lists rules, shows one, or checks files of them.
pub(crate) fn run(args: &RulesArgs) -> Result<Exit, Stop> {
    if let Some(RulesAction::Test { files }) = &args.action {
        return test(files);
    }
    let all = with_files(Rules::embedded(), &args.files)?;
    let document = match &args.id {
        None => rules(&all),
        Some(id) => {
            let one = all.get(id).ok_or_else(|| unknown(id, &all))?;
            rule(one, &all)
        }
    };
    Pages::open(&args.output)?.write(&document)?;
    Ok(Exit::Done)
}

fn unknown(id: &str, all: &Rules) -> Stop {
    let shown = visible(id);
    let advice = match nearest(id, all.iter().map(|rule| rule.id.as_str())) {
        Some(near) => format!("did you mean `{}`?", visible(near)),
        None => "`siptriage rules` lists all".to_owned(),
    };
    Stop::Usage(format!("`{shown}`: no such rule; {advice}"))
}

/// The rules to judge by: those that are built in, with those of these files and thresholds.
///
/// # Errors
/// [`Stop`] where a file cannot be read or is no file of rules, told with file, line and field.
pub(crate) fn to_judge_by(
    files: &[PathBuf],
    thresholds: &[(String, u32)],
) -> Result<Cow<'static, Rules>, Stop> {
    let rules = with_files(Rules::embedded_without_examples(), files)?;
    if thresholds.is_empty() {
        return Ok(rules);
    }
    // Of a name that is given twice the last one counts, as of every option.
    let named: BTreeMap<&str, u32> = (thresholds.iter())
        .map(|(name, seconds)| (name.as_str(), *seconds))
        .collect();
    let mut text = "[thresholds]\n".to_owned();
    for (name, seconds) in named {
        text.push_str(&format!("{name} = {seconds}\n"));
    }
    let set = Rules::parse(&text, "--threshold").map_err(|errors| tell(&errors))?;
    let rules = rules.with(set).map_err(|errors| tell(&errors))?;
    Ok(Cow::Owned(rules))
}

fn with_files(built_in: &'static Rules, files: &[PathBuf]) -> Result<Cow<'static, Rules>, Stop> {
    let mut all = Cow::Borrowed(built_in);
    for file in files {
        let with = parse(file).and_then(|more| all.with(more).map_err(|errors| tell(&errors)));
        all = Cow::Owned(with?);
    }
    Ok(all)
}

fn parse(file: &Path) -> Result<Rules, Stop> {
    let text = read_text(file)?;
    Rules::parse(&text, &file.to_string_lossy()).map_err(|errors| tell(&errors))
}

/// Says what is wrong, a line each.
fn tell(errors: &[RuleError]) -> Stop {
    for error in errors {
        stderr::line(format_args!("{}", visible(&error.to_string())));
    }
    Stop::Told
}

/// Checks files together with the rules that are built in.
fn test(files: &[PathBuf]) -> Result<Exit, Stop> {
    let mut all = Cow::Borrowed(Rules::embedded());
    let mut own: BTreeSet<String> = BTreeSet::new();
    let mut counts = Vec::new();
    let mut wrong = false;
    // All files, so that one round shows all mistakes.
    for file in files {
        match parse(file) {
            Err(Stop::Told) => wrong = true,
            Err(stop) => return Err(stop),
            Ok(more) => {
                own.extend(more.iter().map(|rule| rule.id.clone()));
                counts.push(count(file, &more));
                match all.with(more) {
                    Ok(with) => all = Cow::Owned(with),
                    Err(errors) => {
                        tell(&errors);
                        wrong = true;
                    }
                }
            }
        }
    }
    if wrong {
        return Ok(Exit::Usage);
    }
    let failures = all.test();
    // A rule of the user's may well decide what one that is built in decided.
    let is_own = |failure: &&ExampleFailure| own.contains(&failure.rule);
    let (errors, notes): (Vec<_>, Vec<_>) = failures.iter().partition(is_own);
    for error in &errors {
        stderr::line(format_args!("{}", visible(&error.to_string())));
    }
    for note in notes {
        stderr::line(format_args!(
            "note: an example of a rule that is built in is decided otherwise now: {}",
            visible(&note.to_string())
        ));
    }
    if !errors.is_empty() {
        return Ok(Exit::Usage);
    }
    let built_in = Rules::embedded().iter().count();
    let mut text = counts.concat();
    text.push_str(&format!(
        "All examples are decided as they say. No two rules tie, the {built_in} that are built in \
         included.\n"
    ));
    print(text.as_bytes())
}

/// How many rules and examples a file has, and which rules it replaces.
fn count(file: &Path, rules: &Rules) -> String {
    let examples: usize = rules.iter().map(Rule::examples).sum();
    let number = rules.iter().count();
    let replaced = rules
        .iter()
        .filter(|rule| Rules::embedded().get(&rule.id).is_some());
    let replaced: Vec<Cow<'_, str>> = replaced.map(|rule| visible(&rule.id)).collect();
    let replaces = match replaced.is_empty() {
        true => String::new(),
        false => format!(", in place of built-in ones: {}", replaced.join(", ")),
    };
    let plural = |count: usize, word: &str| match count {
        1 => format!("1 {word}"),
        count => format!("{count} {word}s"),
    };
    format!(
        "{}: {}, {}{replaces}\n",
        visible(&file.to_string_lossy()),
        plural(number, "rule"),
        plural(examples, "example")
    )
}

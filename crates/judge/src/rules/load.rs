//! From the text of a rules file to rules.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use siptriage_diagnostics::{Expectation, IceWarn, ice_warn_flags, nearest, source};
use siptriage_facts::{Candidates, Method, Modalities};
use toml::de::{DeTable, DeValue};

use crate::Kind;

use super::condition::{
    Bits, Bound, EndWhen, FEDERATED, NOT_FEDERATED, NOT_STATED, Numbers, On, SideWhen, When, Within,
};
use super::reader::{Node, Reader, Text};
use super::words::{self, condition_names};
use super::{
    Check, Confidence, MAX_WEIGHT, Rule, RuleError, RuleSource, Rules, SetThresholds, Verdict,
    examples,
};

/// What is asked of a file beside its rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Proof {
    /// Examples, and that no two rules tie.
    Whole,
    /// Nothing: examples were taken out by [`without_examples`], and tests prove the rest.
    ByTests,
}

/// The text of a file of rules with empty lines in place of the examples, so that what is left
/// stands in the same lines. For our own file, of which a test proves that nothing else is lost.
pub(super) fn without_examples(text: &str) -> String {
    let mut rest = String::with_capacity(text.len());
    let mut in_example = false;
    for line in text.lines() {
        if line.starts_with('[') {
            in_example = line.starts_with("[[rule.example]]");
        }
        if !in_example && !line.starts_with('#') {
            rest.push_str(line);
        }
        rest.push('\n');
    }
    rest
}

/// Reads a file. `known` are rules whose checks and sources it may name.
pub(super) fn parse(
    text: &str,
    file: &str,
    known: Option<&Rules>,
    proof: Proof,
) -> Result<Rules, Vec<RuleError>> {
    let mut reader = Reader::new(text, file);
    let document = match DeTable::parse(text) {
        Ok(document) => document,
        Err(error) => {
            let span = error.span().unwrap_or(0..0);
            let message = format!("not readable as TOML: {}", error.message());
            reader.wrong(&span, "file", message);
            return Err(reader.errors);
        }
    };
    let root = Node {
        table: document.get_ref(),
        span: 0..0,
        path: String::new(),
    };
    reader.only(&root, &["thresholds", "sources", "checks", "rule"]);
    let thresholds = read_thresholds(&mut reader, &root);
    let mut sources: BTreeMap<String, RuleSource> = BTreeMap::new();
    for node in named_nodes(&mut reader, &root, "sources") {
        reader.only(&node.1, &["title", "address"]);
        let title = reader.needed(&node.1, "title", "say what the document is");
        let address = reader.needed(&node.1, "address", "say where it was published");
        if source(&node.0).is_some() {
            let message = "is in the table of sources already; use another name";
            reader.wrong(&node.1.span, node.1.path.clone(), message);
        }
        let one = RuleSource {
            key: node.0.clone(),
            title: title.text,
            address: address.text,
        };
        sources.insert(node.0, one);
    }
    let mut checks: BTreeMap<String, Check> = BTreeMap::new();
    for (name, node) in named_nodes(&mut reader, &root, "checks") {
        reader.only(&node, &["what", "at", "path", "disproof"]);
        let mut needed = |name, advice| reader.needed(&node, name, advice).text;
        let what = needed("what", "say what to look at");
        let at = needed("at", "say on which machine, device or setting");
        let disproof = needed("disproof", "say what would prove the cause wrong");
        let path = reader.text(&node, "path");
        let path = path.map(|path| path.text).unwrap_or_default();
        checks.insert(
            name,
            Check {
                what,
                at,
                path,
                disproof,
            },
        );
    }
    let mut rules: Vec<Rule> = Vec::new();
    for mut node in reader.nodes(&root, "rule") {
        let id = reader
            .text(&node, "id")
            .map(|id| id.text)
            .unwrap_or_default();
        if !id.is_empty() {
            node.path = format!("rule \"{id}\"");
        }
        let names = Names {
            checks: &checks,
            sources: &sources,
            known,
        };
        let rule = read_rule(&mut reader, &node, &names, file, proof);
        if let Some(other) = rules.iter().find(|other| other.id == rule.id) {
            let message = format!(
                "the rule of line {} has the same id; give one of them another",
                other.line
            );
            reader.wrong(&node.span, node.field("id"), message);
        }
        rules.push(rule);
    }
    if rules.is_empty() && thresholds == SetThresholds::default() && reader.errors.is_empty() {
        reader.wrong(
            &(0..0),
            "file",
            "holds no rule; write [[rule]] with its fields below",
        );
    }
    if reader.errors.is_empty() {
        Rules::of(rules, checks, sources, thresholds, proof)
    } else {
        reader.errors.sort_by_key(|error| error.line);
        Err(reader.errors)
    }
}

/// What rules may name.
struct Names<'n> {
    checks: &'n BTreeMap<String, Check>,
    sources: &'n BTreeMap<String, RuleSource>,
    known: Option<&'n Rules>,
}

impl Names<'_> {
    fn check(&self, name: &str) -> Option<&Check> {
        let known = || self.known.and_then(|known| known.checks.get(name));
        self.checks.get(name).or_else(known)
    }

    fn has_source(&self, key: &str) -> bool {
        let known = || {
            self.known
                .is_some_and(|known| known.sources.contains_key(key))
        };
        source(key).is_some() || self.sources.contains_key(key) || known()
    }
}

/// Tables with names: `[checks.NAME]`.
fn named_nodes<'d>(
    reader: &mut Reader<'_>,
    root: &Node<'d>,
    kind: &str,
) -> Vec<(String, Node<'d>)> {
    let Some(all) = reader.node(root, kind) else {
        return Vec::new();
    };
    let mut nodes = Vec::new();
    for key in all.table.keys() {
        let name: &str = key.get_ref();
        if let Some(mut node) = reader.node(&all, name) {
            node.path = format!("{} \"{name}\"", kind.trim_end_matches('s'));
            node.span = key.span();
            nodes.push((name.to_owned(), node));
        }
    }
    nodes
}

fn read_thresholds(reader: &mut Reader<'_>, root: &Node<'_>) -> SetThresholds {
    let Some(node) = reader.node(root, "thresholds") else {
        return SetThresholds::default();
    };
    let names = ["short_call", "media_set_up", "timeout"];
    reader.only(&node, &names);
    let [short_call, media_set_up, timeout] = names.map(|name| {
        let seconds = reader.number(&node, name)?;
        match u32::try_from(seconds) {
            Ok(seconds) if (1..=86_400).contains(&seconds) => Some(seconds),
            _ => {
                let span = node
                    .get(name)
                    .map_or(node.span.clone(), |value| value.span());
                let message = "is out of range; write seconds from 1 to 86400";
                reader.wrong(&span, node.field(name), message);
                None
            }
        }
    });
    SetThresholds {
        short_call,
        media_set_up,
        timeout,
    }
}

const RULE_FIELDS: [&str; 9] = [
    "id",
    "verdict",
    "confidence",
    "cause",
    "sources",
    "weight",
    "when",
    "checks",
    "example",
];

fn read_rule(
    reader: &mut Reader<'_>,
    node: &Node<'_>,
    names: &Names<'_>,
    file: &str,
    proof: Proof,
) -> Rule {
    reader.only(node, &RULE_FIELDS);
    let id = reader.needed(node, "id", "give the rule a name");
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if !id.text.chars().all(fits) {
        let message = "an id has lower-case letters, digits and hyphens only";
        reader.wrong(&id.span, node.field("id"), message);
    }
    let verdicts = Verdict::ALL.map(|one| (one.name(), one)).to_vec();
    let verdict = reader.needed(node, "verdict", "write failed, degraded, benign or unknown");
    let verdict = match verdict.text.is_empty() {
        true => None,
        false => reader.word(&verdict, &node.field("verdict"), &verdicts),
    };
    let verdict = verdict.unwrap_or(Verdict::Unknown);
    let confidences = Confidence::ALL.map(|one| (one.name(), one)).to_vec();
    let confidence = reader.needed(node, "confidence", "write stated, inferred or guess");
    let confidence = match confidence.text.is_empty() {
        true => None,
        false => reader.word(&confidence, &node.field("confidence"), &confidences),
    };
    let confidence = confidence.unwrap_or(Confidence::Guess);
    let cause = reader.needed(node, "cause", "say in one sentence why").text;

    let mut sources = Vec::new();
    for key in reader.texts(node, "sources") {
        let is_address = key.text.starts_with("http://") || key.text.starts_with("https://");
        if !is_address && !names.has_source(&key.text) {
            let message = format!(
                "unknown source “{}”; write an address, or add [sources.{}] with title and address",
                key.text, key.text
            );
            reader.wrong(&key.span, node.field("sources"), message);
        }
        sources.push(key.text);
    }
    if sources.is_empty() && confidence == Confidence::Stated && node.get("sources").is_none() {
        let message = "is missing; a cause that is stated names who states it";
        reader.wrong(&node.span, node.field("sources"), message);
    }
    let mut checks = Vec::new();
    for name in reader.texts(node, "checks") {
        match names.check(&name.text) {
            Some(check) => checks.push(check.clone()),
            None => {
                let known = names
                    .known
                    .into_iter()
                    .flat_map(|known| known.checks.keys());
                let all = names.checks.keys().chain(known).map(String::as_str);
                let advice = match nearest(&name.text, all) {
                    Some(near) => format!("did you mean {near}?"),
                    None => format!(
                        "add [checks.{}] with what, at, path and disproof",
                        name.text
                    ),
                };
                let message = format!("unknown check “{}”; {advice}", name.text);
                reader.wrong(&name.span, node.field("checks"), message);
            }
        }
    }
    let in_trouble = matches!(verdict, Verdict::Failed | Verdict::Degraded);
    if in_trouble && node.get("checks").is_none() {
        let message = "is missing; name at least one check for a call that did not go well";
        reader.wrong(&node.span, node.field("checks"), message);
    }
    let weight = match reader.number(node, "weight") {
        Some(weight) if weight.unsigned_abs() <= MAX_WEIGHT.unsigned_abs().into() => weight as i32,
        Some(_) => {
            let message = "is out of range; write a whole number from -100 to 100";
            reader.wrong(&node.span, node.field("weight"), message);
            0
        }
        None => 0,
    };
    let when = match reader.node(node, "when") {
        Some(when) => read_when(reader, &when),
        None => {
            if node.get("when").is_none() {
                let message = "is missing; write [rule.when] with at least one condition";
                reader.wrong(&node.span, node.field("when"), message);
            }
            When::default()
        }
    };
    let examples = match proof {
        Proof::Whole => examples::read(reader, node),
        Proof::ByTests => Vec::new(),
    };
    Rule {
        specificity: when.specificity() + weight,
        weight,
        line: reader.line(node.span.start),
        file: file.to_owned(),
        id: id.text,
        verdict,
        cause,
        confidence,
        checks,
        sources,
        when,
        examples,
    }
}

fn read_when(reader: &mut Reader<'_>, node: &Node<'_>) -> When {
    reader.only(node, condition_names());
    if node.table.is_empty() {
        reader.wrong(
            &node.span,
            node.path.clone(),
            "asks nothing; write at least one condition",
        );
    }
    let kinds = reader.words(node, "kind", words::kinds);
    let mut kind: Vec<Kind> = kinds.into_iter().flatten().collect();
    let kind_is_stated = !kind.is_empty();
    if !kind_is_stated {
        kind.push(Kind::Call);
    }
    let sides = reader.words(node, "ended_by", words::sides);
    let transports = reader.words(node, "transport", words::transports);
    When {
        kind,
        kind_is_stated,
        outcome: reader.words(node, "outcome", words::outcomes),
        status: numbers(reader, node, "status"),
        modality: modalities(reader, node, "modality"),
        conference: reader.flag(node, "conference"),
        answered: reader.flag(node, "answered"),
        ended_by: sides.first().copied(),
        duration: within(reader, node, "duration"),
        time_to_answer: within(reader, node, "time_to_answer"),
        ends: reader.words(node, "ends", words::location_pairs),
        caller: end(reader, node, "caller"),
        callee: end(reader, node, "callee"),
        either: end(reader, node, "either"),
        both: end(reader, node, "both"),
        code: numbers(reader, node, "code"),
        class: reader.words(node, "class", words::classes),
        header: reader.words(node, "header", words::headers),
        carrier: reader.words(node, "carrier", words::carriers),
        on: ons(reader, node, "on"),
        sub_code: plain_texts(reader, node, "sub_code"),
        reason: plain_texts(reader, node, "reason"),
        parameter: parameters(reader, node, "parameter"),
        parameter_has: parameters(reader, node, "parameter_has"),
        hresult: hresults(reader, node),
        bits: bits(reader, node),
        media: modalities(reader, node, "media"),
        locations: reader.words(node, "locations", words::location_pairs),
        local: side(reader, node, "local"),
        remote: side(reader, node, "remote"),
        federation: federation(reader, node),
        transport: transports.first().copied(),
        ice: plain_texts(reader, node, "ice"),
        one_side_only: mask(reader, node, "one_side_only"),
    }
}

fn plain_texts(reader: &mut Reader<'_>, node: &Node<'_>, name: &str) -> Vec<String> {
    let texts = reader.texts(node, name);
    for text in texts.iter().filter(|text| text.text.is_empty()) {
        reader.wrong(
            &text.span,
            node.field(name),
            "is empty, which everything contains",
        );
    }
    texts.into_iter().map(|text| text.text).collect()
}

fn modalities(reader: &mut Reader<'_>, node: &Node<'_>, name: &str) -> Modalities {
    let mut all = Modalities::default();
    for one in reader.words(node, name, words::modalities) {
        all.add(one);
    }
    all
}

/// `24`, `21-24`, `4xx`.
fn range(text: &str) -> Option<RangeInclusive<u32>> {
    if let [class @ b'1'..=b'6', b'x' | b'X', b'x' | b'X'] = text.as_bytes() {
        let first = u32::from(class - b'0') * 100;
        return Some(first..=first + 99);
    }
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
    (first <= last).then_some(first..=last)
}

fn numbers(reader: &mut Reader<'_>, node: &Node<'_>, name: &str) -> Numbers {
    let mut ranges = Vec::new();
    for text in reader.texts(node, name) {
        match range(&text.text) {
            Some(range) => ranges.push(range),
            None => {
                let example = if name == "status" {
                    "488, \"500-599\" or \"4xx\""
                } else {
                    "24 or \"21-24\""
                };
                let message = format!("“{}” is no number and no range; write {example}", text.text);
                reader.wrong(&text.span, node.field(name), message);
            }
        }
    }
    ranges.sort_by_key(|range| (*range.start(), *range.end()));
    Numbers(ranges)
}

fn hresults(reader: &mut Reader<'_>, node: &Node<'_>) -> Vec<u32> {
    let texts = reader.texts(node, "hresult");
    let read = |text: &Text| {
        let digits = text.text.to_ascii_lowercase();
        let digits = digits.strip_prefix("0x")?.replace('_', "");
        u32::from_str_radix(&digits, 16).ok()
    };
    texts
        .iter()
        .filter_map(|text| {
            let number = read(text);
            if number.is_none() {
                let message = format!("“{}” is no HRESULT; write 0x and eight digits", text.text);
                reader.wrong(&text.span, node.field("hresult"), message);
            }
            number
        })
        .collect()
}

/// The message that carries a diagnosis, or one to be made: `BYE`, `488`, `200 INVITE`.
pub(super) fn on(text: &str) -> Option<On> {
    let mut words = text.split_ascii_whitespace();
    let (first, second) = (words.next()?, words.next());
    if words.next().is_some() {
        return None;
    }
    let method = |word: &str| match Method::from_name(&word.to_ascii_uppercase()) {
        Method::Other => None,
        method => Some(method),
    };
    if first.starts_with(|c: char| c.is_ascii_digit()) {
        let range = range(first)?;
        let low = u16::try_from(*range.start())
            .ok()
            .filter(|low| *low >= 100)?;
        let high = u16::try_from(*range.end())
            .ok()
            .filter(|high| *high < 700)?;
        return Some(On {
            status: Some(low..=high),
            method: match second {
                Some(word) => Some(method(word)?),
                None => None,
            },
        });
    }
    if second.is_some() {
        return None;
    }
    Some(On {
        status: None,
        method: Some(method(first)?),
    })
}

fn ons(reader: &mut Reader<'_>, node: &Node<'_>, name: &str) -> Vec<On> {
    let mut ons = Vec::new();
    for text in reader.texts(node, name) {
        match on(&text.text) {
            Some(on) => ons.push(on),
            None => {
                let message = format!(
                    "“{}” is no message; write BYE, \"488\", \"200 INVITE\" or \"4xx INVITE\"",
                    text.text
                );
                reader.wrong(&text.span, node.field(name), message);
            }
        }
    }
    ons
}

fn parameters(reader: &mut Reader<'_>, node: &Node<'_>, name: &str) -> Vec<(String, Vec<String>)> {
    let Some(table) = reader.node(node, name) else {
        return Vec::new();
    };
    let keys: Vec<String> = table
        .table
        .keys()
        .map(|key| key.get_ref().to_string())
        .collect();
    keys.into_iter()
        .map(|key| {
            let values = plain_texts(reader, &table, &key);
            (key, values)
        })
        .collect()
}

/// The bits that a text stands for: a number, the key of a flag, or an expectation.
pub(super) fn bits_of(text: &str) -> Option<u32> {
    if let Some(digits) = text.strip_prefix("0x").or(text.strip_prefix("0X")) {
        let digits = digits.replace('_', "");
        return IceWarn::parse(digits.as_bytes()).ok().map(IceWarn::bits);
    }
    if let Ok(number) = text.parse() {
        return Some(number);
    }
    let of = |is: &dyn Fn(&siptriage_diagnostics::IceWarnFlag) -> bool| {
        let flags = ice_warn_flags().iter().filter(|flag| is(flag));
        flags.fold(0, |mask, flag| mask | flag.mask.bits())
    };
    let expectation = Expectation::ALL
        .into_iter()
        .find(|one| one.name().replace(' ', "-") == text);
    match expectation {
        Some(expectation) => Some(of(&|flag| flag.expectation == expectation)),
        None => Some(of(&|flag| flag.key == text)).filter(|mask| *mask != 0),
    }
}

fn mask(reader: &mut Reader<'_>, node: &Node<'_>, name: &str) -> u32 {
    let mut mask = 0;
    for text in reader.texts(node, name) {
        match bits_of(&text.text) {
            Some(0) => {
                let message = "is an empty mask, which asks nothing; for calls without flags \
                               write none with the bits that must not be there";
                reader.wrong(&text.span, node.field(name), message);
            }
            Some(bits) => mask |= bits,
            None => {
                let keys = ice_warn_flags().iter().map(|flag| flag.key);
                let advice = match nearest(&text.text, keys) {
                    Some(near) => format!("did you mean {near}?"),
                    None => "write 0x and digits, the key of a flag, expected, may-be-expected, \
                             unexpected or unknown"
                        .to_owned(),
                };
                let message = format!("“{}” is no mask; {advice}", text.text);
                reader.wrong(&text.span, node.field(name), message);
            }
        }
    }
    mask
}

fn bits(reader: &mut Reader<'_>, node: &Node<'_>) -> Bits {
    let Some(table) = reader.node(node, "bits") else {
        return Bits::default();
    };
    reader.only(&table, &["all", "any", "none", "only"]);
    let bits = Bits {
        all: mask(reader, &table, "all"),
        any: mask(reader, &table, "any"),
        none: mask(reader, &table, "none"),
        only: table.get("only").map(|_| mask(reader, &table, "only")),
    };
    let refused = bits.none
        | bits
            .only
            .map_or(0, |only| super::condition::known_bits() & !only);
    if bits.all & refused != 0 || bits.any != 0 && bits.any & !refused == 0 {
        let message = "contradicts itself: what all or any asks for, none or only forbids";
        reader.wrong(&table.span, table.path.clone(), message);
    }
    bits
}

fn side(reader: &mut Reader<'_>, node: &Node<'_>, name: &str) -> SideWhen {
    let Some(table) = reader.node(node, name) else {
        return SideWhen::default();
    };
    reader.only(&table, &["location", "relay"]);
    SideWhen {
        location: reader.words(&table, "location", words::locations),
        relay: reader.words(&table, "relay", words::relays),
    }
}

fn end(reader: &mut Reader<'_>, node: &Node<'_>, name: &str) -> EndWhen {
    let Some(table) = reader.node(node, name) else {
        return EndWhen::default();
    };
    let fields = [
        "location",
        "relay",
        "agent",
        "agent_unlike",
        "offers",
        "lacks",
    ];
    reader.only(&table, &fields);
    let mut candidates = |name| {
        let mut all = Candidates::default();
        for one in reader.words(&table, name, words::candidates) {
            all.add(one);
        }
        all
    };
    let (offers, lacks) = (candidates("offers"), candidates("lacks"));
    EndWhen {
        location: reader.words(&table, "location", words::locations),
        relay: reader.words(&table, "relay", words::relays),
        agent: plain_texts(reader, &table, "agent"),
        agent_unlike: plain_texts(reader, &table, "agent_unlike"),
        offers,
        lacks,
    }
}

fn federation(reader: &mut Reader<'_>, node: &Node<'_>) -> Vec<String> {
    let texts = reader.texts(node, "federation");
    for text in &texts {
        let is_word = [NOT_FEDERATED, FEDERATED, NOT_STATED].contains(&text.text.as_str());
        let is_number = !text.text.is_empty() && text.text.bytes().all(|b| b.is_ascii_digit());
        if !is_word && !is_number {
            let message = format!(
                "unknown word “{}”; write {NOT_FEDERATED}, {FEDERATED}, {NOT_STATED} or a value \
                 as \"1\"",
                text.text
            );
            reader.wrong(&text.span, node.field("federation"), message);
        }
    }
    texts.into_iter().map(|text| text.text).collect()
}

fn within(reader: &mut Reader<'_>, node: &Node<'_>, name: &str) -> Within {
    let Some(table) = reader.node(node, name) else {
        return Within::default();
    };
    reader.only(&table, &["below", "above"]);
    let mut bound = |name: &str| {
        let value = table.get(name)?;
        let read = match value.get_ref() {
            DeValue::Integer(number) => number.as_str().parse::<f64>().ok().map(seconds),
            DeValue::Float(number) => number.as_str().parse::<f64>().ok().map(seconds),
            DeValue::String(word) => (Bound::NAMES.iter())
                .find(|(name, _)| *name == word.trim())
                .map(|(_, bound)| Some(*bound)),
            _ => None,
        };
        if read.flatten().is_none() {
            let message = "write seconds, or one of \"short_call\", \"media_set_up\", \"timeout\"";
            reader.wrong(&value.span(), table.field(name), message);
        }
        read.flatten()
    };
    let (above, below) = (bound("above"), bound("below"));
    Within { above, below }
}

fn seconds(seconds: f64) -> Option<Bound> {
    let is_usable = (0.0..=86_400.0 * 366.0).contains(&seconds);
    is_usable.then_some(Bound::Micros((seconds * 1e6) as i64))
}

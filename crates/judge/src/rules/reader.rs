//! Reading a TOML document with the line and the field of everything that is wrong in it.

use std::ops::Range;

use memchr::memchr_iter;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::RuleError;
use siptriage_diagnostics::nearest;

use super::words::Words;

/// A table of the document, and how it is called in messages.
#[derive(Debug, Clone)]
pub(super) struct Node<'d> {
    pub(super) table: &'d DeTable<'d>,
    /// Bytes of the table in the document.
    pub(super) span: Range<usize>,
    /// `rule "id": when`.
    pub(super) path: String,
}

impl<'d> Node<'d> {
    /// How a field of it is called.
    pub(super) fn field(&self, name: &str) -> String {
        match self.path.as_str() {
            "" => name.to_owned(),
            path if path.ends_with('"') || path.starts_with("rule ") && !path.contains(':') => {
                format!("{path}: {name}")
            }
            path => format!("{path}.{name}"),
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&'d Spanned<DeValue<'d>>> {
        self.table.get(name)
    }
}

/// A text of the document with its place.
#[derive(Debug, Clone)]
pub(super) struct Text {
    pub(super) text: String,
    pub(super) span: Range<usize>,
}

/// The document, and what was found wrong in it.
#[derive(Debug)]
pub(super) struct Reader<'t> {
    file: &'t str,
    /// Where lines end, in bytes: every rule and example asks for its line.
    ends: Vec<usize>,
    pub(super) errors: Vec<RuleError>,
}

impl<'t> Reader<'t> {
    pub(super) fn new(text: &'t str, file: &'t str) -> Reader<'t> {
        Reader {
            file,
            ends: memchr_iter(b'\n', text.as_bytes()).collect(),
            errors: Vec::new(),
        }
    }

    /// The line of a byte, counted from 1.
    pub(super) fn line(&self, at: usize) -> usize {
        self.ends.partition_point(|end| *end < at) + 1
    }

    pub(super) fn wrong(
        &mut self,
        span: &Range<usize>,
        field: impl Into<String>,
        message: impl Into<String>,
    ) {
        let error = RuleError {
            file: self.file.to_owned(),
            line: self.line(span.start),
            field: field.into(),
            message: message.into(),
        };
        self.errors.push(error);
    }

    /// Complains about fields that do not exist.
    pub(super) fn only(&mut self, node: &Node<'_>, known: &[&str]) {
        for key in node.table.keys() {
            let name: &str = key.get_ref();
            if !known.contains(&name) {
                let advice = match nearest(name, known.iter().copied()) {
                    Some(near) => format!("did you mean {near}?"),
                    None => format!("there are: {}", known.join(", ")),
                };
                let field = node.field(name);
                self.wrong(&key.span(), field, format!("no such field; {advice}"));
            }
        }
    }

    fn wrong_type(
        &mut self,
        node: &Node<'_>,
        name: &str,
        value: &Spanned<DeValue<'_>>,
        want: &str,
    ) {
        let found = match value.get_ref() {
            DeValue::String(_) => "a text",
            DeValue::Integer(_) => "a number",
            DeValue::Float(_) => "a number with a fraction",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        let field = node.field(name);
        self.wrong(&value.span(), field, format!("is {found}; write {want}"));
    }

    /// A text; none where the field is missing or wrong.
    pub(super) fn text(&mut self, node: &Node<'_>, name: &str) -> Option<Text> {
        let value = node.get(name)?;
        match value.get_ref() {
            DeValue::String(text) => Some(Text {
                text: text.trim().to_owned(),
                span: value.span(),
            }),
            _ => {
                self.wrong_type(node, name, value, "a text in quotation marks");
                None
            }
        }
    }

    /// A text that must be there and hold something.
    pub(super) fn needed(&mut self, node: &Node<'_>, name: &str, advice: &str) -> Text {
        let found = self.text(node, name);
        match found {
            Some(text) if !text.text.is_empty() => text,
            Some(text) => {
                self.wrong(&text.span, node.field(name), format!("is empty; {advice}"));
                text
            }
            None => {
                if node.get(name).is_none() {
                    self.wrong(
                        &node.span,
                        node.field(name),
                        format!("is missing; {advice}"),
                    );
                }
                Text {
                    text: String::new(),
                    span: node.span.clone(),
                }
            }
        }
    }

    /// A text, or a list of texts; empty where the field is missing. An empty list is wrong: it
    /// would ask for nothing, and look as if it did.
    pub(super) fn texts(&mut self, node: &Node<'_>, name: &str) -> Vec<Text> {
        let Some(value) = node.get(name) else {
            return Vec::new();
        };
        let mut texts = Vec::new();
        for item in self.items(node, name, value) {
            match item.get_ref() {
                DeValue::String(text) => texts.push(Text {
                    text: text.trim().to_owned(),
                    span: item.span(),
                }),
                DeValue::Integer(number) => texts.push(Text {
                    text: number.to_string(),
                    span: item.span(),
                }),
                _ => self.wrong_type(node, name, item, "a text, or a list of texts"),
            }
        }
        texts
    }

    /// The items of a list, or the value itself.
    pub(super) fn items<'d>(
        &mut self,
        node: &Node<'_>,
        name: &str,
        value: &'d Spanned<DeValue<'d>>,
    ) -> Vec<&'d Spanned<DeValue<'d>>> {
        match value.get_ref() {
            DeValue::Array(items) => {
                if items.is_empty() {
                    let message = "is an empty list; leave the field out, or name something";
                    self.wrong(&value.span(), node.field(name), message);
                }
                items.iter().collect()
            }
            _ => vec![value],
        }
    }

    pub(super) fn flag(&mut self, node: &Node<'_>, name: &str) -> Option<bool> {
        let value = node.get(name)?;
        match value.get_ref() {
            DeValue::Boolean(is) => Some(*is),
            _ => {
                self.wrong_type(node, name, value, "true or false, without quotation marks");
                None
            }
        }
    }

    /// A whole number; hexadecimal ones too.
    pub(super) fn number(&mut self, node: &Node<'_>, name: &str) -> Option<i64> {
        let value = node.get(name)?;
        if let DeValue::Integer(number) = value.get_ref()
            && let Ok(number) = i64::from_str_radix(number.as_str(), number.radix())
        {
            return Some(number);
        }
        self.wrong_type(node, name, value, "a whole number");
        None
    }

    /// A table inside of a table.
    pub(super) fn node<'d>(&mut self, node: &Node<'d>, name: &str) -> Option<Node<'d>> {
        let value = node.get(name)?;
        match value.get_ref() {
            DeValue::Table(table) => Some(Node {
                table,
                span: value.span(),
                path: node.field(name),
            }),
            _ => {
                self.wrong_type(node, name, value, "a table");
                None
            }
        }
    }

    /// A list of tables: `[[name]]`.
    pub(super) fn nodes<'d>(&mut self, node: &Node<'d>, name: &str) -> Vec<Node<'d>> {
        let Some(value) = node.get(name) else {
            return Vec::new();
        };
        let DeValue::Array(items) = value.get_ref() else {
            let want = format!("[[{name}]] above it, with two brackets");
            self.wrong_type(node, name, value, &want);
            return Vec::new();
        };
        let mut nodes = Vec::new();
        for (at, item) in items.iter().enumerate() {
            match item.get_ref() {
                DeValue::Table(table) => nodes.push(Node {
                    table,
                    span: item.span(),
                    path: format!("{} {}", node.field(name), at + 1),
                }),
                _ => self.wrong_type(node, name, item, "a table"),
            }
        }
        nodes
    }

    /// What words stand for; those that stand for nothing are told with all that do.
    pub(super) fn words<T: Clone>(
        &mut self,
        node: &Node<'_>,
        name: &str,
        words: fn() -> Words<T>,
    ) -> Vec<T> {
        let texts = self.texts(node, name);
        if texts.is_empty() {
            return Vec::new();
        }
        let (words, field) = (words(), node.field(name));
        texts
            .iter()
            .filter_map(|text| self.word(text, &field, &words))
            .collect()
    }

    /// What a word stands for.
    pub(super) fn word<T: Clone>(
        &mut self,
        text: &Text,
        field: &str,
        words: &Words<T>,
    ) -> Option<T> {
        let known = words
            .iter()
            .find(|(word, _)| word.eq_ignore_ascii_case(&text.text));
        if let Some((_, value)) = known {
            return Some(value.clone());
        }
        let names: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let near = match nearest(&text.text, names.iter().copied()) {
            Some(near) => format!("did you mean {near}? It"),
            None => "it".to_owned(),
        };
        let message = format!(
            "unknown word “{}”; {near} is one of: {}",
            text.text,
            names.join(", ")
        );
        self.wrong(&text.span, field, message);
        None
    }
}

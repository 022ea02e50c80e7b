//! The table of rules of single fields, read on first use.

use std::sync::LazyLock;

use super::structs::{Check, STRUCTS};
use crate::schema::{ByName, full_name};

const TABLE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/data/validation.txt"));

/// A rule of a field.
#[derive(Clone, Debug)]
pub(super) enum Rule {
    /// It is there, and not empty; the words say why.
    Required(&'static str),
    /// The schema requires it, and yet it may be absent or empty.
    Optional,
    /// What is inside is looked at elsewhere, or nowhere.
    Skip,
    /// Text of a list, or none unless that is held to it as well; for a list each of its items.
    OneOf(Vec<&'static str>, bool),
    /// A struct that is looked at also where there is none.
    Struct,
    /// A number not below.
    AtLeast(i64),
    /// A number above zero.
    Positive(&'static str),
    /// A number between the two, both allowed; other words than the usual where there are any.
    Range(i64, i64, &'static str),
    /// Text, or the items of a list, in one of the forms of [`super::format`]; or none, unless that is held to it as well.
    Text(fn(&str) -> Vec<String>, bool),
    /// The same, also where there is none.
    Must(fn(&str) -> Vec<String>),
    /// Labels.
    Labels,
    /// Annotations.
    Annotations,
    /// No two items share the values of these fields.
    Unique(Vec<&'static str>),
    /// The list has an item; the words say why.
    Filled(&'static str),
    /// The list has no more items.
    AtMost(u64),
    /// The text has no more bytes.
    Bytes(usize),
    /// A port by number or by name.
    Port,
}

/// The rules of one definition.
#[derive(Default)]
pub(super) struct Rules {
    /// Rules by field.
    pub fields: Vec<(&'static str, Rule)>,
    /// What concerns several fields.
    pub check: Option<Check>,
}

static RULES: LazyLock<ByName<Rules>> = LazyLock::new(load);

/// The rules of the definition called `name`.
pub(super) fn rules(name: &str) -> Option<&'static Rules> {
    RULES.get(name)
}

impl Rules {
    /// The rules of `field`.
    pub fn of<'a>(&'a self, field: &'a str) -> impl Iterator<Item = &'a Rule> {
        self.fields.iter().filter(move |(name, _)| *name == field).map(|(_, rule)| rule)
    }
}

fn load() -> ByName<Rules> {
    let mut all: ByName<Rules> = ByName::default();
    for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
        let read = read(line);
        debug_assert!(read.is_some(), "validation.txt: {line}");
        if let Some((definition, field, rule)) = read {
            all.entry(full_name(definition)).or_default().fields.push((field, rule));
        }
    }
    for (definition, check) in STRUCTS {
        all.entry(full_name(definition)).or_default().check = Some(*check);
    }
    all
}

fn read(line: &'static str) -> Option<(&'static str, &'static str, Rule)> {
    let mut words = line.splitn(4, ' ');
    let (definition, field, rule) = (words.next()?, words.next()?, words.next()?);
    let argument = words.next().unwrap_or_default();
    let rule = match rule {
        "required" => Rule::Required(argument),
        "optional" => Rule::Optional,
        "skip" => Rule::Skip,
        "one-of" | "one-of!" => Rule::OneOf(argument.split(',').collect(), rule.ends_with('!')),
        "struct" => Rule::Struct,
        "at-least" => Rule::AtLeast(argument.parse().ok()?),
        "positive" if argument.is_empty() => Rule::Positive("must be greater than zero"),
        "positive" => Rule::Positive(argument),
        "range" => {
            let (range, words) = argument.split_once(' ').unwrap_or((argument, ""));
            let (least, most) = range.split_once("..")?;
            Rule::Range(least.parse().ok()?, most.parse().ok()?, words)
        }
        "port" => Rule::Range(1, 65_535, ""),
        "port-or-name" => Rule::Port,
        "is" | "is!" => Rule::Text(super::format::named(argument)?, rule.ends_with('!')),
        "must-be" => Rule::Must(super::format::named(argument)?),
        "labels" => Rule::Labels,
        "annotations" => Rule::Annotations,
        "unique" => Rule::Unique(argument.split('+').collect()),
        "filled" => Rule::Filled(argument),
        "at-most" => Rule::AtMost(argument.parse().ok()?),
        "bytes" => Rule::Bytes(argument.parse().ok()?),
        _ => return None,
    };
    Some((definition, field, rule))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::definition;

    #[test]
    fn every_rule_is_for_a_field_that_is_there() {
        for (name, rules) in &*RULES {
            let schema = definition(name).unwrap_or_else(|| panic!("no definition {name}"));
            for (field, _) in &rules.fields {
                assert!(schema.member(field).is_some(), "{name} {field}");
            }
        }
    }
}

//! The table of rules of single fields, read on first use.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::schema::full_name;

const TABLE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/data/validation.txt"));

/// A rule of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    /// It is there, and not empty.
    Required,
    /// Text of a list; for a list each of its items.
    OneOf(Vec<&'static str>),
    /// A number not below.
    AtLeast(i64),
    /// A number between the two, both allowed.
    Range(i64, i64),
    /// An RFC 1123 label.
    Label,
    /// An RFC 1123 subdomain.
    Subdomain,
    /// The key of a label.
    LabelKey,
    /// Labels.
    Labels,
    /// Annotations.
    Annotations,
    /// No two items share the values of these fields.
    Unique(Vec<&'static str>),
    /// The list has an item.
    Filled,
    /// No amount of the map is negative.
    Amounts,
    /// An IP address.
    Ip,
}

/// The rules of one definition, by field.
pub(super) type Rules = Vec<(&'static str, Rule)>;

static RULES: LazyLock<HashMap<String, Rules>> = LazyLock::new(load);

/// The rules of the definition called `name`.
pub(super) fn rules(name: &str) -> &'static [(&'static str, Rule)] {
    RULES.get(name).map(Vec::as_slice).unwrap_or_default()
}

fn load() -> HashMap<String, Rules> {
    let mut all: HashMap<String, Rules> = HashMap::new();
    for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
        let read = read(line);
        debug_assert!(read.is_some(), "validation.txt: {line}");
        if let Some((definition, field, rule)) = read {
            all.entry(full_name(definition)).or_default().push((field, rule));
        }
    }
    all
}

fn read(line: &'static str) -> Option<(&'static str, &'static str, Rule)> {
    let mut words = line.splitn(4, ' ');
    let (definition, field, rule) = (words.next()?, words.next()?, words.next()?);
    let argument = words.next().unwrap_or_default();
    let rule = match rule {
        "required" => Rule::Required,
        "one-of" => Rule::OneOf(argument.split(',').collect()),
        "at-least" => Rule::AtLeast(argument.parse().ok()?),
        "range" => {
            let (least, most) = argument.split_once("..")?;
            Rule::Range(least.parse().ok()?, most.parse().ok()?)
        }
        "port" => Rule::Range(1, 65_535),
        "label" => Rule::Label,
        "subdomain" => Rule::Subdomain,
        "label-key" => Rule::LabelKey,
        "labels" => Rule::Labels,
        "annotations" => Rule::Annotations,
        "unique" => Rule::Unique(argument.split('+').collect()),
        "filled" => Rule::Filled,
        "quantity>=0" => Rule::Amounts,
        "ip" => Rule::Ip,
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
            for (field, _) in rules {
                assert!(schema.member(field).is_some(), "{name} {field}");
            }
        }
    }
}

//! The table of defaults, read on first use.

use std::sync::LazyLock;

use serde_json::{Map, Value};

use super::{COMPUTED, Compute};
use crate::member;
use crate::schema::{ByName, full_name};

const TABLE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/data/defaults.txt"));

/// The defaults of one definition.
#[derive(Default)]
pub(super) struct Rules {
    fields: Vec<Rule>,
    compute: Option<Compute>,
}

struct Rule {
    holders: Vec<&'static str>,
    field: &'static str,
    zero_is_absent: bool,
    empty_is_there: bool,
    value: Value,
}

static RULES: LazyLock<ByName<Rules>> = LazyLock::new(load);

/// The defaults of the definition called `name`.
pub(super) fn rules(name: &str) -> Option<&'static Rules> {
    RULES.get(name)
}

impl Rules {
    /// Fills in what `map` lacks.
    pub fn apply(&self, map: &mut Map<String, Value>) {
        for rule in &self.fields {
            rule.apply(map);
        }
        if let Some(compute) = self.compute {
            compute(map);
        }
    }
}

impl Rule {
    fn apply(&self, map: &mut Map<String, Value>) {
        let holder = self.holders.iter().try_fold(map, |map, field| map.get_mut(*field)?.as_object_mut());
        let Some(holder) = holder else { return };
        let absent = match member(holder, self.field) {
            None | Some(Value::Null) => true,
            Some(Value::String(text)) => text.is_empty() && !self.empty_is_there && self.value.is_string(),
            Some(Value::Number(number)) => self.zero_is_absent && number.as_i64() == Some(0),
            Some(_) => false,
        };
        if absent {
            holder.insert(self.field.into(), self.value.clone());
        }
    }
}

fn load() -> ByName<Rules> {
    let mut all: ByName<Rules> = ByName::default();
    for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
        let read = rule(line);
        debug_assert!(read.is_some(), "defaults.txt: {line}");
        if let Some((definition, rule)) = read {
            all.entry(full_name(definition)).or_default().fields.push(rule);
        }
    }
    for (definition, compute) in COMPUTED {
        all.entry(full_name(definition)).or_default().compute = Some(*compute);
    }
    all
}

fn rule(line: &'static str) -> Option<(&'static str, Rule)> {
    let mut words = line.splitn(3, ' ');
    let (definition, place, value) = (words.next()?, words.next()?, words.next()?);
    let value = serde_json::from_str(value).ok()?;
    let (place, zero_is_absent) = place.strip_suffix('?').map_or((place, false), |place| (place, true));
    let (place, empty_is_there) = place.strip_suffix('!').map_or((place, false), |place| (place, true));
    let mut holders: Vec<&str> = place.split('.').collect();
    let field = holders.pop()?;
    Some((definition, Rule { holders, field, zero_is_absent, empty_is_there, value }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Schema, definition};

    #[test]
    fn every_default_is_for_a_field_that_is_there() {
        for (name, rules) in &*RULES {
            let schema = definition(name).unwrap_or_else(|| panic!("no definition {name}"));
            for rule in &rules.fields {
                let holder = rule.holders.iter().try_fold(schema, |schema, field| schema.member(field));
                assert!(holder.and_then(|holder: &Schema| holder.member(rule.field)).is_some(), "{name} {}", rule.field);
            }
        }
    }
}

//! A list of resources.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;

use serde_json::{Map, Value};

use crate::quantity::{Format, Quantity};

/// How much of each resource: `core/v1 ResourceList`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Amounts(pub BTreeMap<String, Quantity>);

impl Amounts {
    /// Reads a `ResourceList`; what is no quantity is left out: validation comes before.
    pub fn read(list: Option<&Value>) -> Self {
        let list = list.and_then(Value::as_object).into_iter().flatten();
        Self(list.filter_map(|(name, value)| Some((name.clone(), Quantity::from_value(value).ok()?))).collect())
    }

    /// The amount of `name`.
    pub fn get(&self, name: &str) -> Option<Quantity> {
        self.0.get(name).copied()
    }

    /// Adds `count` whole units of `name`.
    pub fn count(&mut self, name: &str, count: i64) {
        self.add_one(name, Quantity::from_units(count, Format::DecimalSi));
    }

    /// Adds `amount` of `name`.
    pub fn add_one(&mut self, name: &str, amount: Quantity) {
        match self.0.entry(name.to_owned()) {
            Entry::Vacant(entry) => {
                entry.insert(amount);
            }
            Entry::Occupied(mut entry) => *entry.get_mut() = entry.get().plus(amount),
        }
    }

    /// Adds all of `other`.
    pub fn add(&mut self, other: &Self) {
        other.0.iter().for_each(|(name, amount)| self.add_one(name, *amount));
    }

    /// Takes all of `other` away.
    pub fn subtract(&mut self, other: &Self) {
        for (name, amount) in &other.0 {
            let before = self.0.entry(name.clone()).or_default();
            *before = before.minus(*amount);
        }
    }

    /// Raises every amount to that of `other`.
    pub fn raise(&mut self, other: &Self) {
        for (name, amount) in &other.0 {
            let own = self.0.entry(name.clone()).or_insert(*amount);
            *own = (*own).max(*amount);
        }
    }

    /// What is above nothing, of the resources that `wanted` says.
    #[must_use]
    pub fn positive(&self, wanted: impl Fn(&str) -> bool) -> Self {
        let kept = self.0.iter().filter(|(name, amount)| wanted(name) && !amount.is_zero() && !amount.is_negative());
        Self(kept.map(|(name, amount)| (name.clone(), *amount)).collect())
    }

    /// As a `ResourceList`.
    pub fn to_value(&self) -> Value {
        let list = self.0.iter().map(|(name, amount)| (name.clone(), Value::from(amount.to_string())));
        Value::Object(list.collect::<Map<_, _>>())
    }
}

/// `cpu=1,memory=2Gi`, as upstream's refusals write it.
impl fmt::Display for Amounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<String> = self.0.iter().map(|(name, amount)| format!("{name}={amount}")).collect();
        f.write_str(&parts.join(","))
    }
}

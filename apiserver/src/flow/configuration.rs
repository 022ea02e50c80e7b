//! All schemas and levels, arranged for the question where a request belongs.

use std::collections::BTreeMap;
use std::sync::Arc;

use kontiki_api::Text;
use serde_json::Value;

use super::Asked;
use super::figures::Figures;
use super::level::Level;
use super::schema::Schema;

/// What stands in where the objects that must be there are missing.
const MANDATORY: [&str; 2] = ["exempt", "catch-all"];

/// Schemas in the order they are asked in, and levels by name.
#[derive(Debug)]
pub(super) struct Configuration {
    schemas: Vec<Arc<Schema>>,
    levels: BTreeMap<Text, Arc<Level>>,
}

/// How many requests of a level run at a time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Bounds {
    /// Its own seats.
    pub nominal: usize,
    /// Those of them that nobody else gets.
    pub reserved: usize,
    /// Its own and those it may have of others.
    pub most: usize,
}

impl Configuration {
    /// Reads `objects` of both kinds; what must be there and is not is taken from those every cluster starts with.
    pub fn read(objects: &[Value], figures: &Figures) -> Self {
        let built_in = super::objects();
        let of_kind = |kind: &'static str| move |object: &&Value| object.get("kind").and_then(Value::as_str) == Some(kind);
        let must = built_in.iter().filter(|object| MANDATORY.iter().any(|name| object["metadata"]["name"] == *name));
        // What comes later replaces what is there under its name.
        let all: Vec<&Value> = must.chain(objects).collect();
        let levels = all.iter().copied().filter(of_kind("PriorityLevelConfiguration")).filter_map(Level::read);
        let levels: BTreeMap<Text, Arc<Level>> = levels.map(|level| (level.name.clone(), Arc::new(level))).collect();
        let schemas = all
            .iter()
            .copied()
            .filter(of_kind("FlowSchema"))
            .filter_map(|object| Schema::read(object, |level, name| figures.flow(level, name)));
        let schemas: BTreeMap<Text, Arc<Schema>> = schemas.map(|schema| (schema.name.clone(), Arc::new(schema))).collect();
        let mut schemas: Vec<_> = schemas.into_values().filter(|schema| levels.contains_key(&schema.level)).collect();
        schemas.sort_by_key(|schema| schema.precedence);
        Self { schemas, levels }
    }

    /// Where `asked` belongs; `None` only for requests that not even `catch-all` is about.
    pub fn find(&self, asked: &Asked<'_>) -> Option<(Arc<Schema>, Arc<Level>)> {
        let schema = self.schemas.iter().find(|schema| schema.matches(asked))?;
        Some((Arc::clone(schema), Arc::clone(self.levels.get(&schema.level)?)))
    }

    /// The bounds of every level that is not exempt, where there are `total` seats.
    pub fn bounds(&self, total: usize) -> BTreeMap<Text, Bounds> {
        let limited = || self.levels.values().filter(|level| !level.exempt);
        let shares: u64 = limited().map(|level| level.shares).sum::<u64>().max(1);
        let bounds = limited().map(|level| {
            let nominal = (total as u64).saturating_mul(level.shares).div_ceil(shares);
            let reserved = nominal - nominal * level.lendable / 100;
            let most = level.borrowing.map_or(u64::MAX, |percent| nominal.saturating_add(nominal.saturating_mul(percent) / 100));
            let count = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
            (level.name.clone(), Bounds { nominal: count(nominal), reserved: count(reserved), most: count(most) })
        });
        bounds.collect()
    }
}

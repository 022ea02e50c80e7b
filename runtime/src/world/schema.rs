//! What a World holds beside raw objects: the sum of what its reconcilers declare.

use std::any::TypeId;
use std::fmt;

use kontiki_api::view::View;
use serde_json::Value;

use super::index::Index;
use super::observations::{AnyObservation, Observations, ObservedTable, from_json};
use super::projection::{Projection, Table};
use crate::client::{Interest, Selection};
use crate::observe::Observed;

/// The views, indexes and observed kinds that some reconcilers declare.
#[derive(Clone, Default)]
pub struct Schema {
    pub(super) views: Vec<ViewEntry>,
    pub(super) indexes: Vec<IndexEntry>,
    pub(super) observed: Vec<ObservedEntry>,
    pub(super) timed: Vec<&'static str>,
    pub(super) everything: bool,
}

#[derive(Clone, Copy)]
pub(super) struct ViewEntry {
    pub(super) id: TypeId,
    pub(super) resource: &'static str,
    pub(super) api_version: &'static str,
    pub(super) kind: &'static str,
    pub(super) make: fn() -> Box<dyn Table>,
}

#[derive(Clone, Copy)]
pub(super) struct IndexEntry {
    pub(super) id: TypeId,
    pub(super) view: TypeId,
    pub(super) add: fn(&mut dyn Table),
}

#[derive(Clone, Copy)]
pub(super) struct ObservedEntry {
    pub(super) id: TypeId,
    pub(super) name: &'static str,
    pub(super) make: fn() -> Box<dyn ObservedTable>,
    pub(super) read: fn(&Value) -> Result<Box<dyn AnyObservation>, serde_json::Error>,
}

impl Schema {
    /// Holds `V`.
    pub fn view<V: View>(&mut self) {
        let id = TypeId::of::<V>();
        if self.views.iter().all(|entry| entry.id != id) {
            let make = || Box::new(Projection::<V>::default()) as Box<dyn Table>;
            self.views.push(ViewEntry { id, resource: V::RESOURCE, api_version: V::API_VERSION, kind: V::KIND, make });
        }
    }

    /// Holds `I` and its view.
    pub fn index<I: Index>(&mut self) {
        self.view::<I::View>();
        let id = TypeId::of::<I>();
        if self.indexes.iter().all(|entry| entry.id != id) {
            self.indexes.push(IndexEntry { id, view: TypeId::of::<I::View>(), add: add_index::<I> });
        }
    }

    /// Holds the observations of `O`.
    pub fn observed<O: Observed>(&mut self) {
        let id = TypeId::of::<O>();
        if self.observed.iter().all(|entry| entry.id != id) {
            let make = || Box::new(Observations::<O>::default()) as Box<dyn ObservedTable>;
            self.observed.push(ObservedEntry { id, name: O::NAME, make, read: from_json::<O> });
        }
    }

    /// Holds `V` and when each of its objects last changed.
    pub fn timed<V: View>(&mut self) {
        self.view::<V>();
        if !self.timed.contains(&V::RESOURCE) {
            self.timed.push(V::RESOURCE);
        }
    }

    /// Holds every object of the cluster, raw.
    pub fn everything(&mut self) {
        self.everything = true;
    }

    /// Adds what `other` declares.
    pub fn merge(&mut self, other: &Self) {
        self.everything |= other.everything;
        for resource in &other.timed {
            if !self.timed.contains(resource) {
                self.timed.push(resource);
            }
        }
        for view in &other.views {
            if self.views.iter().all(|entry| entry.id != view.id) {
                self.views.push(*view);
            }
        }
        for index in &other.indexes {
            if self.indexes.iter().all(|entry| entry.id != index.id) {
                self.indexes.push(*index);
            }
        }
        for observed in &other.observed {
            if self.observed.iter().all(|entry| entry.id != observed.id) {
                self.observed.push(*observed);
            }
        }
    }

    /// What a client must feed for a World of this schema: each collection that a view reads, whole,
    /// or the whole cluster where a reconciler looks at every kind.
    pub fn interest(&self) -> Interest {
        if self.everything {
            return Interest::All;
        }
        let mut selections: Vec<Selection> = Vec::new();
        for view in &self.views {
            let resource = view.resource.into();
            if selections.iter().all(|selection| selection.resource != resource) {
                selections.push(Selection { resource, api_version: view.api_version.into(), fields: String::new() });
            }
        }
        Interest::Some(selections)
    }

    /// Reads an observation as recordings write it; `None` where no reconciler declares its kind.
    ///
    /// # Errors
    /// Where the value does not read as that kind.
    pub fn read_observation(&self, value: &Value) -> Option<Result<Box<dyn AnyObservation>, serde_json::Error>> {
        let name = value.get("kind").and_then(Value::as_str)?;
        self.observed.iter().find(|entry| entry.name == name).map(|entry| (entry.read)(value))
    }
}

impl fmt::Debug for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let views: Vec<_> = self.views.iter().map(|view| (view.resource, view.kind)).collect();
        f.debug_struct("Schema").field("views", &views).field("everything", &self.everything).finish_non_exhaustive()
    }
}

fn add_index<I: Index>(table: &mut dyn Table) {
    if let Some(projection) = table.as_any_mut().downcast_mut::<Projection<I::View>>() {
        projection.add_index::<I>();
    }
}

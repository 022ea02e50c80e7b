//! Worlds from plain objects, without a server: for tests, simulations and the command line.

use std::sync::Arc;

use kontiki_api::kind::Kinds;
use kontiki_api::meta::{Key, Resource, Revision};
use kontiki_api::object::{Draft, Object};
use serde_json::{Map, Value, json};

use super::{Schema, Triggers, World};
use crate::client::Feed;
use crate::observe::{Observation, Observed};
use crate::reconciler::Reconciler;

/// Why a value is not an object.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAnObject {
    /// `apiVersion`, `kind` or `metadata.name` is missing.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// No row and no declared view has this kind.
    #[error("{api_version} {kind} is not a known kind")]
    Kind {
        /// Its `apiVersion`.
        api_version: String,
        /// Its `kind`.
        kind: String,
    },
}

/// Collects objects and observations into a World. What an object lacks is filled in: uid
/// (`<kind>-<namespace>-<name>`) and revision (one more than the object's before).
#[derive(Debug)]
pub struct WorldBuilder {
    schema: Schema,
    kinds: Kinds,
    revision: Revision,
    objects: Vec<Arc<Object>>,
    world: World,
}

impl WorldBuilder {
    /// For a World of `schema`.
    pub fn new(schema: Schema) -> Self {
        let world = World::new(&schema);
        Self { schema, kinds: Kinds::builtin(), revision: Revision::ZERO, objects: Vec::new(), world }
    }

    /// For a World as `R` declares it.
    pub fn of<R: Reconciler>() -> Self {
        let mut triggers = Triggers::default();
        R::triggers(&mut triggers);
        Self::new(triggers.schema().clone())
    }

    /// Adds an object.
    ///
    /// # Errors
    /// [`NotAnObject`] where its key cannot be told.
    pub fn object(&mut self, value: Value) -> Result<Arc<Object>, NotAnObject> {
        let object = self.read(value)?;
        self.objects.push(Arc::clone(&object));
        Ok(object)
    }

    /// Adds an observation.
    #[must_use]
    pub fn observed<O: Observed>(mut self, key: O::Key, state: O) -> Self {
        self.world.observe(Observation::Seen(key, state));
        self
    }

    /// The World with everything added.
    pub fn build(self) -> World {
        let mut world = self.world;
        world.absorb(&Feed::Snapshot { resources: None, revision: self.revision, objects: self.objects });
        world
    }

    /// Takes in an observation as recordings write it; false where its kind is not declared or it does not read so.
    pub(crate) fn observe_json(&mut self, value: &Value) -> bool {
        let observation = self.schema.read_observation(value);
        let Some(Ok(observation)) = observation else { return false };
        observation.apply(&mut self.world);
        true
    }

    fn read(&mut self, mut value: Value) -> Result<Arc<Object>, NotAnObject> {
        let text = |pointer: &str| value.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        let api_version = text("/apiVersion").ok_or(NotAnObject::Missing("apiVersion"))?;
        let kind = text("/kind").ok_or(NotAnObject::Missing("kind"))?;
        let name = text("/metadata/name").ok_or(NotAnObject::Missing("metadata.name"))?;
        let namespace = text("/metadata/namespace").unwrap_or_default();
        let revision = text("/metadata/resourceVersion").and_then(|text| Revision::parse(&text));
        let (resource, fields) = self.resource(&api_version, &kind)?;
        if let Some(meta) = value.get_mut("metadata").and_then(Value::as_object_mut) {
            fill_uid(meta, &[kind.to_ascii_lowercase().as_str(), &namespace, &name]);
        }
        let revision = revision.unwrap_or(Revision(self.revision.0 + 1));
        self.revision = self.revision.max(revision);
        Ok(Draft::new(Key::new(resource, namespace, name), value, &fields).at(revision))
    }

    fn resource(&self, api_version: &str, kind: &str) -> Result<(Resource, Vec<kontiki_api::Text>), NotAnObject> {
        if let Some(row) = self.kinds.by_kind(api_version, kind) {
            return Ok((row.resource.clone(), row.field_pointers()));
        }
        let view = self.schema.views.iter().find(|view| view.api_version == api_version && view.kind == kind);
        let view = view.ok_or_else(|| NotAnObject::Kind { api_version: api_version.into(), kind: kind.into() })?;
        Ok((view.resource.into(), Vec::new()))
    }
}

impl World {
    /// A World as `R` declares it, of these objects. What they lack is filled in as by [`WorldBuilder`].
    ///
    /// # Panics
    /// Where a value is not an object of a known kind: for tests only.
    #[track_caller]
    pub fn for_tests<R: Reconciler>(objects: impl IntoIterator<Item = Value>) -> Self {
        let mut builder = WorldBuilder::of::<R>();
        for object in objects {
            if let Err(error) = builder.object(object.clone()) {
                panic!("{error}: {object}");
            }
        }
        builder.build()
    }
}

fn fill_uid(meta: &mut Map<String, Value>, parts: &[&str]) {
    if meta.get("uid").and_then(Value::as_str).is_none_or(str::is_empty) {
        let parts: Vec<_> = parts.iter().copied().filter(|part| !part.is_empty()).collect();
        meta.insert("uid".into(), json!(parts.join("-")));
    }
}

//! The owners of an object, sorted by what they mean for it.

use kontiki_api::Text;
use kontiki_api::kind::Kinds;
use kontiki_api::meta::{OwnerRef, Resource};
use kontiki_api::object::Object;
use kontiki_api::view::CustomResourceDefinition;
use kontiki_runtime::world::{Index, Seen, World};

/// Finalizer of an object that goes after its dependents.
pub const FOREGROUND: &str = "foregroundDeletion";
/// Finalizer of an object whose dependents stay.
pub const ORPHAN: &str = "orphan";

/// Whether `object` is on its way out and waits for `finalizer`.
pub fn ending_with(object: &Object, finalizer: &str) -> bool {
    object.head.deleted.is_some() && object.head.finalizers.iter().any(|name| &**name == finalizer)
}

/// What becomes of an object for the sake of one of its owners.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The owner is there to stay, or of a kind that is not known here.
    Solid,
    /// The owner waits until its dependents are gone.
    Waiting,
    /// There is no such owner.
    Absent,
}

/// Why nothing is said of the owners of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsaid {
    /// One is not here, but might be: its kind is not as new in this World as the object.
    NotYet,
    /// The object is cluster-scoped and names an owner of a namespaced kind, which may be in any namespace. As
    /// upstream, such an object is left alone.
    Unreachable,
}

/// Definitions of custom kinds by group and kind.
#[derive(Debug)]
pub enum ByKind {}

impl Index for ByKind {
    type View = CustomResourceDefinition;
    type Key = (Text, Text);

    fn keys(definition: &Seen<CustomResourceDefinition>) -> Vec<(Text, Text)> {
        vec![(definition.spec.group.clone(), definition.spec.names.kind.clone())]
    }
}

/// The state of each owner of an object, in the order of its references.
#[derive(Debug)]
pub struct Owners(Vec<State>);

impl Owners {
    /// Looks up every owner of `object`.
    ///
    /// # Errors
    /// Where nothing can be said of one of them.
    pub fn of(object: &Object, world: &World, kinds: &Kinds) -> Result<Self, Unsaid> {
        object.head.owners.iter().map(|owner| state(owner, object, world, kinds)).collect::<Result<_, _>>().map(Self)
    }

    /// Whether an owner is in this state.
    pub fn any(&self, state: State) -> bool {
        self.0.contains(&state)
    }

    /// The references of `object`, of which these are the owners, whose owners are in this state.
    pub fn only(&self, state: State, object: &Object) -> Vec<OwnerRef> {
        let each = object.head.owners.iter().zip(&self.0);
        each.filter(|(_, of)| **of == state).map(|(owner, _)| owner.clone()).collect()
    }
}

fn state(owner: &OwnerRef, object: &Object, world: &World, kinds: &Kinds) -> Result<State, Unsaid> {
    let kind = kind_of(owner, world, kinds);
    if object.key.namespace.is_empty() && kind.as_ref().is_some_and(|(_, namespaced)| *namespaced) {
        return Err(Unsaid::Unreachable);
    }
    let found = world.by_uid(&owner.uid).filter(|found| reaches(found, object) && found.key.name == owner.name);
    match (found, kind) {
        (Some(found), _) if ending_with(found, FOREGROUND) => Ok(State::Waiting),
        (Some(_), _) | (None, None) => Ok(State::Solid),
        (None, Some((resource, _))) if world.covers(&resource, object.revision) => Ok(State::Absent),
        (None, Some(_)) => Err(Unsaid::NotYet),
    }
}

/// The collection that `owner` is in, and whether that is namespaced; `None` where its kind is neither built in nor
/// defined.
fn kind_of(owner: &OwnerRef, world: &World, kinds: &Kinds) -> Option<(Resource, bool)> {
    if let Some(kind) = kinds.by_kind(&owner.api_version, &owner.kind) {
        return Some((kind.resource.clone(), kind.namespaced));
    }
    let (group, _) = owner.api_version.split_once('/')?;
    let spec = &world.indexed::<ByKind>(&(group.into(), owner.kind.clone())).next()?.spec;
    Some((Resource::new(group, &spec.names.plural), spec.is_namespaced()))
}

/// An owner is cluster-scoped or in its dependent's namespace.
pub fn reaches(owner: &Object, dependent: &Object) -> bool {
    owner.key.namespace.is_empty() || owner.key.namespace == dependent.key.namespace
}

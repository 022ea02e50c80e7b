//! The owners of an object, sorted by what they mean for it.

use kontiki_api::kind::Kinds;
use kontiki_api::meta::{OwnerRef, Resource};
use kontiki_api::object::Object;
use kontiki_api::view::CustomResourceDefinition;
use kontiki_runtime::world::World;

/// Finalizer of an object that goes after its dependents.
pub const FOREGROUND: &str = "foregroundDeletion";
/// Finalizer of an object whose dependents stay.
pub const ORPHAN: &str = "orphan";

/// Whether `object` is on its way out and waits for `finalizer`.
pub fn ending_with(object: &Object, finalizer: &str) -> bool {
    object.head.deleted.is_some() && object.head.finalizers.iter().any(|name| &**name == finalizer)
}

/// The owner references of an object by the state of their owners.
#[derive(Debug, Default)]
pub struct Owners<'a> {
    /// The owner is there to stay, or of a kind that is not known here.
    pub solid: Vec<&'a OwnerRef>,
    /// The owner waits until its dependents are gone.
    pub waiting: Vec<&'a OwnerRef>,
    /// There is no such owner.
    pub absent: Vec<&'a OwnerRef>,
}

impl<'a> Owners<'a> {
    /// Looks up every owner of `object`; `None` where one is not here, but might be: its kind is not as new in
    /// this World as the object.
    pub fn of(object: &'a Object, world: &World, kinds: &Kinds) -> Option<Self> {
        let mut owners = Self::default();
        for owner in &object.head.owners {
            let found = world.by_uid(&owner.uid).filter(|found| reaches(found, object) && found.key.name == owner.name);
            match (found, resource_of(owner, world, kinds)) {
                (Some(found), _) if ending_with(found, FOREGROUND) => owners.waiting.push(owner),
                (Some(_), _) | (None, None) => owners.solid.push(owner),
                (None, Some(resource)) if world.covers(&resource, object.revision) => owners.absent.push(owner),
                (None, Some(_)) => return None,
            }
        }
        Some(owners)
    }
}

/// The collection that `owner` is in; `None` where its kind is neither built in nor defined.
fn resource_of(owner: &OwnerRef, world: &World, kinds: &Kinds) -> Option<Resource> {
    if let Some(kind) = kinds.by_kind(&owner.api_version, &owner.kind) {
        return Some(kind.resource.clone());
    }
    let (group, _) = owner.api_version.split_once('/')?;
    let mut defined = world.list::<CustomResourceDefinition>().map(|definition| &definition.spec);
    let spec = defined.find(|spec| *spec.group == *group && spec.names.kind == owner.kind)?;
    Some(Resource::new(group, &spec.names.plural))
}

/// An owner is cluster-scoped or in its dependent's namespace.
fn reaches(owner: &Object, dependent: &Object) -> bool {
    owner.key.namespace.is_empty() || owner.key.namespace == dependent.key.namespace
}

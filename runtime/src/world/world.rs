//! The World.

use std::sync::Arc;

use kontiki_api::Text;
use kontiki_api::meta::{Head, Key, NsName, Revision, Uid};
use kontiki_api::object::Object;
use kontiki_api::view::View;

use super::Index;
use crate::observe::Observed;
use crate::plan::Precondition;

/// One object as a view sees it: the shared object and the fields of the view.
#[derive(Clone, Debug)]
pub struct Seen<V> {
    /// The object, shared with server and watches.
    pub object: Arc<Object>,
    /// The fields of the view, decoded once.
    pub view: Arc<V>,
}

impl<V: View> Seen<V> {
    /// The object's head.
    pub fn head(&self) -> &Head {
        &self.object.head
    }

    /// Its key.
    pub fn key(&self) -> &Key {
        &self.object.key
    }

    /// Its name.
    pub fn name(&self) -> &Text {
        &self.object.key.name
    }

    /// Its namespace; empty for cluster scope.
    pub fn namespace(&self) -> &Text {
        &self.object.key.namespace
    }

    /// Its uid.
    pub fn uid(&self) -> Uid {
        Uid(self.object.head.uid.clone())
    }

    /// What a write to it must carry: key, uid and revision as read.
    pub fn precondition(&self) -> Precondition {
        Precondition {
            key: self.object.key.clone(),
            api_version: V::API_VERSION.into(),
            uid: self.object.head.uid.clone(),
            revision: Some(self.object.revision),
        }
    }
}

impl<V> std::ops::Deref for Seen<V> {
    type Target = V;

    fn deref(&self) -> &V {
        &self.view
    }
}

/// A consistent view of the cluster at one version (revision, observation number).
pub struct World {
    _todo: (),
}

#[allow(unused_variables, clippy::unused_self, reason = "contract: filled in by the engine's author")]
impl World {
    /// The newest revision of which everything is here.
    pub fn revision(&self) -> Revision {
        Revision::ZERO
    }

    /// The object called `name`.
    pub fn get<V: View>(&self, name: &NsName) -> Option<&Seen<V>> {
        None
    }

    /// All objects of a view, in key order.
    pub fn list<V: View>(&self) -> impl Iterator<Item = &Seen<V>> {
        std::iter::empty()
    }

    /// The objects of one namespace, in key order.
    pub fn in_namespace<V: View>(&self, namespace: &str) -> impl Iterator<Item = &Seen<V>> {
        std::iter::empty()
    }

    /// The objects that name `owner` among their owner references, in key order.
    pub fn owned_by<V: View>(&self, owner: &Uid) -> impl Iterator<Item = &Seen<V>> {
        std::iter::empty()
    }

    /// The objects that `I` files under `key`, in key order.
    pub fn indexed<I: Index>(&self, key: &I::Key) -> impl Iterator<Item = &Seen<I::View>> {
        std::iter::empty()
    }

    /// Any object of any held kind.
    pub fn object(&self, key: &Key) -> Option<&Arc<Object>> {
        None
    }

    /// Every held object of any kind in `namespace`, in key order.
    pub fn objects_in(&self, namespace: &str) -> impl Iterator<Item = &Arc<Object>> {
        std::iter::empty()
    }

    /// The object with this uid, of any held kind.
    pub fn by_uid(&self, uid: &Uid) -> Option<&Arc<Object>> {
        None
    }

    /// Objects of any held kind that name `owner` among their owner references, in key order.
    pub fn dependents(&self, owner: &Uid) -> impl Iterator<Item = &Arc<Object>> {
        std::iter::empty()
    }

    /// The last observation of `key`.
    pub fn observed<O: Observed>(&self, key: &O::Key) -> Option<&O> {
        None
    }

    /// Every last observation, in key order.
    pub fn observations<O: Observed>(&self) -> impl Iterator<Item = (&O::Key, &O)> {
        std::iter::empty()
    }
}

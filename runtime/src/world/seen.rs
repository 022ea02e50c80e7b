//! One object as a view sees it.

use std::sync::Arc;

use kontiki_api::Text;
use kontiki_api::meta::{Head, Key, NsName, Uid};
use kontiki_api::object::Object;
use kontiki_api::view::View;

use crate::plan::Precondition;

/// One object as a view sees it: the shared object and the fields of the view.
#[derive(Debug)]
pub struct Seen<V> {
    /// The object, shared with server and watches.
    pub object: Arc<Object>,
    /// The fields of the view, decoded once.
    pub view: Arc<V>,
}

impl<V> Clone for Seen<V> {
    fn clone(&self) -> Self {
        Self { object: Arc::clone(&self.object), view: Arc::clone(&self.view) }
    }
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

    /// Its namespace and name.
    pub fn ns_name(&self) -> NsName {
        self.object.key.ns_name()
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

//! What a token is bound to must still be there.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kontiki_api::Text;
use kontiki_api::meta::{Key, Revision};
use kontiki_api::object::Object;
use kontiki_api::time::Time;
use kontiki_store::Store;

use super::claims::Claims;
use super::tokens::TokenError;

/// How long a token outlives the deletion mark of what it is bound to, as upstream's.
const LEEWAY: Duration = Duration::from_secs(60);

/// One object that must be there for a token to hold.
#[derive(Clone, Debug)]
struct Binding {
    key: Key,
    uid: Text,
    /// For a legacy token's Secret: unchanged since the token was found in it.
    revision: Option<Revision>,
}

/// Everything a verified token rests on; checked at every request, from memory.
#[derive(Clone, Debug)]
pub(super) struct Bindings(Vec<Binding>);

impl Bindings {
    /// Looks everything up that `claims` are bound to; `token` is compared with what a legacy token's Secret holds.
    pub fn establish(claims: &Claims, token: &str, store: &dyn Store, now: Time) -> Result<Self, TokenError> {
        let namespace = &claims.subject.namespace;
        let place = |resource: &str, name: &Text| Key::new(resource, namespace.clone(), name.clone());
        let mut all = vec![Binding {
            key: place("serviceaccounts", &claims.subject.name),
            uid: claims.subject.uid.clone(),
            revision: None,
        }];
        for (resource, bound) in [("pods", &claims.pod), ("secrets", &claims.secret)] {
            let Some(bound) = bound else { continue };
            all.push(Binding { key: place(resource, &bound.name), uid: bound.uid.clone(), revision: None });
        }
        // A pod's token says where the pod runs; only a token bound to the node itself ends with the node.
        if let (None, Some(node)) = (&claims.pod, &claims.node) {
            all.push(Binding { key: Key::new("nodes", "", node.name.clone()), uid: node.uid.clone(), revision: None });
        }
        if let (None, Some(last)) = (claims.expires, all.last_mut()) {
            hold_secret(last, token, store)?;
        }
        let bindings = Self(all);
        bindings.check(store, now)?;
        Ok(bindings)
    }

    /// Whether all of it is still there.
    pub fn check(&self, store: &dyn Store, now: Time) -> Result<(), TokenError> {
        let lost = self.0.iter().find(|binding| !binding.holds(store.get(&binding.key).as_deref(), now));
        lost.map_or(Ok(()), |binding| Err(TokenError::Gone(binding.key.clone())))
    }
}

impl Binding {
    fn holds(&self, object: Option<&Object>, now: Time) -> bool {
        object.is_some_and(|object| {
            object.head.uid == self.uid
                && self.revision.is_none_or(|revision| revision == object.revision)
                && object.head.deleted.is_none_or(|deleted| now < deleted.plus(LEEWAY))
        })
    }
}

/// Ties `binding` to the state of the Secret, which must hold `token`.
fn hold_secret(binding: &mut Binding, token: &str, store: &dyn Store) -> Result<(), TokenError> {
    let secret = store.get(&binding.key).ok_or_else(|| TokenError::Gone(binding.key.clone()))?;
    let value = secret.to_value();
    let kept = value.pointer("/data/token").and_then(|kept| STANDARD.decode(kept.as_str()?).ok());
    if kept.as_deref() != Some(token.as_bytes()) {
        return Err(TokenError::Gone(binding.key.clone()));
    }
    binding.uid = secret.head.uid.clone();
    binding.revision = Some(secret.revision);
    Ok(())
}

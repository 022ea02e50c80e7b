//! What is held while it is used.

use kontiki_api::meta::NsName;
use kontiki_api::view::View;
use kontiki_runtime::world::{Seen, Triggers, World};

/// A kind whose objects are held while something uses them.
pub trait Guarded: View {
    /// Name of the reconciler.
    const NAME: &'static str;
    /// Its service account in `kube-system`.
    const ACCOUNT: &'static str;
    /// What holds the objects.
    const FINALIZER: &'static str;

    /// Wakes the objects that a change of a user concerns.
    fn users(on: &mut Triggers<NsName>);

    /// Whether something uses `guarded`; `None` where the World does not know yet.
    fn is_used(world: &World, guarded: &Seen<Self>) -> Option<bool>
    where
        Self: Sized;
}

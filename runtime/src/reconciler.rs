//! The one trait that everything acting on the cluster implements.

use std::collections::BTreeMap;

use kontiki_api::Text;
use kontiki_api::meta::{Revision, Uid};
use kontiki_api::time::Time;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::effect::{Effect, EffectState};
use crate::plan::{Intent, Outcome, Plan, Stuck};
use crate::world::{Triggers, World};

/// What a reconciler's keys must be able to do.
pub trait PassKey: Ord + Clone + std::fmt::Debug + Serialize + DeserializeOwned + Send + Sync + 'static {}

impl<T: Ord + Clone + std::fmt::Debug + Serialize + DeserializeOwned + Send + Sync + 'static> PassKey for T {}

/// How passes of one reconciler may overlap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Serial {
    /// One pass at a time per key; each pass has one key.
    PerKey,
    /// One pass at a time; a pass takes a batch of keys in rank order and sees its own earlier
    /// intents, also those in flight, as an overlay of the World.
    All,
}

/// Order among waiting keys: lower first; equal ranks first come, first served.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rank(pub i64);

impl Rank {
    /// First come, first served.
    pub const FIFO: Self = Self(0);
}

/// A pure function from the World to a plan.
///
/// No await, no clock, no randomness, no I/O, no mutable state: what a pass may know is in its
/// arguments, so that a recorded pass can be replayed and a crash between any two intents survived.
pub trait Reconciler: Send + Sync + 'static {
    /// Name, in kebab case; the API user is `system:serviceaccount:kube-system:<name>-controller`
    /// unless the registration says otherwise.
    const NAME: &'static str;
    /// What a pass is about: an object of any kind, a uid, a node, or `()` for the cluster.
    type Key: PassKey;
    /// Acts outside the API; [`crate::effect::Never`] for most.
    type Effect: Effect;
    /// How passes may overlap.
    const SERIAL: Serial = Serial::PerKey;

    /// Which changes wake which keys.
    fn triggers(on: &mut Triggers<Self::Key>);

    /// Order among waiting keys.
    fn rank(&self, _world: &World, _key: &Self::Key) -> Rank {
        Rank::FIFO
    }

    /// With [`Serial::All`]: the key of the batch that `intent` was planned for, so that its outcome reaches that
    /// key alone. `None` where it concerns the whole batch.
    fn key_of(&self, _intent: &Intent) -> Option<Self::Key> {
        None
    }

    /// Decides what to do for the keys of `pass`.
    ///
    /// # Errors
    /// [`Stuck`] where no plan can be made from this World.
    fn reconcile(&self, world: &World, pass: &Pass<'_, Self::Key, Self::Effect>) -> Result<Plan<Self::Effect>, Stuck>;
}

/// What a pass knows besides the World.
#[derive(Debug)]
pub struct Pass<'a, K, E: Effect> {
    /// The keys to reconcile: one, or with [`Serial::All`] a batch in rank order.
    pub keys: &'a [K],
    /// The time of this pass.
    pub now: Time,
    /// The source of names and choices in this pass.
    pub seed: Seed,
    /// What became of each key's last plan; absent on the first pass and after fail-over.
    pub outcomes: &'a BTreeMap<K, Outcome>,
    /// Where the accepted effects of this pass's keys stand.
    pub effects: &'a BTreeMap<E::Key, (E, EffectState)>,
}

impl<K: Ord, E: Effect> Pass<'_, K, E> {
    /// What became of `key`'s last plan.
    pub fn outcome(&self, key: &K) -> Option<&Outcome> {
        self.outcomes.get(key)
    }
}

/// The seed of one pass: a hash of (leader id, reconciler, key, World revision).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, serde::Deserialize)]
pub struct Seed(pub u64);

/// The letters of generated names, as upstream's `rand.SafeEncodeString` has them: no vowels, no look-alikes.
const LETTERS: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";

impl Seed {
    /// The seed of the pass of `reconciler` for `key` (as JSON) at World revision `revision` under leader `leader`.
    pub fn of_pass(leader: u64, reconciler: &str, key: &str, revision: Revision) -> Self {
        Self(mix(leader ^ mix(fold(reconciler)) ^ mix(fold(key).rotate_left(17)) ^ mix(revision.0)))
    }

    /// The `nth` generated suffix of five letters for objects of `owner` in this pass.
    pub fn suffix(self, owner: &Uid, nth: usize) -> Text {
        let mut bits = mix(self.0 ^ mix(fold(owner.as_str())) ^ mix(nth as u64 + 1));
        let mut out = String::with_capacity(5);
        for _ in 0..5 {
            out.push(char::from(LETTERS[(bits % LETTERS.len() as u64) as usize]));
            bits /= LETTERS.len() as u64;
        }
        out.into()
    }

    /// Whether `text` has the form of a generated suffix.
    pub(crate) fn may_be_suffix(text: &str) -> bool {
        text.len() == 5 && text.bytes().all(|byte| LETTERS.contains(&byte))
    }

    /// The `nth` number of this pass.
    pub const fn number(self, nth: u64) -> u64 {
        mix(self.0.wrapping_add(mix(nth)))
    }
}

/// FNV-1a: stable across versions and machines, as recordings demand.
fn fold(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// The finalizer of `SplitMix64`.
const fn mix(mut bits: u64) -> u64 {
    bits = bits.wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

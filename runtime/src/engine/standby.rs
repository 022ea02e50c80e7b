//! Waiting for the leadership with a World that is up to date.

use kontiki_api::meta::Revision;

use super::core::Core;

/// Whether an engine's passes run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// They run.
    Acts,
    /// They do not.
    StandsBy,
    /// They will, as this leader, once everything up to the revision is in the World.
    Called(u64, Revision),
}

impl Role {
    /// One that stands by is to act.
    pub(super) fn call(&mut self, leader: u64, from: Revision) {
        if *self == Self::StandsBy {
            *self = Self::Called(leader, from);
        }
    }
}

impl Core {
    /// Begins to act where that is due: every key is looked at, as in an engine that has just started.
    pub(super) fn take_over(&mut self) {
        let Role::Called(leader, from) = self.role else { return };
        // A feed of the same process delivers commit by commit: what is newest holds for every collection.
        if !self.ready || self.world.revision() < from {
            return;
        }
        (self.role, self.leader) = (Role::Acts, leader);
        let deltas = self.world.begin(self.clock.now());
        for sink in std::mem::take(&mut self.unstarted) {
            self.record(Some(sink));
        }
        let now = self.clock.elapsed();
        self.lanes.iter_mut().for_each(|lane| lane.wake(&self.world, &deltas, now));
    }
}

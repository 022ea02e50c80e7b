use kontiki_api::meta::Revision;
use kontiki_api::request::LeaderId;

/// Who leads the log, as far as one member knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Leadership {
    /// Who leads; `None` while nobody is known to.
    pub leader: Option<LeaderId>,
    /// Where this member leads: the revision up to which everything written under earlier leaderships
    /// is visible here. Set only once that is so.
    pub own: Option<Revision>,
}

impl Leadership {
    /// The leadership of this member, once it may act.
    pub fn leading(&self) -> Option<LeaderId> {
        self.own.and(self.leader)
    }
}

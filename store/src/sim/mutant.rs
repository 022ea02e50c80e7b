/// A bug put back, to see that it is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutant {
    /// The disk says that entries are safe before they are.
    LostSync,
    /// The disk says that a vote is safe, and forgets it.
    ForgottenVote,
    /// What another leader replaced stays behind the end of the log.
    UncutTail,
    /// What a killed process wrote is relied on before it is synced.
    UnsyncedStart,
    /// After a sync that failed the log is used on as it is.
    RetriedSync,
    /// A member that lost its log votes at once.
    HastyVote,
    /// The tables say that they are on the disk before they are.
    EarlyCheckpoint,
    /// Whoever believes to lead answers reads without asking anybody.
    StaleRead,
    /// A leader answers reads by its lease alone, though it may have applied less than a follower.
    LaggingLeader,
    /// A commit of an earlier leadership is taken.
    NoFence,
    /// A watch that is resumed begins with what comes next.
    WatchGap,
    /// A watch that is resumed begins one change too early.
    WatchRepeat,
    /// A repeated request is not recognized.
    AppliedTwice,
}

impl Mutant {
    pub const ALL: [Self; 13] = [
        Self::LostSync,
        Self::ForgottenVote,
        Self::UncutTail,
        Self::UnsyncedStart,
        Self::RetriedSync,
        Self::HastyVote,
        Self::EarlyCheckpoint,
        Self::StaleRead,
        Self::LaggingLeader,
        Self::NoFence,
        Self::WatchGap,
        Self::WatchRepeat,
        Self::AppliedTwice,
    ];

    /// The mutant of this name, as `Debug` writes it.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mutant| format!("{mutant:?}") == name)
    }
}

/// A bug put back, to see that it is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutant {
    /// The disk says that entries are safe before they are.
    LostSync,
    /// The disk says that a vote is safe, and forgets it.
    ForgottenVote,
    /// The tables say that they are on the disk before they are.
    EarlyCheckpoint,
    /// Whoever believes to lead answers reads without asking anybody.
    StaleRead,
    /// A watch that is resumed begins with what comes next.
    WatchGap,
    /// A watch that is resumed begins one change too early.
    WatchRepeat,
    /// A repeated request is not recognized.
    AppliedTwice,
}

impl Mutant {
    pub const ALL: [Self; 7] = [
        Self::LostSync,
        Self::ForgottenVote,
        Self::EarlyCheckpoint,
        Self::StaleRead,
        Self::WatchGap,
        Self::WatchRepeat,
        Self::AppliedTwice,
    ];

    /// The mutant of this name, as `Debug` writes it.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mutant| format!("{mutant:?}") == name)
    }
}

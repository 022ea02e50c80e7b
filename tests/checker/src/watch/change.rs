/// What happened to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// It is there since.
    Created,
    /// It was there already.
    Modified,
    /// It is gone since.
    Deleted,
}

/// One change as a watcher saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change<K> {
    /// Its place in the one order of all changes.
    pub revision: u64,
    /// The object.
    pub key: K,
    /// What happened.
    pub kind: Kind,
    /// What the object became, as a number; `None` where nobody looked.
    pub value: Option<u64>,
}

/// What the writer of a change was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It happened at this revision, in the commit that ends with this one.
    Acknowledged {
        /// The revision of the change.
        revision: u64,
        /// The revision of the commit's last change.
        end: u64,
    },
    /// Nothing certain.
    Unknown,
}

/// One change as its writer knows it. Changes that were refused are not told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written<K> {
    /// The object.
    pub key: K,
    /// What was to happen; the writer need not know whether the object was there before.
    pub kind: Option<Kind>,
    /// What the object was to become.
    pub value: Option<u64>,
    /// What came of it.
    pub answer: Answer,
}

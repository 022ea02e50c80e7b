use std::sync::Arc;

use kontiki_api::request::LeaderId;

use super::mutant::Mutant;
use super::objects::{commit, delete, element, list, needs, put, register, set, values};
use super::open_store::OpenStore;
use crate::{Change, Commit, CommitError, Committed, Precondition, Range, Requirement};

/// What a client asks a member for.
#[derive(Clone, Debug)]
pub enum Ask {
    Read {
        register: u64,
    },
    Write {
        register: u64,
        value: u64,
    },
    /// Writes, or deletes, where what is there is known: its revision and value, or that nothing is.
    Swap {
        register: u64,
        known: Option<(u64, u64)>,
        value: Option<u64>,
    },
    Add {
        set: u64,
        elements: Vec<u64>,
    },
    ReadSet {
        set: u64,
    },
    Append {
        list: u64,
        element: u64,
    },
    ReadList {
        list: u64,
    },
}

/// What the client is told.
#[derive(Clone, Debug)]
pub enum Told {
    /// The object that was read: its revision and values.
    Object(Option<(u64, Vec<u64>)>),
    /// The elements of a set.
    Elements(Vec<u64>),
    /// The revisions of the changes, and the commit's end.
    Committed { revisions: Vec<u64>, end: u64 },
    /// What is there is another: the object of this revision, or none.
    Differs(Option<u64>),
    /// Nothing happened.
    NotDone,
    /// Nobody knows.
    Unknown,
    /// What should never be told.
    Nonsense(String),
}

/// One try of one request at one member.
pub struct Attempt {
    pub ask: Ask,
    pub id: u128,
    pub time_us: i64,
    /// Under which leadership alone it may happen.
    pub fence: Option<LeaderId>,
    pub mutant: Option<Mutant>,
}

impl Ask {
    pub fn only_reads(&self) -> bool {
        matches!(self, Self::Read { .. } | Self::ReadSet { .. } | Self::ReadList { .. })
    }
}

impl Attempt {
    /// What the API server's pipeline does with the request, in short.
    pub async fn run(&self, front: Arc<OpenStore>) -> Told {
        if self.ask.only_reads() && !self.skips_barrier(&front) && front.barrier().await.is_err() {
            return Told::NotDone;
        }
        let object = |key| Told::Object(front.core.get(&key).map(|object| (object.revision.0, values(&object))));
        match &self.ask {
            Ask::Read { register: number } => object(register(*number)),
            Ask::ReadList { list: number } => object(list(*number)),
            Ask::ReadSet { set: number } => {
                let listing = front.core.list(&Range::Namespace("elements".into(), set(*number).into()));
                Told::Elements(listing.objects.iter().map(|object| object.key.name.parse().unwrap()).collect())
            }
            Ask::Write { register: number, value } => self.commit(&front, vec![], vec![put(&register(*number), &[*value])]).await,
            Ask::Swap { register: number, known, value } => {
                let key = register(*number);
                let there = known
                    .map_or(Requirement::Absent, |(revision, _)| Requirement::Revision(kontiki_api::meta::Revision(revision)));
                let change = value.map_or_else(|| delete(&key), |value| put(&key, &[value]));
                self.commit(&front, vec![needs(&key, there)], vec![change]).await
            }
            Ask::Add { set, elements } => {
                let keys: Vec<_> = elements.iter().map(|one| element(*set, *one)).collect();
                let absent = keys.iter().map(|key| needs(key, Requirement::Absent)).collect();
                let puts = keys.iter().zip(elements).map(|(key, one)| put(key, &[*one])).collect();
                self.commit(&front, absent, puts).await
            }
            Ask::Append { list: number, element } => self.append(&front, *number, *element).await,
        }
    }

    /// Reads, changes and writes, again where somebody else was faster.
    async fn append(&self, front: &OpenStore, number: u64, element: u64) -> Told {
        const TIMES: usize = 5;
        let key = list(number);
        let mut told = Told::NotDone;
        for _ in 0..TIMES {
            if front.barrier().await.is_err() {
                return Told::NotDone;
            }
            let now = front.core.get(&key);
            let there = now.as_ref().map_or(Requirement::Absent, |object| Requirement::Revision(object.revision));
            let grown = [now.map(|object| values(&object)).unwrap_or_default(), vec![element]].concat();
            told = self.commit(front, vec![needs(&key, there)], vec![put(&key, &grown)]).await;
            if !matches!(told, Told::Differs(_)) {
                break;
            }
        }
        told
    }

    async fn commit(&self, front: &OpenStore, preconditions: Vec<Precondition>, changes: Vec<Change>) -> Told {
        let deletes = changes.len();
        let leader = self.fence.filter(|_| self.mutant != Some(Mutant::NoFence));
        match front.commit(Commit { leader, ..commit(self.id, self.time_us, preconditions, changes) }).await {
            Ok(Committed { revision, objects, .. }) => {
                assert_eq!(objects.len(), deletes, "an object per change");
                Told::Committed { revisions: objects.iter().map(|object| object.revision.0).collect(), end: revision.0 }
            }
            Err(CommitError::Precondition { found, .. }) => Told::Differs(found.map(|found| found.0)),
            Err(CommitError::NotLeader | CommitError::Unavailable(_) | CommitError::Full(_) | CommitError::Superseded { .. }) => {
                Told::NotDone
            }
            Err(CommitError::Unknown(_)) => Told::Unknown,
            Err(error) => Told::Nonsense(error.to_string()),
        }
    }

    fn skips_barrier(&self, front: &OpenStore) -> bool {
        match self.mutant {
            Some(Mutant::StaleRead) => front.replica.leadership.borrow().own.is_some(),
            Some(Mutant::LaggingLeader) => front.replica.reads.holds_lease(),
            _ => false,
        }
    }
}

use serde::{Deserialize, Serialize};

use crate::sqlite::checksum::Checksum;

/// The columns of one row of `change` but its checksum.
#[derive(Debug)]
pub(super) struct ChangeFields<'a> {
    /// Its revision.
    pub rev: i64,
    /// Its commit's end.
    pub last: i64,
    /// The three parts of its key.
    pub key: [&'a str; 3],
    /// The revision it replaced.
    pub previous: Option<i64>,
    /// `deleted`, `sealed`, `keep`, `splice`.
    pub numbers: [i64; 4],
    /// The head.
    pub head: &'a [u8],
    /// The value as it lies on disk.
    pub value: &'a [u8],
}

impl ChangeFields<'_> {
    /// The checksum column.
    pub fn sum(&self) -> i64 {
        let mut sum = Checksum::default().number(self.rev).number(self.last).number(self.previous.unwrap_or(-1));
        for part in self.key {
            sum = sum.bytes(part.as_bytes());
        }
        for number in self.numbers {
            sum = sum.number(number);
        }
        sum.bytes(self.head).bytes(self.value).column()
    }
}

/// The columns of one row of `commits` but its checksum.
#[derive(Debug)]
pub(super) struct CommitFields<'a> {
    /// `last`, `first`, `time`, `verb`.
    pub numbers: [i64; 4],
    /// The request id.
    pub id: &'a [u8],
    /// The field manager.
    pub manager: &'a str,
    /// Who and why.
    pub origin: &'a [u8],
}

impl CommitFields<'_> {
    /// The checksum column.
    pub fn sum(&self) -> i64 {
        let sum = self.numbers.into_iter().fold(Checksum::default(), Checksum::number);
        sum.bytes(self.id).bytes(self.manager.as_bytes()).bytes(self.origin).column()
    }
}

/// The checksum column of a counter.
pub(super) fn counter_sum(name: &str, value: i64) -> i64 {
    Checksum::default().bytes(name.as_bytes()).number(value).column()
}

/// Which revisions are current, as one value: how many, and their scrambled numbers together. No row of `current`
/// is lost or changed without it telling.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CurrentSum {
    count: u64,
    mixed: u64,
}

impl CurrentSum {
    /// The sum of `revisions`.
    pub fn of(revisions: impl IntoIterator<Item = i64>) -> Self {
        let mut sum = Self::default();
        revisions.into_iter().for_each(|rev| sum.add(rev));
        sum
    }

    /// `rev` is current now.
    pub fn add(&mut self, rev: i64) {
        self.count = self.count.wrapping_add(1);
        self.mixed ^= mixed(rev);
    }

    /// `rev` is not current any more.
    pub fn remove(&mut self, rev: i64) {
        self.count = self.count.wrapping_sub(1);
        self.mixed ^= mixed(rev);
    }
}

/// The finalizer of splitmix64.
fn mixed(rev: i64) -> u64 {
    let number = rev.cast_unsigned().wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

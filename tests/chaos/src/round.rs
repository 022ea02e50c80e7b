use std::sync::Arc;

use kontiki_checker::{List, Operation, Register, Set};
use parking_lot::Mutex;

/// The operations on one object, or on one collection.
pub type History<C> = Mutex<Vec<Operation<C>>>;

/// Objects that are used for a few seconds, and what was done with them.
#[derive(Default)]
pub struct Round {
    /// Its number, part of the names.
    pub number: u32,
    /// One history per register.
    pub registers: Vec<History<Register>>,
    /// One per list.
    pub lists: Vec<History<List>>,
    /// One per set that is an object.
    pub sets: Vec<History<Set>>,
    /// One per set that is a collection.
    pub collections: Vec<History<Set>>,
}

impl Round {
    /// A round of the usual size.
    pub fn new(number: u32) -> Arc<Self> {
        Self::of(number, 12, 4, 3, 2)
    }

    /// Registers that are there as long as the run.
    pub fn lasting() -> Arc<Self> {
        Self::of(0, 4, 0, 0, 0)
    }

    fn of(number: u32, registers: usize, lists: usize, sets: usize, collections: usize) -> Arc<Self> {
        Arc::new(Self {
            number,
            registers: empty(registers),
            lists: empty(lists),
            sets: empty(sets),
            collections: empty(collections),
        })
    }
}

fn empty<C>(count: usize) -> Vec<History<C>> {
    (0..count).map(|_| Mutex::default()).collect()
}

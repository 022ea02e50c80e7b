//! Whether something was in a list before.

use std::collections::HashSet;
use std::hash::Hash;

use smallvec::SmallVec;

/// So many are looked through one by one; the others are hashed.
const FEW: usize = 8;

/// What a list has had so far, so that a long list costs by its length and not by the square of it.
#[derive(Debug)]
pub struct Distinct<T> {
    few: SmallVec<[T; FEW]>,
    others: HashSet<T>,
}

impl<T> Default for Distinct<T> {
    fn default() -> Self {
        Self { few: SmallVec::new(), others: HashSet::new() }
    }
}

impl<T: Eq + Hash> Distinct<T> {
    /// Whether `item` was there before; from now on it is.
    pub fn repeats(&mut self, item: T) -> bool {
        if self.few.contains(&item) {
            true
        } else if self.few.len() < FEW {
            self.few.push(item);
            false
        } else {
            !self.others.insert(item)
        }
    }

    /// Whether `item` is there.
    pub fn has(&self, item: &T) -> bool {
        self.few.contains(item) || !self.others.is_empty() && self.others.contains(item)
    }
}

impl<T: Eq + Hash> FromIterator<T> for Distinct<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        let mut distinct = Self::default();
        for item in items {
            distinct.repeats(item);
        }
        distinct
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_there_repeats_in_short_lists_and_in_long_ones() {
        let mut distinct = Distinct::default();
        for round in 0..2 {
            for item in 0..100 {
                assert_eq!(distinct.has(&item), round == 1, "{item}");
                assert_eq!(distinct.repeats(item), round == 1, "{item}");
            }
        }
    }
}

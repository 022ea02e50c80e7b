//! The shared suite, played to every registered reconciler.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::{Each, Registered, all};

/// Plays the suite to each; remembers what it said.
#[derive(Default)]
struct Play {
    only: Option<String>,
    faults: BTreeMap<&'static str, String>,
    played: Vec<&'static str>,
}

impl Each for Play {
    fn with<R: Registered>(mut self) -> Self {
        if self.only.as_ref().is_some_and(|only| only != R::NAME) {
            return self;
        }
        let (suite, scenarios) = R::suite();
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| suite.run(&scenarios))) {
            let said = panic.downcast_ref::<String>().cloned();
            let said = said.or_else(|| panic.downcast_ref::<&str>().map(|said| (*said).to_owned()));
            self.faults.insert(R::NAME, said.unwrap_or_default());
        }
        self.played.push(R::NAME);
        self
    }
}

/// `SUITE=NAME` in the environment plays to that one alone.
#[test]
fn every_reconciler_passes_the_shared_suite() {
    let only = std::env::var("SUITE").ok();
    let play = all(Play { only, ..Play::default() });
    let faults: String = play.faults.iter().map(|(name, fault)| format!("\n--- {name}: {fault}\n")).collect();
    assert!(faults.is_empty(), "{faults}");
    assert!(!play.played.is_empty(), "no such reconciler");
}

#[test]
fn names_and_users_are_told_apart() {
    struct Names(Vec<(&'static str, String)>);
    impl Each for Names {
        fn with<R: Registered>(mut self) -> Self {
            self.0.push((R::NAME, R::identity().user.name.to_string()));
            self
        }
    }
    let names = all(Names(Vec::new())).0;
    let distinct: BTreeMap<_, _> = names.iter().map(|(name, user)| (user, name)).collect();
    assert_eq!(distinct.len(), names.len(), "{names:?}");
    assert_eq!(names.iter().map(|(name, _)| name).collect::<std::collections::BTreeSet<_>>().len(), names.len(), "{names:?}");
}

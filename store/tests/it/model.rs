use std::collections::BTreeMap;

use kontiki_api::meta::{Key, Revision};
use kontiki_store::{Change, MemoryStore, Range, Requirement, SqliteConfig, SqliteStore, Store};
use proptest::prelude::*;

use crate::fixture::{commit, delete, key, needs, next, put, text};

type Objects = BTreeMap<Key, (String, u64)>;

/// What the store is in a few lines: the objects, after each commit end.
#[derive(Default)]
struct Model {
    objects: Objects,
    revision: u64,
    ends: BTreeMap<u64, Objects>,
}

/// One commit: writes (or, without text, deletions) of keys, and what it requires of one key.
#[derive(Clone, Debug)]
struct Step {
    changes: BTreeMap<u8, Option<u8>>,
    requirement: Option<(u8, bool)>,
}

fn step() -> impl Strategy<Value = Step> {
    let change = prop_oneof![3 => (0_u8..5).prop_map(Some), 1 => Just(None)];
    let changes = prop::collection::btree_map(0_u8..6, change, 0..4);
    (changes, prop::option::of((0_u8..6, any::<bool>()))).prop_map(|(changes, requirement)| Step { changes, requirement })
}

fn name(number: u8) -> Key {
    key(if number.is_multiple_of(2) { "even" } else { "odd" }, &number.to_string())
}

impl Model {
    /// Whether the step is taken.
    fn take(&mut self, step: &Step) -> bool {
        let refused = step.requirement.is_some_and(|(number, present)| self.objects.contains_key(&name(number)) != present);
        let absent = step.changes.iter().any(|(number, text)| text.is_none() && !self.objects.contains_key(&name(*number)));
        if refused || absent {
            return false;
        }
        for (number, text) in &step.changes {
            let key = name(*number);
            let text = text.map(|text| text.to_string());
            if text.is_some() && self.objects.get(&key).map(|(old, _)| old) == text.as_ref() {
                continue;
            }
            self.revision += 1;
            match text {
                Some(text) => self.objects.insert(key, (text, self.revision)),
                None => self.objects.remove(&key),
            };
        }
        self.ends.insert(self.revision, self.objects.clone());
        true
    }
}

async fn take(store: &dyn Store, model: &mut Model, step: &Step) {
    let change = |(number, text): (&u8, &Option<u8>)| -> Change {
        text.map_or_else(|| delete(&name(*number)), |text| put(&name(*number), &text.to_string()))
    };
    let mut one = commit(step.changes.iter().map(change).collect());
    one.preconditions.extend(
        step.requirement
            .map(|(number, present)| needs(&name(number), if present { Requirement::Present } else { Requirement::Absent })),
    );
    assert_eq!(store.commit(one).await.is_ok(), model.take(step), "{step:?}");
}

async fn compare(store: &dyn Store, model: &Model) {
    let shown = |objects: &[std::sync::Arc<kontiki_api::object::Object>]| -> Objects {
        objects.iter().map(|object| (object.key.clone(), (text(object), object.revision.0))).collect()
    };
    assert_eq!(shown(&store.list(&Range::All).objects), model.objects);
    assert_eq!(store.revision().0, model.revision);
    for at in 0..=model.revision {
        let (end, expected) = model.ends.range(at..).next().map_or((0, Objects::new()), |(end, objects)| (*end, objects.clone()));
        let listing = store.list_at(&Range::All, Revision(at)).await.unwrap();
        assert_eq!((shown(&listing.objects), listing.revision.0), (expected, end), "at {at}");
    }
    let mut watch = store.watch(&Range::Resource("configmaps".into()), Revision(0)).unwrap();
    let mut seen = Objects::new();
    let mut revision = 0;
    while revision < model.revision {
        for event in next(&mut watch).await.events.iter() {
            revision += 1;
            assert_eq!(event.object.revision.0, revision);
            let before = if event.deleted {
                seen.remove(&event.object.key)
            } else {
                seen.insert(event.object.key.clone(), (text(&event.object), revision))
            };
            assert_eq!(before.map(|(_, at)| at), event.previous.as_ref().map(|object| object.revision.0));
        }
    }
    assert_eq!(seen, model.objects);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn the_memory_store_behaves_like_its_model(steps in prop::collection::vec(step(), 0..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let (store, mut model) = (MemoryStore::new(), Model { ends: BTreeMap::from([(0, Objects::new())]), ..Model::default() });
            for step in &steps {
                take(&store, &mut model, step).await;
            }
            compare(&store, &model).await;
        });
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, ..ProptestConfig::default() })]

    #[test]
    fn the_store_on_disk_behaves_like_its_model_across_restarts(
        runs in prop::collection::vec(prop::collection::vec(step(), 0..25), 1..4),
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            let folder = tempfile::tempdir().unwrap();
            let mut model = Model { ends: BTreeMap::from([(0, Objects::new())]), ..Model::default() };
            for steps in &runs {
                let store = SqliteStore::open(SqliteConfig::single(folder.path())).await.unwrap();
                compare(&*store, &model).await;
                for step in steps {
                    take(&*store, &mut model, step).await;
                }
                compare(&*store, &model).await;
                store.close().await;
            }
        });
    }
}

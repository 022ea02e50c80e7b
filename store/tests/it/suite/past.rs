use kontiki_api::meta::Revision;
use kontiki_api::request::Cause;
use kontiki_api::time::Time;
use kontiki_store::{Order, Range, Store};

use crate::fixture::{commit, commit_at, delete, key, put, remove, revision, text, texts, write};

pub async fn an_object_is_read_as_it_was(store: &dyn Store) {
    let a = key("n", "a");
    for round in 1..=3 {
        write(store, &a, &round.to_string()).await;
    }
    remove(store, &a).await;
    write(store, &a, "5").await;
    let mut seen = Vec::new();
    for at in 0..=5 {
        let object = store.get_at(&a, revision(at)).await.unwrap();
        seen.push(object.map_or("-".into(), |object| text(&object)));
    }
    assert_eq!(seen, ["-", "1", "2", "3", "-", "5"]);
}

pub async fn a_list_is_read_as_it_was_across_deletions(store: &dyn Store) {
    let range = Range::Namespace("configmaps".into(), "n".into());
    let mut expected = vec![texts(&store.list(&range).objects)];
    for step in 0..12 {
        let name = (step * 5 % 4).to_string();
        match store.get(&key("n", &name)) {
            Some(_) if step % 3 == 0 => remove(store, &key("n", &name)).await,
            _ => write(store, &key("n", &name), &step.to_string()).await,
        };
        write(store, &key("other", &name), &step.to_string()).await;
        expected.extend([texts(&store.list(&range).objects), texts(&store.list(&range).objects)]);
    }
    for (at, expected) in expected.iter().enumerate().step_by(2) {
        let listing = store.list_at(&range, revision(at as u64)).await.unwrap();
        assert_eq!((&texts(&listing.objects), listing.revision), (expected, revision(at as u64)));
    }
}

pub async fn pages_of_one_revision_fit_together(store: &dyn Store) {
    let changes = (0..50).map(|number| put(&key("n", &format!("{number:02}")), "old")).collect();
    store.commit(commit(changes)).await.unwrap();
    let first = store.list(&Range::Resource("configmaps".into()));
    let (head, _) = first.objects.split_at(20);
    write(store, &key("n", "10x"), "new").await;
    write(store, &key("n", "30"), "new").await;
    remove(store, &key("n", "31")).await;
    let again = store.list_at(&Range::Resource("configmaps".into()), first.revision).await.unwrap();
    assert_eq!(again.revision, first.revision);
    assert_eq!(again.objects, first.objects);
    assert_eq!(head, &again.objects[..20]);
}

pub async fn an_inner_revision_answers_as_of_the_commits_end(store: &dyn Store) {
    let (a, b) = (key("n", "a"), key("n", "b"));
    store.commit(commit(vec![put(&a, "1"), put(&b, "1")])).await.unwrap();
    store.commit(commit(vec![put(&a, "2"), delete(&b)])).await.unwrap();
    let listing = store.list_at(&Range::All, revision(1)).await.unwrap();
    assert_eq!((texts(&listing.objects).join(","), listing.revision), ("1,1".into(), revision(2)));
    assert!(store.get_at(&b, revision(3)).await.unwrap().is_none());
    assert!(store.get_at(&b, revision(1)).await.unwrap().is_some());
}

pub async fn history_tells_who_when_and_why(store: &dyn Store) {
    let a = key("n", "a");
    let cause = Cause::Pass {
        reconciler: "deployment".into(),
        key: "\"n/a\"".into(),
        world: Revision(41),
        trigger: Revision(40),
        now: Time::from_micros(7),
    };
    write(store, &a, "0").await;
    for second in 1..=3 {
        let mut update = commit_at(second, vec![put(&a, &second.to_string()), put(&key("n", "b"), &second.to_string())]);
        update.cause = cause.clone();
        store.commit(update).await.unwrap();
    }
    let entries = store.history(&a, 2).await;
    assert_eq!(entries.iter().map(|entry| text(&entry.object)).collect::<Vec<_>>(), ["2", "3"]);
    let last = entries.last().unwrap();
    assert_eq!((&*last.actor.name, &*last.actor.groups[0], &*last.manager), ("alice", "system:masters", "kubectl"));
    assert_eq!((&last.cause, last.time), (&cause, Time::from_micros(3_000_000)));
    assert_eq!(store.history(&a, 100).await.len(), 4);
    assert!(store.history(&key("n", "none"), 100).await.is_empty());
}

pub async fn a_deletion_has_its_last_state_in_history(store: &dyn Store) {
    let a = key("n", "a");
    write(store, &a, "last words").await;
    remove(store, &a).await;
    let entries = store.history(&a, 10).await;
    assert_eq!(entries.iter().map(|entry| entry.deleted).collect::<Vec<_>>(), [false, true]);
    assert_eq!((text(&entries[1].object), entries[1].object.revision), ("last words".into(), revision(2)));
}

pub async fn changes_of_a_range_are_told_in_pages_from_either_end(store: &dyn Store) {
    let (a, b) = (key("n", "a"), key("n", "b"));
    store.commit(commit(vec![put(&a, "1"), put(&b, "1")])).await.unwrap();
    write(store, &key("other", "a"), "other").await;
    write(store, &a, "2").await;
    remove(store, &b).await;
    let range = Range::Namespace("configmaps".into(), "n".into());
    let told = async |order, limit| {
        let entries = store.changes(&range, order, limit).await.unwrap();
        entries.iter().map(|entry| entry.object.revision.0).collect::<Vec<_>>()
    };
    assert_eq!(told(Order::NEWEST, 3).await, [5, 4, 2]);
    assert_eq!(told(Order::NewestBefore(revision(2)), 3).await, [1]);
    assert_eq!(told(Order::OldestAfter(revision(1)), 2).await, [2, 4]);
    assert_eq!(told(Order::OldestAfter(revision(4)), 2).await, [5]);
    let newest = store.changes(&range, Order::NEWEST, 10).await.unwrap();
    let replaced: Vec<_> = newest.iter().map(|entry| entry.replaced.map(|old| old.0)).collect();
    assert_eq!(replaced, [Some(2), Some(1), None, None]);
    assert_eq!(newest.iter().map(|entry| entry.commit.0).collect::<Vec<_>>(), [5, 4, 2, 2]);
    assert_eq!(newest[1].previous.as_ref().map(|old| text(old)), Some("1".into()));
    let expired = store.changes(&range, Order::OldestAfter(revision(0)), 1).await;
    assert_eq!(expired.unwrap().len(), 1);
}

pub async fn a_time_finds_the_newest_commit_of_then(store: &dyn Store) {
    let a = key("n", "a");
    for second in [10, 10, 20, 40] {
        store.commit(commit_at(second, vec![put(&a, &store.revision().to_string())])).await.unwrap();
    }
    for (second, expected) in [(0, 0), (9, 0), (10, 2), (19, 2), (20, 3), (39, 3), (40, 4), (4_000, 4)] {
        let found = store.revision_at(Time::from_micros(second * 1_000_000)).await.unwrap();
        assert_eq!(found, revision(expected), "at second {second}");
    }
    let kept = store.kept().await;
    assert_eq!((kept.oldest, kept.since, kept.newest), (revision(0), None, revision(4)));
}

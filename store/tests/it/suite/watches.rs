use std::sync::Arc;

use futures::StreamExt;
use kontiki_api::meta::{Key, Revision};
use kontiki_store::{Range, Run, Store};

use crate::fixture::{commit, delete, key, next, put, remove, revision, shown, text, write};

pub async fn a_watch_resumes_at_every_inner_revision(store: &dyn Store) {
    let names = ["a", "b", "c"];
    let mut all = Vec::new();
    for round in 1..=3 {
        let changes = names.map(|name| put(&key("n", name), &round.to_string())).to_vec();
        let end = store.commit(commit(changes)).await.unwrap().revision;
        all.extend((1..=3).map(|number| (end, end.0 - 3 + number)));
    }
    for from in 0..9 {
        let mut watch = store.watch(&Range::Resource("configmaps".into()), revision(from)).unwrap();
        let mut seen = Vec::new();
        while seen.last().is_none_or(|(_, last)| *last < 9) {
            let batch = next(&mut watch).await;
            seen.extend(batch.events.iter().map(|event| (batch.revision, event.object.revision.0)));
        }
        assert_eq!(seen, all[usize::try_from(from).unwrap()..], "resumed at {from}");
        write(store, &key("other", &from.to_string()), "x").await;
        assert_eq!(next(&mut watch).await.events.len(), 1);
    }
}

pub async fn what_is_told_together_is_whole_and_shared(store: &dyn Store) {
    let (three, one) = (["a", "b", "c"], key("n", "d"));
    store.commit(commit(three.map(|name| put(&key("n", name), "1")).to_vec())).await.unwrap();
    // Runs end behind each stretch; a part of one is left.
    let (stretch, last) = (Run::STRETCH, Run::STRETCH * 3 + 8);
    for number in 4..=last {
        write(store, &one, &number.to_string()).await;
    }
    let runs = async |from: u64| {
        let mut watch = store.watch(&Range::Resource("configmaps".into()), revision(from)).unwrap();
        let mut runs: Vec<Arc<Run>> = Vec::new();
        while runs.last().is_none_or(|run| run.revision().0 < last) {
            let told = next(&mut watch).await;
            runs.push(watch.run(told));
        }
        let all: Vec<u64> = runs.iter().flat_map(|run| run.events()).map(|event| event.object.revision.0).collect();
        assert_eq!(all, (from + 1..=last).collect::<Vec<_>>(), "from {from}");
        (runs, watch)
    };
    let ((whole, mut first), (inside, mut second), (late, mut third)) =
        (runs(0).await, runs(1).await, runs(stretch * 3 / 2).await);
    assert_eq!(whole.iter().map(|run| run.revision().0).collect::<Vec<_>>(), [stretch, stretch * 2, stretch * 3, last]);
    assert_eq!(late[0].revision().0, stretch * 2);
    for others in [inside, late] {
        let shared = whole.iter().rev().zip(others.iter().rev()).take_while(|(one, other)| Arc::ptr_eq(one, other)).count();
        assert!(shared >= 1, "watchers that come to the same place are told the same run");
    }
    write(store, &one, "1").await;
    for watch in [&mut first, &mut second, &mut third] {
        assert_eq!(next(watch).await.events[0].object.revision.0, last + 1, "what comes next is behind the run");
    }
}

pub async fn a_watch_of_all_delivers_whole_commits(store: &dyn Store) {
    let mut watch = store.watch(&Range::All, revision(0)).unwrap();
    let (a, b) = (key("n", "a"), Key::new("pods", "n", "b"));
    store.commit(commit(vec![put(&a, "1"), put(&b, "1")])).await.unwrap();
    store.commit(commit(vec![delete(&a), put(&b, "2")])).await.unwrap();
    let first = next(&mut watch).await;
    assert_eq!((shown(&first), first.revision), (vec!["a=1@1".into(), "b=1@2".into()], revision(2)));
    let second = next(&mut watch).await;
    assert_eq!((shown(&second), second.revision), (vec!["a=-@3".into(), "b=2@4".into()], revision(4)));
}

pub async fn watches_see_only_their_range_and_share_nothing_else(store: &dyn Store) {
    let mut one = store.watch(&Range::Key(key("n", "a")), revision(0)).unwrap();
    let mut namespace = store.watch(&Range::Namespace("configmaps".into(), "n".into()), revision(0)).unwrap();
    let changes = vec![put(&key("n", "a"), "1"), put(&key("m", "a"), "1"), put(&key("n", "b"), "1")];
    store.commit(commit(changes)).await.unwrap();
    let batch = next(&mut one).await;
    assert_eq!((shown(&batch), batch.revision), (vec!["a=1@1".into()], revision(3)));
    assert_eq!(shown(&next(&mut namespace).await), ["a=1@1", "b=1@3"]);
    write(store, &key("m", "a"), "2").await;
    write(store, &key("n", "a"), "2").await;
    assert_eq!(shown(&next(&mut one).await), ["a=2@5"]);
    assert_eq!(shown(&next(&mut namespace).await), ["a=2@5"]);
    let mut late = store.watch(&Range::Key(key("n", "a")), revision(2)).unwrap();
    assert_eq!(shown(&next(&mut late).await), ["a=2@5"]);
    let mut later = store.watch(&Range::Key(key("n", "a")), revision(0)).unwrap();
    assert_eq!(shown(&next(&mut later).await), ["a=1@1"]);
}

pub async fn deletions_are_seen_at_their_own_revision(store: &dyn Store) {
    let a = key("n", "a");
    write(store, &a, "last words").await;
    let deleted = remove(store, &a).await;
    assert_eq!((deleted.revision, deleted.objects[0].revision), (revision(2), revision(2)));
    let mut watch = store.watch(&Range::All, revision(1)).unwrap();
    let event = next(&mut watch).await.events[0].clone();
    assert!(event.deleted);
    assert_eq!((text(&event.object), event.object.revision), ("last words".into(), revision(2)));
    assert_eq!(event.previous.unwrap().revision, revision(1));
}

pub async fn many_watchers_see_every_change_once_in_order(store: &dyn Store) {
    const CHANGES: u64 = 200;
    let follow = |range: Range, from: u64| {
        let watch = store.watch(&range, Revision(from)).unwrap();
        async move {
            let events = watch.flat_map(|batch| futures::stream::iter(batch.unwrap().events.to_vec()));
            let revisions: Vec<u64> =
                events.map(|event| event.object.revision.0).take(usize::try_from(CHANGES - from).unwrap()).collect().await;
            assert_eq!(revisions, (from + 1..=CHANGES).collect::<Vec<_>>());
        }
    };
    let ranges = [Range::All, Range::Resource("configmaps".into()), Range::Namespace("configmaps".into(), "n".into())];
    let watchers = futures::future::join_all((0..30).map(|at| follow(ranges[at % 3].clone(), 0)));
    let writers = futures::future::join_all((0..CHANGES).map(|number| async move {
        write(store, &key("n", &(number % 7).to_string()), &number.to_string()).await;
    }));
    futures::future::join(watchers, writers).await;
    futures::future::join_all((0..9).map(|at| follow(ranges[at % 3].clone(), 20 * at as u64))).await;
}

pub async fn a_watch_from_the_future_is_refused(store: &dyn Store) {
    write(store, &key("n", "a"), "1").await;
    let expired = store.watch(&Range::All, revision(2)).unwrap_err();
    assert_eq!((expired.asked, expired.newest), (revision(2), revision(1)));
    assert!(store.get_at(&key("n", "a"), revision(2)).await.is_err());
    assert!(store.list_at(&Range::All, revision(2)).await.is_err());
}

pub async fn progress_is_told_only_when_nothing_waits(store: &dyn Store) {
    let mut watch = store.watch(&Range::Key(key("n", "a")), revision(0)).unwrap();
    assert_eq!(watch.progress(), Some(revision(0)));
    write(store, &key("n", "b"), "1").await;
    assert_eq!(watch.progress(), Some(revision(1)));
    write(store, &key("n", "a"), "1").await;
    write(store, &key("n", "b"), "2").await;
    assert_eq!(watch.progress(), None);
    next(&mut watch).await;
    assert_eq!(watch.progress(), Some(revision(3)));
}

pub async fn closing_ends_watches(store: &dyn Store) {
    let mut quiet = store.watch(&Range::Key(key("n", "b")), revision(0)).unwrap();
    let mut busy = store.watch(&Range::All, revision(0)).unwrap();
    write(store, &key("n", "a"), "1").await;
    store.close().await;
    assert!(quiet.next().await.is_none());
    assert_eq!(shown(&next(&mut busy).await), ["a=1@1"]);
    assert!(busy.next().await.is_none());
}

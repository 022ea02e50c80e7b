use kontiki_api::time::Time;
use kontiki_store::{Change, CommitError, Op, Order, Range, Requirement, Reserve, Store};

use crate::fixture::{
    commit, commit_at, delete, draft, is_precondition, key, needs, next, put, remove, revision, shown, text, write,
};

pub async fn revisions_are_dense_and_times_never_go_back(store: &dyn Store) {
    let (a, b, c) = (key("n", "a"), key("n", "b"), key("n", "c"));
    let first = store.commit(commit_at(50, vec![put(&a, "1"), put(&b, "1"), put(&c, "1")])).await.unwrap();
    assert_eq!(first.revision, revision(3));
    let revisions: Vec<_> = first.objects.iter().map(|object| object.revision.0).collect();
    assert_eq!(revisions, [1, 2, 3]);
    let earlier = store.commit(commit_at(20, vec![put(&a, "2"), delete(&b)])).await.unwrap();
    assert_eq!((earlier.revision, earlier.time), (revision(5), Time::from_micros(50_000_000)));
    assert_eq!(store.get(&a).unwrap().revision, revision(4));
    assert!(store.get(&b).is_none());
    assert_eq!(store.revision(), revision(5));
}

pub async fn a_repeated_id_gets_the_first_outcome(store: &dyn Store) {
    let a = key("n", "a");
    let mut create = commit(vec![put(&a, "1")]);
    create.preconditions = vec![needs(&a, Requirement::Absent)];
    let first = store.commit(create.clone()).await.unwrap();
    write(store, &a, "2").await;
    let again = store.commit(create).await.unwrap();
    assert_eq!(again.revision, first.revision);
    assert_eq!(text(&again.objects[0]), "1");
    assert_eq!(text(&store.get(&a).unwrap()), "2");
    assert_eq!(store.revision(), revision(2));
}

pub async fn a_clock_that_jumps_ahead_forgets_no_request_and_ends_no_watch(store: &dyn Store) {
    let (a, year) = (key("n", "a"), 365 * 24 * 3600);
    let first = commit_at(10, vec![put(&a, "1")]);
    let begun = store.commit(first.clone()).await.unwrap();
    for second in [15, year, year + 5, 3 * year] {
        store.commit(commit_at(second, vec![put(&a, &second.to_string())])).await.unwrap();
    }
    let again = store.commit(first).await.unwrap();
    assert_eq!((again.revision, text(&again.objects[0])), (begun.revision, "1".into()));
    assert_eq!(store.revision(), revision(5));
    assert!(store.watch(&Range::All, begun.revision).is_ok());
}

pub async fn a_refused_commit_changes_nothing(store: &dyn Store) {
    let (a, b) = (key("n", "a"), key("n", "b"));
    write(store, &a, "1").await;
    let mut refused = commit(vec![put(&b, "1"), put(&a, "2")]);
    refused.preconditions = vec![needs(&a, Requirement::Revision(revision(7)))];
    let error = store.commit(refused).await.unwrap_err();
    let found = Some(revision(1));
    let requirement = Requirement::Revision(revision(7));
    assert_eq!(error, CommitError::Precondition { key: a.clone(), requirement, found });
    assert!(is_precondition(&store.commit(commit(vec![put(&a, "3"), delete(&b)])).await.unwrap_err()));
    assert!(store.get(&b).is_none());
    assert_eq!(text(&store.get(&a).unwrap()), "1");
    assert_eq!(store.revision(), revision(1));
}

pub async fn preconditions_may_name_unchanged_keys(store: &dyn Store) {
    let (a, namespace) = (key("n", "a"), key("", "n"));
    let mut create = commit(vec![put(&a, "1")]);
    create.preconditions = vec![needs(&namespace, Requirement::Present)];
    assert!(is_precondition(&store.commit(create.clone()).await.unwrap_err()));
    let at = write(store, &namespace, "active").await.revision;
    store.commit(create).await.expect("the refused id is decided anew");
    let mut update = commit(vec![put(&a, "2")]);
    update.preconditions = vec![needs(&namespace, Requirement::Revision(at))];
    store.commit(update.clone()).await.unwrap();
    write(store, &namespace, "terminating").await;
    update = commit(vec![put(&a, "3")]);
    update.preconditions = vec![needs(&namespace, Requirement::Revision(at))];
    assert!(is_precondition(&store.commit(update).await.unwrap_err()));
    assert_eq!(text(&store.get(&a).unwrap()), "2");
}

pub async fn a_uid_is_required_where_asked(store: &dyn Store) {
    let a = key("n", "a");
    write(store, &a, "1").await;
    for (uid, holds) in [("uid-a", true), ("uid-other", false)] {
        let mut update = commit(vec![put(&a, uid)]);
        update.preconditions = vec![needs(&a, Requirement::Uid(uid.into()))];
        assert_eq!(store.commit(update).await.is_ok(), holds);
    }
    remove(store, &a).await;
    let mut update = commit(vec![put(&a, "x")]);
    update.preconditions = vec![needs(&a, Requirement::Uid("uid-a".into()))];
    assert!(is_precondition(&store.commit(update).await.unwrap_err()));
}

fn reserve(by: i64, limit: Option<i64>) -> Vec<Reserve> {
    vec![Reserve { counter: "quota".into(), by, limit }]
}

pub async fn counters_stop_at_their_limit(store: &dyn Store) {
    for number in 0..3 {
        let mut create = commit(vec![put(&key("n", &number.to_string()), "x")]);
        create.reserves = reserve(1, Some(3));
        store.commit(create).await.unwrap();
    }
    let mut create = commit(vec![put(&key("n", "3"), "x")]);
    create.reserves = reserve(1, Some(3));
    let limit = CommitError::Limit { counter: "quota".into(), used: 3, by: 1, limit: 3 };
    assert_eq!(store.commit(create.clone()).await.unwrap_err(), limit);
    let mut give_back = commit(vec![delete(&key("n", "0"))]);
    give_back.reserves = reserve(-1, None);
    store.commit(give_back.clone()).await.unwrap();
    store.commit(give_back).await.expect("a repeated id gives back once");
    store.commit(create).await.unwrap();
    let mut create = commit(vec![put(&key("n", "4"), "x")]);
    create.reserves = reserve(1, Some(3));
    assert_eq!(store.commit(create).await.unwrap_err(), limit);
}

pub async fn a_put_that_changes_nothing_takes_no_revision(store: &dyn Store) {
    let (a, b) = (key("n", "a"), key("n", "b"));
    write(store, &a, "1").await;
    let mut same = commit(vec![put(&a, "1")]);
    same.reserves = reserve(5, Some(5));
    let answer = store.commit(same).await.unwrap();
    assert_eq!((answer.revision, answer.objects[0].revision), (revision(1), revision(1)));
    let mixed = store.commit(commit(vec![put(&a, "1"), put(&b, "1")])).await.unwrap();
    assert_eq!(mixed.revision, revision(2));
    assert_eq!(mixed.objects.iter().map(|object| object.revision.0).collect::<Vec<_>>(), [1, 2]);
    let empty = store.commit(commit(vec![])).await.unwrap();
    assert_eq!((empty.revision, empty.objects.len()), (revision(2), 0));
    let mut full = commit(vec![put(&key("n", "c"), "1")]);
    full.reserves = reserve(5, Some(5));
    store.commit(full).await.expect("the unchanged put took nothing");
}

pub async fn what_goes_may_change_in_the_same_commit(store: &dyn Store) {
    let (a, b) = (key("n", "a"), key("n", "b"));
    write(store, &a, "1").await;
    let last = Change { op: Op::Delete(Some(draft(&a, "2"))), ..delete(&a) };
    let farewell = commit(vec![put(&a, "2"), last, put(&b, "1")]);
    let first = store.commit(farewell.clone()).await.unwrap();
    let again = store.commit(farewell).await.unwrap();
    for told in [first, again] {
        let objects: Vec<_> = told.objects.iter().map(|object| (text(object), object.revision.0)).collect();
        assert_eq!((objects, told.revision), (vec![("2".into(), 2), ("2".into(), 3), ("1".into(), 4)], revision(4)));
    }
    assert!(store.get(&a).is_none());
    let whole = ["a=1@1", "a=2@2", "a=-@3"];
    for from in 0..3 {
        let mut watch = store.watch(&Range::Key(a.clone()), revision(from)).unwrap();
        let mut seen = if from == 0 { shown(&next(&mut watch).await) } else { Vec::new() };
        seen.extend(shown(&next(&mut watch).await));
        assert_eq!(seen, whole[from as usize..]);
    }
    let before: Vec<_> = store.get_at(&a, revision(1)).await.unwrap().iter().map(|object| text(object)).collect();
    assert_eq!((before, store.get_at(&a, revision(2)).await.unwrap().is_none()), (vec!["1".into()], true));
    let changes = store.changes(&Range::Key(a), Order::OldestAfter(revision(0)), 9).await.unwrap();
    let told: Vec<_> = changes.iter().map(|entry| (entry.deleted, entry.replaced, entry.commit.0)).collect();
    assert_eq!(told, [(false, None, 1), (false, Some(revision(1)), 4), (true, Some(revision(2)), 4)]);
}

pub async fn misshapen_commits_are_refused(store: &dyn Store) {
    let (a, b) = (key("n", "a"), key("n", "b"));
    let is_refused = |result: Result<_, CommitError>| matches!(result, Err(CommitError::Refused(_)));
    for twice in [vec![put(&a, "1"), put(&a, "2")], vec![delete(&a), put(&a, "1")], vec![put(&a, "1"), delete(&a), delete(&a)]] {
        assert!(is_refused(store.commit(commit(twice)).await));
    }
    assert!(is_precondition(&store.commit(commit(vec![put(&a, "1"), delete(&a)])).await.unwrap_err()), "nothing is there to go");
    let foreign = Change { op: Op::Put(draft(&b, "1")), ..put(&a, "1") };
    assert!(is_refused(store.commit(commit(vec![foreign])).await));
    let many = (0..600).map(|number| put(&key("n", &number.to_string()), "1")).collect();
    assert!(is_refused(store.commit(commit(many)).await));
    let large = "x".repeat(9 << 20);
    assert!(is_refused(store.commit(commit(vec![put(&a, &large)])).await));
    let mut only_counters = commit(vec![]);
    only_counters.reserves = reserve(1, None);
    assert!(is_refused(store.commit(only_counters).await));
    assert_eq!(store.revision(), revision(0));
}

pub async fn concurrent_creates_have_one_winner(store: &dyn Store) {
    let a = key("n", "a");
    let attempts = (0..50).map(|number| {
        let mut create = commit(vec![put(&a, &number.to_string())]);
        create.preconditions = vec![needs(&a, Requirement::Absent)];
        store.commit(create)
    });
    let results = futures::future::join_all(attempts).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    assert!(results.iter().flat_map(|result| result.as_ref().err()).all(is_precondition));
    assert_eq!(store.revision(), revision(1));
}

pub async fn concurrent_counters_never_pass_the_limit(store: &dyn Store) {
    let attempts = (0..50).map(|number| {
        let mut create = commit(vec![put(&key("n", &number.to_string()), "x")]);
        create.reserves = reserve(1, Some(10));
        store.commit(create)
    });
    let results = futures::future::join_all(attempts).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 10);
    assert_eq!(store.list(&Range::All).objects.len(), 10);
}

pub async fn a_closed_store_takes_no_commits(store: &dyn Store) {
    let a = key("n", "a");
    write(store, &a, "1").await;
    store.close().await;
    let error = store.commit(commit(vec![put(&a, "2")])).await.unwrap_err();
    assert!(matches!(error, CommitError::Unavailable(_)));
    assert!(store.barrier().await.is_err());
    assert_eq!(text(&store.get(&a).unwrap()), "1");
    assert!(!store.status().leader);
}

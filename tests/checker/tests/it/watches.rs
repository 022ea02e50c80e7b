use kontiki_checker::{Answer, Breach, Change, Kind, Promise, Seen, Watcher, Written, check_watches};

/// Three commits: x and y are created together (1, 2), x changes (3), y goes (4).
fn written() -> Vec<Written<&'static str>> {
    let one = |key, kind, value, revision, end| {
        let answer = Answer::Acknowledged { revision, end };
        Written { key, kind: Some(kind), value, answer }
    };
    vec![
        one("x", Kind::Created, Some(10), 1, 2),
        one("y", Kind::Created, Some(11), 2, 2),
        one("x", Kind::Modified, Some(12), 3, 3),
        one("y", Kind::Deleted, None, 4, 4),
    ]
}

fn change(revision: u64) -> Change<&'static str> {
    let (key, kind, value) = match revision {
        1 => ("x", Kind::Created, Some(10)),
        2 => ("y", Kind::Created, Some(11)),
        3 => ("x", Kind::Modified, Some(12)),
        _ => ("y", Kind::Deleted, None),
    };
    Change { revision, key, kind, value }
}

fn came(end: u64, revisions: &[u64]) -> Seen<&'static str> {
    Seen::Changes { end: Some(end), changes: revisions.iter().map(|revision| change(*revision)).collect() }
}

fn began(after: u64) -> Seen<&'static str> {
    Seen::Began { after }
}

fn watcher(seen: Vec<Seen<&'static str>>) -> Watcher<&'static str> {
    Watcher { name: "everything".into(), selects: Box::new(|_| true), seen }
}

fn of_y(seen: Vec<Seen<&'static str>>) -> Watcher<&'static str> {
    Watcher { name: "y".into(), selects: Box::new(|key| *key == "y"), seen }
}

fn broken(seen: Vec<Seen<&'static str>>) -> Promise {
    check_watches(&written(), &[watcher(seen)]).unwrap_err().promise()
}

#[test]
fn watchers_that_saw_everything_are_content() {
    let bookmark = Seen::Bookmark { revision: 4 };
    let all = watcher(vec![began(0), came(2, &[1, 2]), came(3, &[3]), came(4, &[4]), bookmark.clone()]);
    let resumed = watcher(vec![began(0), came(2, &[1, 2]), began(1), came(2, &[2]), came(3, &[3]), began(3), came(4, &[4])]);
    let some = of_y(vec![began(0), came(2, &[2]), Seen::Bookmark { revision: 3 }, came(4, &[4]), bookmark]);
    let expired = watcher(vec![began(0), Seen::Expired { asked: 0, oldest: 2 }, began(2), came(3, &[3])]);
    let examined = check_watches(&written(), &[all, resumed, some, expired]).unwrap();
    assert_eq!((examined.changes, examined.deliveries, examined.watches), (4, 12, 7));
    assert_eq!((examined.bookmarks, examined.expiries), (3, 1));
}

#[test]
fn each_promise_is_asked_for() {
    assert_eq!(broken(vec![began(0), came(2, &[1, 2]), came(3, &[3]), came(2, &[2])]), Promise::Ordered);
    assert_eq!(broken(vec![began(0), came(2, &[1, 2]), came(3, &[3]), came(3, &[3])]), Promise::Unique);
    assert_eq!(broken(vec![began(0), came(2, &[1, 2]), came(4, &[4])]), Promise::Reliable);
    assert_eq!(broken(vec![began(0), came(2, &[1])]), Promise::Atomic);
    assert_eq!(broken(vec![began(0), came(3, &[1, 2, 3])]), Promise::Atomic);
    assert_eq!(broken(vec![began(0), came(2, &[1, 2]), began(2), came(4, &[4])]), Promise::Resumable);
    assert_eq!(broken(vec![began(0), came(2, &[1, 2]), began(2), came(2, &[2])]), Promise::Unique);
    let bookmark = |revision| Seen::Bookmark { revision };
    assert_eq!(broken(vec![began(0), came(2, &[1, 2]), bookmark(3)]), Promise::Bookmarkable);
    assert_eq!(broken(vec![began(3), bookmark(4)]), Promise::Bookmarkable);
    assert_eq!(broken(vec![began(2), came(3, &[3]), bookmark(3), came(3, &[3])]), Promise::Unique);
    assert_eq!(broken(vec![began(3), came(4, &[4]), bookmark(4), came(3, &[3])]), Promise::Bookmarkable);
    assert_eq!(broken(vec![began(4), bookmark(3)]), Promise::Bookmarkable);
    assert_eq!(broken(vec![began(0), Seen::Expired { asked: 2, oldest: 1 }]), Promise::Resumable);
}

#[test]
fn what_one_watcher_saw_every_other_must_see() {
    let lost = Written { key: "z", kind: None, value: Some(13), answer: Answer::Unknown };
    let written: Vec<_> = written().into_iter().chain([lost]).collect();
    let fifth = Change { revision: 5, key: "z", kind: Kind::Created, value: Some(13) };
    let fifth = Seen::Changes { end: Some(5), changes: vec![fifth] };
    let saw = || watcher(vec![began(4), fifth.clone(), Seen::Bookmark { revision: 5 }]);
    let passed_over = || watcher(vec![began(4), Seen::Bookmark { revision: 5 }]);
    assert!(check_watches(&written, &[saw()]).is_ok());
    assert!(check_watches(&written, &[passed_over()]).is_ok());
    let breach = check_watches(&written, &[saw(), passed_over()]).unwrap_err();
    assert!(matches!(&breach, Breach::Gap { missing, .. } if missing.revision == 5), "{breach}");
}

#[test]
fn what_nobody_wrote_is_seen_by_nobody() {
    let other = |value| Change { value: Some(value), ..change(3) };
    let saw = |change| watcher(vec![began(2), Seen::Changes { end: None, changes: vec![change] }]);
    let breach = check_watches(&written(), &[saw(other(99))]).unwrap_err();
    assert!(matches!(breach, Breach::Disagreement { .. }), "{breach}");
    let made_up = Change { revision: 5, ..other(99) };
    let breach = check_watches(&written(), &[saw(made_up)]).unwrap_err();
    assert!(matches!(breach, Breach::MadeUp { .. }), "{breach}");
    let foreign = of_y(vec![began(2), came(3, &[3])]);
    assert!(matches!(check_watches(&written(), &[foreign]), Err(Breach::Foreign { .. })));
    let twice = [written(), written()].concat();
    assert!(matches!(check_watches(&twice, &[]), Err(Breach::RevisionUsedTwice { .. })));
}

/// A watch over HTTP does not tell where commits end.
#[test]
fn changes_that_come_one_by_one_are_not_asked_to_come_together() {
    let one = |revision| Seen::Changes { end: None, changes: vec![change(revision)] };
    let good = watcher(vec![began(0), one(1), one(2), one(3), one(4), Seen::Bookmark { revision: 4 }]);
    assert!(check_watches(&written(), &[good]).is_ok());
    let gap = watcher(vec![began(0), one(1), one(3)]);
    assert_eq!(check_watches(&written(), &[gap]).unwrap_err().promise(), Promise::Reliable);
}

#[test]
fn a_list_is_compared_with_what_there_was_at_its_revision() {
    let listed = |revision, objects: &[(&'static str, u64, u64)]| {
        let objects = objects.iter().map(|(key, at, value)| (*key, *at, Some(*value))).collect();
        watcher(vec![Seen::Listed { revision, objects }, began(revision)])
    };
    for (revision, objects) in [(2, &[("x", 1, 10), ("y", 2, 11)][..]), (3, &[("x", 3, 12), ("y", 2, 11)]), (4, &[("x", 3, 12)])]
    {
        let examined = check_watches(&written(), &[listed(revision, objects)]).unwrap();
        assert_eq!(examined.lists, 1);
    }
    // One is missing, one is old, one holds something else, one is gone.
    for (revision, objects) in [
        (3, &[("x", 3, 12)][..]),
        (3, &[("x", 1, 10), ("y", 2, 11)]),
        (3, &[("x", 3, 10), ("y", 2, 11)]),
        (4, &[("x", 3, 12), ("y", 2, 11)]),
    ] {
        let breach = check_watches(&written(), &[listed(revision, objects)]).unwrap_err();
        assert!(matches!(breach, Breach::Listing { .. }), "{objects:?} as of {revision}: {breach}");
    }
    // What may have happened unseen may show.
    let open = |kind, value| Written { key: "x", kind: Some(kind), value, answer: Answer::Unknown };
    for (objects, unknown) in [(&[][..], open(Kind::Deleted, None)), (&[("x", 5, 13)], open(Kind::Modified, Some(13)))] {
        assert!(check_watches(&written(), &[listed(6, objects)]).is_err());
        let written: Vec<_> = written().into_iter().chain([unknown]).collect();
        assert!(check_watches(&written, &[listed(6, objects)]).is_ok(), "{objects:?}");
    }
}

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use kontiki_api::request::LeaderId;
use kontiki_store::{CommitError, MemberError, Range, SqliteStore, Store, Timing};

use crate::cluster::{Cluster, PATIENCE, Three, pause, until};
use crate::fixture::{commit, key, needs, next, put, revision, shown, text, texts, write};

crate::suite::whole_suite!(Three::open());

/// Writes through whoever leads, as often as it takes; the same request each time.
pub async fn write_somewhere(cluster: &Cluster, ids: &[u64], name: &str, value: &str) -> u64 {
    let commit = commit(vec![put(&key("n", name), value)]);
    let taken = async {
        loop {
            let leader = cluster.leader_of(ids).await;
            match cluster.stores[&leader].commit(commit.clone()).await {
                Ok(committed) => return committed.revision.0,
                // Whoever still believes to lead refuses at once, until it learns better.
                Err(CommitError::NotLeader | CommitError::Unavailable(_) | CommitError::Unknown(_)) => pause().await,
                Err(error) => panic!("{error}"),
            }
        }
    };
    tokio::time::timeout(PATIENCE, taken).await.unwrap_or_else(|_| panic!("nobody took the write within {PATIENCE:?}"))
}

pub fn others(cluster: &Cluster, id: u64) -> Vec<u64> {
    cluster.stores.keys().copied().filter(|other| *other != id).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_member_grows_to_three_without_a_pause() {
    let mut cluster = Cluster::of_one().await;
    write(&*cluster.stores[&1], &key("n", "before"), "1").await;
    let writer = cluster.stores[&1].clone();
    let (stop, mut stopped) = tokio::sync::oneshot::channel::<()>();
    let writing = tokio::spawn(async move {
        let mut count = 0;
        while stopped.try_recv().is_err() {
            count += 1;
            write(&*writer, &key("n", "during"), &count.to_string()).await;
        }
        count
    });
    cluster.grow().await;
    stop.send(()).unwrap();
    let count = writing.await.unwrap();
    for store in cluster.stores.values() {
        store.barrier().await.unwrap();
        assert_eq!(text(&store.get(&key("n", "during")).unwrap()), count.to_string());
        assert_eq!(text(&store.get(&key("n", "before")).unwrap()), "1");
    }
    assert!(cluster.stores[&1].members().iter().all(|one| one.voter));
    cluster.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_that_joins_late_is_sent_a_snapshot() {
    let mut cluster = Cluster::of_one().await;
    for number in 0..900 {
        write(&*cluster.stores[&1], &key("n", &(number % 7).to_string()), &number.to_string()).await;
    }
    cluster.grow().await;
    let expected = cluster.stores[&1].list(&Range::All);
    for id in [2, 3] {
        let store = &cluster.stores[&id];
        store.barrier().await.unwrap();
        assert_eq!(store.list(&Range::All).objects, expected.objects);
        assert_eq!(store.history(&key("n", "3"), 1000).await.len(), cluster.stores[&1].history(&key("n", "3"), 1000).await.len());
    }
    cluster.stop(3).await;
    cluster.start(3).await;
    until("it has all of it from its own disk", || cluster.stores[&3].revision() == expected.revision).await;
    cluster.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn watches_go_on_where_a_snapshot_takes_the_place_of_the_tables() {
    let cluster = Cluster::of_three().await;
    let leader = cluster.leader().await;
    let lagging = others(&cluster, leader)[0];
    write(&*cluster.stores[&leader], &key("n", "a"), "0").await;
    cluster.stores[&lagging].barrier().await.unwrap();
    let mut watch = cluster.stores[&lagging].watch(&Range::All, revision(1)).unwrap();
    for other in others(&cluster, lagging) {
        cluster.network.cut(lagging, other);
    }
    for number in 1..=900 {
        write_somewhere(&cluster, &others(&cluster, lagging), "a", &number.to_string()).await;
    }
    cluster.network.heal();
    for number in 1..=900 {
        assert_eq!(shown(&next(&mut watch).await), [format!("a={number}@{}", number + 1)]);
    }
    cluster.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leader_cut_off_is_replaced_and_serves_nothing_stale() {
    let cluster = Cluster::of_three().await;
    let old = cluster.leader().await;
    let rest = others(&cluster, old);
    write(&*cluster.stores[&old], &key("n", "a"), "old").await;
    rest.iter().for_each(|other| cluster.network.cut(old, *other));
    write_somewhere(&cluster, &rest, "a", "new").await;
    assert!(cluster.stores[&old].barrier().await.is_err(), "it cannot know what is newest");
    let late = cluster.stores[&old].clone();
    let stale = tokio::spawn(async move { late.commit(commit(vec![put(&key("n", "b"), "never")])).await });
    cluster.network.heal();
    cluster.stores[&old].barrier().await.unwrap();
    assert_eq!(text(&cluster.stores[&old].get(&key("n", "a")).unwrap()), "new");
    assert!(stale.await.unwrap().is_err());
    cluster.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_graceful_stop_hands_the_leadership_over() {
    let mut cluster = Cluster::of_three().await;
    let old = cluster.leader().await;
    let rest = others(&cluster, old);
    let before = write_somewhere(&cluster, &[old], "a", "1").await;
    let mut follower = cluster.stores[&rest[0]].leadership();
    cluster.stop(old).await;
    let now = *follower.wait_for(|now| now.leader.is_some_and(|leader| leader.node != old)).await.unwrap();
    assert!(now.leader.is_some());
    assert!(write_somewhere(&cluster, &rest, "a", "2").await > before);
    cluster.start(old).await;
    until("it follows", || cluster.stores[&old].get(&key("n", "a")).is_some_and(|a| text(&a) == "2")).await;
    cluster.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_repeated_at_the_next_leader_gets_the_first_outcome() {
    let mut cluster = Cluster::of_three().await;
    let old = cluster.leader().await;
    let once = commit(vec![put(&key("n", "a"), "1")]);
    let first = cluster.stores[&old].commit(once.clone()).await.unwrap();
    write(&*cluster.stores[&old], &key("n", "a"), "2").await;
    cluster.stop(old).await;
    let new = cluster.leader().await;
    let again = cluster.stores[&new].commit(once.clone()).await.unwrap();
    assert_eq!((again.revision, texts(&again.objects)), (first.revision, vec!["1".to_owned()]));
    assert_eq!(cluster.stores[&new].outcome(once.id).unwrap().revision, first.revision);
    cluster.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_of_an_older_leadership_is_refused() {
    let mut cluster = Cluster::of_three().await;
    let old = cluster.leader().await;
    let under = cluster.stores[&old].leadership().borrow().leading().unwrap();
    let mut fenced = commit(vec![put(&key("n", "a"), "1")]);
    fenced.leader = Some(under);
    cluster.stores[&old].commit(fenced).await.unwrap();
    cluster.stop(old).await;
    let new = cluster.leader().await;
    let store = &cluster.stores[&new];
    let actual = store.leadership().borrow().leading().unwrap();
    assert!(actual.term > under.term && actual.node == new);
    for assumed in [under, LeaderId { term: actual.term, node: old }, LeaderId { term: under.term, node: new }] {
        let mut late = commit(vec![put(&key("n", "a"), "2")]);
        late.leader = Some(assumed);
        assert_eq!(store.commit(late).await.unwrap_err(), CommitError::Superseded { assumed, actual });
    }
    assert_eq!(text(&store.get(&key("n", "a")).unwrap()), "1");
    cluster.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn followers_take_no_writes_and_change_no_members() {
    let cluster = Cluster::of_three().await;
    let leader = cluster.leader().await;
    for id in others(&cluster, leader) {
        let store: &SqliteStore = &cluster.stores[&id];
        let refused = store.commit(commit(vec![put(&key("n", "a"), "1")])).await.unwrap_err();
        assert_eq!(refused, CommitError::NotLeader);
        assert_eq!(store.remove_member(leader).await, Err(MemberError::NotLeader));
    }
    assert_eq!(cluster.stores[&leader].promote_members(BTreeSet::from([9])).await, Err(MemberError::Unknown(9)));
    cluster.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_leads_does_not_take_itself_out() {
    let cluster = Cluster::of_three().await;
    let leader = cluster.leader().await;
    assert_eq!(cluster.stores[&leader].remove_member(leader).await, Err(MemberError::Leads(leader)));
    assert_eq!(cluster.stores[&leader].members().len(), 3);
    cluster.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_that_was_removed_while_it_was_away_learns_it_and_nobody_else_takes_it_for_its_own() {
    let mut cluster = Cluster::of_three().await;
    let leader = cluster.leader().await;
    let rest = others(&cluster, leader);
    for other in [leader, rest[1]] {
        cluster.network.cut(rest[0], other);
    }
    cluster.stores[&leader].remove_member(rest[0]).await.unwrap();
    let mut removed = cluster.stores[&rest[0]].removed();
    assert!(!*removed.borrow(), "nobody has told it");
    cluster.network.heal();
    tokio::time::timeout(crate::cluster::PATIENCE, removed.wait_for(|removed| *removed)).await.unwrap().unwrap();
    // What was true stays true after a restart.
    cluster.stop(rest[0]).await;
    cluster.start(rest[0]).await;
    let mut removed = cluster.stores[&rest[0]].removed();
    tokio::time::timeout(crate::cluster::PATIENCE, removed.wait_for(|removed| *removed)).await.unwrap().unwrap();
    write_somewhere(&cluster, &[leader, rest[1]], "a", "1").await;
    assert!(!*cluster.stores[&rest[1]].removed().borrow());
    cluster.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_that_is_removed_no_longer_counts() {
    let mut cluster = Cluster::of_three().await;
    let leader = cluster.leader().await;
    let rest = others(&cluster, leader);
    cluster.stores[&leader].remove_member(rest[0]).await.unwrap();
    cluster.stop(rest[0]).await;
    write_somewhere(&cluster, &[leader, rest[1]], "a", "1").await;
    cluster.stores[&leader].remove_member(rest[1]).await.unwrap();
    cluster.stop(rest[1]).await;
    write_somewhere(&cluster, &[leader], "a", "2").await;
    assert_eq!(cluster.stores[&leader].remove_member(leader).await, Err(MemberError::LastVoter(leader)));
    assert_eq!(cluster.stores[&leader].members().len(), 1);
    cluster.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_precondition_is_judged_by_the_leader_of_the_moment() {
    let cluster = Cluster::of_three().await;
    let leader = cluster.leader().await;
    let store: Arc<SqliteStore> = cluster.stores[&leader].clone();
    let at = write(&*store, &key("n", "a"), "1").await.revision;
    let mut stale = commit(vec![put(&key("n", "a"), "2")]);
    stale.preconditions = vec![needs(&key("n", "a"), kontiki_store::Requirement::Revision(revision(at.0 + 5)))];
    assert!(matches!(store.commit(stale).await, Err(CommitError::Precondition { .. })));
    cluster.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leader_whose_process_has_ended_is_replaced_without_further_silence() {
    let timing = Timing { heartbeat_ms: 200, election_min_ms: 6_000, election_max_ms: 8_000 };
    let cluster = Cluster::of_three_with(timing).await;
    let old = cluster.leader().await;
    let rest = others(&cluster, old);
    write_somewhere(&cluster, &[old], "a", "1").await;
    let ended = Instant::now();
    cluster.network.end(old);
    write_somewhere(&cluster, &rest, "a", "2").await;
    // Votes are withheld for 8 s after a sign of life; by silence alone it would take 12 s.
    assert!(ended.elapsed() < Duration::from_millis(11_800), "{:?}", ended.elapsed());
    cluster.close().await;
}

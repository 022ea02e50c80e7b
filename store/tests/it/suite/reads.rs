use kontiki_api::meta::Key;
use kontiki_store::{Range, Store};

use crate::fixture::{key, put, remove, revision, texts, write};

pub async fn lists_touch_only_their_range(store: &dyn Store) {
    for (resource, namespace, name) in [
        ("configmaps", "a", "1"),
        ("configmaps", "ab", "2"),
        ("configmaps", "b", "3"),
        ("pods", "a", "4"),
        ("configmaps", "", "5"),
    ] {
        write(store, &Key::new(resource, namespace, name), name).await;
    }
    let listed = |range: Range| texts(&store.list(&range).objects).join(",");
    assert_eq!(listed(Range::Namespace("configmaps".into(), "a".into())), "1");
    assert_eq!(listed(Range::Namespace("configmaps".into(), "".into())), "5");
    assert_eq!(listed(Range::Namespace("configmaps".into(), "c".into())), "");
    assert_eq!(listed(Range::Resource("configmaps".into())), "5,1,2,3");
    assert_eq!(listed(Range::Resource("config".into())), "");
    assert_eq!(listed(Range::Key(key("b", "3"))), "3");
    assert_eq!(listed(Range::All), "5,1,2,3,4");
}

pub async fn lists_are_in_key_order_at_one_revision(store: &dyn Store) {
    let names = ["m", "a", "z", "k"];
    let changes = names.map(|name| put(&key("n", name), name)).to_vec();
    store.commit(crate::fixture::commit(changes)).await.unwrap();
    remove(store, &key("n", "k")).await;
    let listing = store.list(&Range::Resource("configmaps".into()));
    assert_eq!((texts(&listing.objects).join(","), listing.revision), ("a,m,z".into(), revision(5)));
}

pub async fn a_barrier_sees_every_acknowledged_commit(store: &dyn Store) {
    for number in 1..=20 {
        let end = write(store, &key("n", "a"), &number.to_string()).await.revision;
        assert!(store.barrier().await.unwrap() >= end);
        assert_eq!(store.get(&key("n", "a")).unwrap().revision, end);
    }
}

pub async fn status_counts_objects_and_bytes(store: &dyn Store) {
    let (a, b) = (key("n", "a"), key("n", "b"));
    write(store, &a, "1").await;
    write(store, &b, "long enough").await;
    write(store, &a, "22").await;
    remove(store, &b).await;
    let status = store.status();
    let bytes = store.get(&a).unwrap().value.len() as u64;
    assert_eq!((status.objects, status.bytes, status.revision), (1, bytes, revision(4)));
    assert!(status.leader);
}

//! Two of three masters are lost for good.

use http::Method;
use serde_json::json;

use super::masters::{Masters, ask, members};

const CONFIGMAPS: &str = "/api/v1/namespaces/default/configmaps";

fn refusal(masters: &Masters, at: usize, words: &[&str]) -> String {
    let output = masters.try_kontiki(at, words);
    assert!(!output.status.success(), "{words:?} is not refused: {output:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_goes_on_from_the_one_master_that_is_left() {
    let mut masters = Masters::three().await;
    let config = masters.only(masters.leader().await);
    for (name, path) in [("kept", CONFIGMAPS), ("hushed", "/api/v1/namespaces/default/secrets")] {
        let object = json!({"metadata": {"name": name}, "data": {"k": "aHVzaA=="}}).to_string();
        assert_eq!(ask(&config, Method::POST, path, &object).await.unwrap().0, 201);
    }
    let (_, gone) = ask(&config, Method::POST, CONFIGMAPS, &json!({"metadata": {"name": "gone"}}).to_string()).await.unwrap();
    assert_eq!(ask(&config, Method::DELETE, &format!("{CONFIGMAPS}/gone"), "").await.unwrap().0, 200);
    masters.until("all hold it", |status| members(status).all(|one| one["lag"] == 0)).await;

    let words = ["recover", "--from-this-member", "--yes"];
    assert!(refusal(&masters, 2, &words).contains("stop this master first"));
    masters.kill(2);
    let told = refusal(&masters, 2, &words);
    assert!(told.contains("3 of 3 votes") && told.contains("Nothing is lost"), "{told}");
    masters.kill(0);
    masters.kill(1);
    let aside = masters.data(1).with_extension("aside");
    std::fs::rename(masters.data(1), &aside).unwrap();
    std::fs::remove_dir_all(masters.data(0)).unwrap();
    assert!(refusal(&masters, 2, &words[..2]).contains("nobody agrees"));
    let told = masters.kontiki(2, &words);
    for part in ["ends at entry", "newest write in it was made on 20", "None of the others answers", "is lost", "for good"] {
        assert!(told.contains(part), "{part:?} is missing: {told}");
    }

    masters.start(2);
    masters.ready(2).await;
    let config = masters.only(2);
    for path in ["configmaps/kept", "secrets/hushed"] {
        let (code, found) = ask(&config, Method::GET, &format!("/api/v1/namespaces/default/{path}"), "").await.unwrap();
        assert_eq!((code, &found["data"]["k"]), (200, &json!("aHVzaA==")), "{path}");
    }
    let past = format!(
        "{CONFIGMAPS}/gone?resourceVersionMatch=Exact&resourceVersion={}",
        gone["metadata"]["resourceVersion"].as_str().unwrap()
    );
    assert_eq!(ask(&config, Method::GET, &past, "").await.unwrap().0, 200, "history stays");

    // Lost masters do not come back, not even when they find each other.
    std::fs::rename(&aside, masters.data(1)).unwrap();
    masters.start(1);
    let told = masters.wait_for_end(1);
    assert!(told.contains("recovered without this master"), "{told}");
    // It knows that from then on, whomever it reaches.
    masters.kill(2);
    masters.start(1);
    let told = masters.wait_for_end(1);
    assert_eq!(told.matches("recovered without this master").count(), 2, "{told}");
    masters.start(2);
    masters.ready(2).await;

    for _ in 0..2 {
        masters.join(2).await;
    }
    masters.until("three vote", |status| members(status).filter(|one| one["voter"] == true).count() == 3).await;
    masters.until("the lost ones are no members", |status| members(status).all(|one| one["id"].as_u64() > Some(2))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_two_lost_masters_do_among_themselves_never_gets_into_the_recovered_cluster() {
    let mut masters = Masters::three().await;
    let put = |config, name: &'static str| async move {
        ask(&config, Method::POST, CONFIGMAPS, &json!({"metadata": {"name": name}}).to_string()).await.map(|(code, _)| code)
    };
    assert_eq!(put(masters.only(masters.leader().await), "before").await, Some(201));
    masters.until("all hold it", |status| members(status).all(|one| one["lag"] == 0)).await;
    (0..3).for_each(|at| masters.kill(at));
    masters.kontiki(2, &["recover", "--from-this-member", "--yes"]);
    // They reach each other alone: a majority of the cluster that they know.
    masters.start(0);
    masters.start(1);
    masters.ready(0).await;
    assert_eq!(put(masters.only(0), "astray").await, Some(201));
    // The first contact ends both.
    masters.start(2);
    for lost in [0, 1] {
        let told = masters.wait_for_end(lost);
        assert!(told.contains("recovered without this master"), "{told}");
    }
    masters.ready(2).await;
    assert_eq!(put(masters.only(2), "after").await, Some(201));
    let (_, listed) = ask(&masters.only(2), Method::GET, CONFIGMAPS, "").await.unwrap();
    let names = listed["items"].as_array().unwrap().iter().filter_map(|one| one["metadata"]["name"].as_str());
    assert_eq!(names.filter(|name| *name != "kube-root-ca.crt").collect::<Vec<_>>(), ["after", "before"]);
    // Nor do they come back by themselves.
    masters.start(0);
    assert!(masters.wait_for_end(0).contains("recovered without this master"));
}

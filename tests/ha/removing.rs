//! The master that leads is taken out.

use super::masters::{Masters, members};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_leader_is_removed_as_any_other_and_its_number_stays_its_own() {
    let mut masters = Masters::three().await;
    let leader = masters.leader().await;
    let asked = (leader + 1) % 3;
    let told = masters.kontiki(asked, &["member", "remove", &(leader + 1).to_string()]);
    assert!(told.contains(&format!("member {} is removed", leader + 1)), "{told}");
    // Its process says so and ends, and its folder is not started again.
    let gone = format!("member {} was removed from the cluster", leader + 1);
    assert_eq!(masters.wait_for_end(leader).matches(&gone).count(), 1);
    masters.start(leader);
    assert_eq!(masters.wait_for_end(leader).matches(&gone).count(), 2);
    let listed = masters.kontiki(asked, &["member", "list"]);
    assert!(listed.lines().count() == 3 && !listed.contains(&format!("m{}", leader + 1)), "{listed}");
    let new = masters.join(asked).await;
    masters.until("the new one votes", |status| members(status).any(|one| one["id"] == new + 1 && one["voter"] == true)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_master_that_was_removed_while_it_was_away_ends_when_it_comes_back() {
    let mut masters = Masters::three().await;
    let leader = masters.leader().await;
    let away = (leader + 1) % 3;
    masters.kill(away);
    let told = masters.kontiki(leader, &["member", "remove", &(away + 1).to_string()]);
    assert!(told.contains(&format!("member {} is removed", away + 1)), "{told}");
    masters.start(away);
    let told = masters.wait_for_end(away);
    assert!(told.contains(&format!("member {} was removed from the cluster", away + 1)), "{told}");
}

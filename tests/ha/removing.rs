//! The master that leads is taken out.

use super::masters::{Masters, members};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_leader_is_removed_as_any_other_and_its_number_stays_its_own() {
    let mut masters = Masters::three().await;
    let leader = masters.leader().await;
    let asked = (leader + 1) % 3;
    let told = masters.kontiki(asked, &["member", "remove", &(leader + 1).to_string()]);
    assert!(told.contains(&format!("member {} is removed", leader + 1)), "{told}");
    masters.kill(leader);
    let listed = masters.kontiki(asked, &["member", "list"]);
    assert!(listed.lines().count() == 3 && !listed.contains(&format!("m{}", leader + 1)), "{listed}");
    let new = masters.join(asked).await;
    masters.until("the new one votes", |status| members(status).any(|one| one["id"] == new + 1 && one["voter"] == true)).await;
}

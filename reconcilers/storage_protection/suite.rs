//! What the shared suite plays to each of them.

use kontiki_api::meta::Key;
use kontiki_runtime::testing::Scenario;
use serde_json::{Value, json};

use crate::scenes::{changed, namespace, object, pod};

/// Something in use is deleted, and goes when it is used no more; something idle goes at once. `resource` says what.
pub(super) fn scenarios(resource: &str) -> Vec<Scenario> {
    match resource {
        "persistentvolumeclaims" => claims(),
        "persistentvolumes" => volumes(),
        _ => classes(),
    }
}

fn claims() -> Vec<Scenario> {
    let user = pod("ns", "user", |pod| {
        pod["spec"]["nodeName"] = json!("n1");
        pod["spec"]["volumes"] = json!([{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]);
    });
    let waiting = changed(user.clone(), |pod| {
        pod["spec"]["nodeName"] = json!("");
    });
    let data = Key::new("persistentvolumeclaims", "ns", "data");
    let used = Scenario::new("a claim of a pod stays until the pod is gone")
        .put_together([namespace("ns"), claim(), user])
        .delete(data.clone())
        .delete(Key::new("pods", "ns", "user"));
    let idle =
        Scenario::new("a claim of a pod that has no node goes").put_together([namespace("ns"), claim(), waiting]).delete(data);
    vec![used, idle]
}

fn volumes() -> Vec<Scenario> {
    let disk = Key::new("persistentvolumes", "", "disk");
    let used = Scenario::new("a bound volume stays until it is released")
        .put([volume("Bound")])
        .delete(disk.clone())
        .merge_status(disk.clone(), json!({"phase": "Released"}));
    vec![used, Scenario::new("a volume of nobody goes").put([volume("Available")]).delete(disk)]
}

fn classes() -> Vec<Scenario> {
    let fast = Key::new("volumeattributesclasses.storage.k8s.io", "", "fast");
    let used = Scenario::new("a class stays until no claim and no volume names it")
        .put_together([namespace("ns"), class(), volume("Bound"), claim()])
        .delete(fast.clone())
        .delete(Key::new("persistentvolumeclaims", "ns", "data"))
        .delete(Key::new("persistentvolumes", "", "disk"));
    vec![used, Scenario::new("a class that nothing names goes").put([class()]).delete(fast)]
}

fn claim() -> Value {
    changed(object("v1", "PersistentVolumeClaim", "ns", "data"), |claim| {
        claim["spec"] = json!({"accessModes": ["ReadWriteOnce"], "volumeAttributesClassName": "fast"});
    })
}

fn volume(phase: &str) -> Value {
    changed(object("v1", "PersistentVolume", "", "disk"), |volume| {
        volume["spec"] = json!({"volumeAttributesClassName": "fast"});
        volume["status"] = json!({ "phase": phase });
    })
}

fn class() -> Value {
    object("storage.k8s.io/v1", "VolumeAttributesClass", "", "fast")
}

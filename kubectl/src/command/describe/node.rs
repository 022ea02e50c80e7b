//! Nodes.

use serde_json::Value;

use super::page::{Page, at, list, shown};
use crate::context::Context;
use crate::failure::Failure;
use crate::resolve::{by_name, with_query};

pub(super) fn write(page: &mut Page, node: &Value) {
    page.meta(node);
    let mut roles: Vec<String> = node
        .pointer("/metadata/labels")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .filter_map(|(name, _)| name.strip_prefix("node-role.kubernetes.io/").map(str::to_owned))
        .collect();
    roles.sort();
    page.field(0, "Roles", roles.join(","));
    page.labels(node);
    page.field(0, "CreationTimestamp", at(node, "/metadata/creationTimestamp"));
    let taint = |taint: &Value| {
        let value = at(taint, "/value");
        let value = if value.is_empty() { value } else { format!("={value}") };
        format!("{}{value}:{}", at(taint, "/key"), at(taint, "/effect"))
    };
    page.field(0, "Taints", list(node, "/spec/taints").iter().map(taint).collect::<Vec<_>>().join(", "));
    let unschedulable = at(node, "/spec/unschedulable");
    page.field(0, "Unschedulable", if unschedulable.is_empty() { "false".into() } else { unschedulable });
    page.head(0, "Conditions");
    let condition = |each: &Value| {
        ["/type", "/status", "/lastHeartbeatTime", "/lastTransitionTime", "/reason", "/message"]
            .map(|member| at(each, member))
            .to_vec()
    };
    let rows = list(node, "/status/conditions").iter().map(condition).collect();
    page.table(&["Type", "Status", "LastHeartbeatTime", "LastTransitionTime", "Reason", "Message"], rows);
    page.head(0, "Addresses");
    list(node, "/status/addresses").iter().for_each(|address| page.field(1, &at(address, "/type"), at(address, "/address")));
    for (key, member) in [("Capacity", "/status/capacity"), ("Allocatable", "/status/allocatable")] {
        page.head(0, key);
        let amounts = node.pointer(member).and_then(Value::as_object).into_iter().flatten();
        amounts.for_each(|(name, amount)| page.field(1, name, shown(amount)));
    }
    page.head(0, "System Info");
    for (key, member) in [
        ("Machine ID", "machineID"),
        ("System UUID", "systemUUID"),
        ("Boot ID", "bootID"),
        ("Kernel Version", "kernelVersion"),
        ("OS Image", "osImage"),
        ("Operating System", "operatingSystem"),
        ("Architecture", "architecture"),
        ("Container Runtime Version", "containerRuntimeVersion"),
        ("Kubelet Version", "kubeletVersion"),
        ("Kube-Proxy Version", "kubeProxyVersion"),
    ] {
        page.field(1, key, at(node, &format!("/status/nodeInfo/{member}")));
    }
    page.some(0, "PodCIDR", at(node, "/spec/podCIDR"));
}

/// The pods of the node that have not ended, with what their containers request together.
pub(super) async fn pods(cx: &mut Context<'_>, page: &mut Page, node: &str) -> Result<(), Failure> {
    let pods = by_name(&cx.client, "pods").await?;
    let selector = format!("spec.nodeName={node},status.phase!=Succeeded,status.phase!=Failed");
    let found = cx.get(&with_query(&pods.path("", ""), &[("fieldSelector", &selector)])).await?;
    let found = list(&found, "/items");
    let row = |pod: &Value| {
        let asked = |what: &str| {
            let each = list(pod, "/spec/containers").iter().map(|container| at(container, &format!("/resources/{what}")));
            each.filter(|amount| !amount.is_empty()).collect::<Vec<_>>().join("+")
        };
        let amounts = ["requests/cpu", "limits/cpu", "requests/memory", "limits/memory"].map(asked);
        [at(pod, "/metadata/namespace"), at(pod, "/metadata/name")].into_iter().chain(amounts).collect()
    };
    page.text(0, &format!("Non-terminated Pods:  ({} in total)", found.len()));
    let headers = ["Namespace", "Name", "CPU Requests", "CPU Limits", "Memory Requests", "Memory Limits"];
    page.table(&headers, found.iter().map(row).collect());
    Ok(())
}

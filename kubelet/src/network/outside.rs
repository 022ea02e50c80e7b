//! Pods and what lies outside the node: source addresses, and Docker's forward policy.

use std::process::Stdio;

use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use super::Range;

/// Marks our rules among Docker's.
const COMMENT: &str = "kontiki pods";
/// Begins the name of our own table; the bridge follows.
const TABLE: &str = "kontiki-node-";

/// The rules between pods and the outside. What cannot be set is said and gone without.
#[derive(Clone, Debug)]
pub struct Outside {
    /// The pods' bridge.
    pub bridge: String,
    /// The pods of this node.
    pub pods: Range,
    /// What lies within the cluster: all pods and services. Towards them pods keep their own address.
    pub within: Vec<Range>,
}

impl Outside {
    /// Pods leave the node under its address; where Docker drops what is forwarded, pods are excepted.
    pub async fn open(&self) {
        let (pods, bridge, table) = (self.pods, &self.bridge, self.table());
        let within = self.within.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let text = format!(
            "table ip {table} {{}}\ndelete table ip {table}\ntable ip {table} {{\n \
             set within {{ type ipv4_addr; flags interval; auto-merge; elements = {{ {within} }} }}\n chain postrouting {{\n  \
             type nat hook postrouting priority srcnat; policy accept;\n  \
             ip saddr {pods} ip daddr != @within oifname != {{ \"{bridge}\", \"lo\" }} masquerade\n }}\n}}\n"
        );
        if !nft(&text).await {
            tracing::warn!("cannot set the source address of pods' traffic (nft): pods may not reach beyond this node");
        }
        if self.is_dropped().await {
            for direction in ["-i", "-o"] {
                if !self.rule("-C", direction).await && !self.rule("-I", direction).await {
                    tracing::warn!(
                        "Docker drops forwarded packets and its DOCKER-USER chain cannot be changed: pods have no network"
                    );
                }
            }
        }
    }

    /// Takes the rules back.
    pub async fn close(&self) {
        let table = self.table();
        nft(&format!("table ip {table} {{}}\ndelete table ip {table}\n")).await;
        for direction in ["-i", "-o"] {
            if self.rule("-C", direction).await {
                self.rule("-D", direction).await;
            }
        }
    }

    fn table(&self) -> String {
        format!("{TABLE}{}", self.bridge)
    }

    async fn is_dropped(&self) -> bool {
        let listed = Command::new("iptables").args(["-S", "FORWARD"]).output().await;
        listed.is_ok_and(|listed| String::from_utf8_lossy(&listed.stdout).starts_with("-P FORWARD DROP"))
    }

    async fn rule(&self, act: &str, direction: &str) -> bool {
        let words = [act, "DOCKER-USER", direction, &self.bridge, "-m", "comment", "--comment", COMMENT, "-j", "ACCEPT"];
        Command::new("iptables").args(words).output().await.is_ok_and(|output| output.status.success())
    }
}

async fn nft(text: &str) -> bool {
    let spawned = Command::new("nft").args(["-f", "-"]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let Ok(mut child) = spawned else { return false };
    if let Some(mut input) = child.stdin.take() {
        // A refusal shows in the exit code.
        let _ = input.write_all(text.as_bytes()).await;
    }
    child.wait().await.is_ok_and(|status| status.success())
}

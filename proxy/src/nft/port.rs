//! Loading rules into the kernel.

use futures::future::BoxFuture;
use std::process::Stdio;

use async_trait::async_trait;
use kontiki_runtime::effect::EffectPort;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;
use tokio::sync::Mutex;

use super::{Listing, change, full};
use crate::rules::{Frontend, PortName, Protocol, Ruleset, SetRules};

/// What the table is called and which addresses are pods.
#[derive(Clone, Debug)]
pub struct NftConfig {
    /// Name of our table; nothing outside it is touched.
    pub table: String,
    /// Pod range of the cluster.
    pub cluster_pods: String,
    /// Pod range of this node.
    pub node_pods: String,
}

/// Loads rule sets with the `nft` program: in full at first and after a failure, then only differences.
#[derive(Debug)]
pub struct NftPort {
    config: NftConfig,
    loaded: Mutex<Option<(Ruleset, Listing)>>,
}

impl NftPort {
    /// A port whose first rule set replaces what an earlier process left.
    pub fn new(config: NftConfig) -> Self {
        Self { config, loaded: Mutex::new(None) }
    }
}

#[async_trait]
impl EffectPort<Ruleset> for NftPort {
    async fn perform(&self, rules: Ruleset) -> Result<(), String> {
        let mut loaded = self.loaded.lock().await;
        let next = Listing::new(&rules);
        let text = match &*loaded {
            Some((_, old)) => change(&self.config, old, &next),
            None => full(&self.config, &next),
        };
        let before = loaded.take();
        if !text.is_empty() {
            load(&text).await.inspect_err(|error| tracing::error!(%error, "the packet rules were not loaded"))?;
        }
        if let Some((old, _)) = &before {
            forget_stale_datagrams(old, &rules).await;
        }
        *loaded = Some((rules, next));
        Ok(())
    }
}

/// Removes our table. What is not there needs no removal.
///
/// # Errors
/// What `nft` said.
pub fn remove_table(table: &str) -> BoxFuture<'_, Result<(), String>> {
    Box::pin(async move { load(&format!("add table ip {table}\ndelete table ip {table}\n")).await })
}

/// Loads one transaction.
async fn load(text: &str) -> Result<(), String> {
    let mut child = Command::new("nft")
        .args(["-f", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| format!("cannot start nft (package nftables): {error}"))?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(text.as_bytes()).await.map_err(|error| format!("cannot send rules to nft: {error}"))?;
    }
    let output = child.wait_with_output().await.map_err(|error| format!("cannot wait for nft: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("nft refused the rules: {}", String::from_utf8_lossy(&output.stderr).trim()))
}

/// Datagram flows keep going where they went until the kernel forgets them: it is made to forget those to an endpoint
/// that is gone, and those that began before their Service had one.
async fn forget_stale_datagrams(old: &Ruleset, new: &Ruleset) {
    for (name, before) in udp(old) {
        let kept = new.ports.get(name).map_or(&[][..], |rules| &rules.backends);
        for backend in before.backends.iter().filter(|backend| !kept.contains(backend)) {
            forget(name, &["--dst-nat", &backend.address.to_string(), "--reply-port-src", &backend.port.to_string()]).await;
        }
    }
    let served = |rules: &SetRules| !rules.backends.is_empty();
    for (name, rules) in udp(new).filter(|(name, rules)| served(rules) && !old.ports.get(*name).is_some_and(served)) {
        for frontend in rules.all_frontends() {
            match frontend {
                Frontend::Address(_, address, port) => {
                    forget(name, &["--orig-dst", &address.to_string(), "--orig-port-dst", &port.to_string()]).await;
                }
                Frontend::NodePort(_, port) | Frontend::HostPort(_, port) => {
                    forget(name, &["--orig-port-dst", &port.to_string()]).await;
                }
            }
        }
    }
}

fn udp(rules: &Ruleset) -> impl Iterator<Item = (&PortName, &SetRules)> {
    rules.ports.iter().filter(|(name, _)| name.protocol == Protocol::Udp)
}

/// Deletes the UDP flows that `which` describes. That there are none is no failure.
async fn forget(name: &PortName, which: &[&str]) {
    if let Err(error) = Command::new("conntrack").args(["-D", "-p", "udp"]).args(which).output().await {
        tracing::warn!(%error, port = %name, "cannot forget UDP flows (package conntrack)");
    }
}

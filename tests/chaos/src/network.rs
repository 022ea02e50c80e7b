use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::Ipv4Addr;
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result, bail};
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

/// Where packets come from, or go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum End {
    /// A master, from 0 on.
    Master(usize),
    /// Clients and watchers.
    Clients,
}

/// What happens to packets from one end to a master: so many percent are lost.
pub type Losses = BTreeMap<(End, usize), u8>;

/// A network namespace for each master and one for the clients, joined by a bridge and without any other way; they go
/// with the value.
pub struct Network {
    prefix: String,
    masters: usize,
}

impl Network {
    /// Makes the namespaces. Needs root.
    pub fn new(masters: usize) -> Result<Self> {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let prefix = format!("kc{}n{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let network = Self { prefix, masters };
        let middle = network.middle();
        ip(&["netns", "add", &middle])?;
        ip(&["-n", &middle, "link", "set", "lo", "up"])?;
        ip(&["-n", &middle, "link", "add", "bridge", "type", "bridge"])?;
        ip(&["-n", &middle, "link", "set", "bridge", "up"])?;
        ip(&["-n", &middle, "addr", "add", &format!("{}/24", address(End::Clients)), "dev", "bridge"])?;
        for at in 0..masters {
            let (name, port) = (network.name(at), format!("to{at}"));
            ip(&["netns", "add", &name])?;
            ip(&["-n", &name, "link", "set", "lo", "up"])?;
            ip(&["-n", &middle, "link", "add", &port, "type", "veth", "peer", "name", "eth0", "netns", &name])?;
            ip(&["-n", &middle, "link", "set", &port, "master", "bridge", "up"])?;
            ip(&["-n", &name, "addr", "add", &format!("{}/24", address(End::Master(at))), "dev", "eth0"])?;
            ip(&["-n", &name, "link", "set", "eth0", "up"])?;
        }
        Ok(network)
    }

    /// The namespace of a master.
    pub fn name(&self, at: usize) -> String {
        format!("{}-{}", self.prefix, at + 1)
    }

    fn middle(&self) -> String {
        format!("{}-0", self.prefix)
    }

    /// Moves this thread, and those that it starts, to the clients.
    pub fn enter(&self) -> Result<()> {
        let path = format!("/var/run/netns/{}", self.middle());
        let space = std::fs::File::open(&path).with_context(|| path)?;
        nix::sched::setns(space, nix::sched::CloneFlags::CLONE_NEWNET).context("entering the clients' network")
    }

    /// From now on packets get lost as `losses` say, and no others.
    pub async fn lose(&self, losses: &Losses) -> Result<()> {
        for at in 0..self.masters {
            let mut rules = String::new();
            for ((from, _), percent) in losses.iter().filter(|((_, to), _)| *to == at) {
                let some = if *percent < 100 { format!("numgen random mod 100 < {percent} ") } else { String::new() };
                writeln!(rules, "ip saddr {} {some}drop", address(*from))?;
            }
            let table = format!(
                "add table ip chaos\ndelete table ip chaos\ntable ip chaos {{\nchain in {{\ntype filter hook input priority 0\n{rules}}}\n}}\n"
            );
            self.load(at, &table).await?;
        }
        Ok(())
    }

    async fn load(&self, at: usize, rules: &str) -> Result<()> {
        let mut nft = Command::new("ip");
        nft.args(["netns", "exec", &self.name(at), "nft", "-f", "-"]).stdin(Stdio::piped());
        let mut child = nft.spawn().context("nft (package nftables)")?;
        let mut input = child.stdin.take().context("nft without an input")?;
        input.write_all(rules.as_bytes()).await?;
        drop(input);
        if !child.wait().await?.success() {
            bail!("nft refuses {rules}");
        }
        Ok(())
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        for at in 0..self.masters {
            let _ = ip(&["netns", "del", &self.name(at)]);
        }
        let _ = ip(&["netns", "del", &self.middle()]);
    }
}

/// The address of an end.
pub fn address(end: End) -> Ipv4Addr {
    match end {
        End::Master(at) => Ipv4Addr::new(10, 77, 0, u8::try_from(at + 1).unwrap_or(u8::MAX)),
        End::Clients => Ipv4Addr::new(10, 77, 0, 254),
    }
}

fn ip(arguments: &[&str]) -> Result<()> {
    let output = std::process::Command::new("ip").args(arguments).output().context("ip (package iproute2)")?;
    if !output.status.success() {
        bail!("ip {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}

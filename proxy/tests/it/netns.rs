//! Network namespaces for one test.

use std::fs::File;
use std::process::Command;

use nix::sched::{CloneFlags, setns};

/// Named namespaces that go with the value; names are this process's own.
pub struct Namespaces {
    names: Vec<&'static str>,
}

impl Namespaces {
    /// Makes empty namespaces.
    pub fn new(names: &[&'static str]) -> Self {
        let made = Self { names: names.to_vec() };
        for name in names {
            run(&["netns", "add", &full(name)]);
            run(&["-n", &full(name), "link", "set", "lo", "up"]);
        }
        made
    }

    /// Joins `node` and `peer` by a link: `address` in the peer, whose gateway is `gateway` in the node.
    pub fn link(&self, node: &str, peer: &str, gateway: &str, address: &str) {
        let (node, inside) = (full(node), full(peer));
        run(&["-n", &node, "link", "add", peer, "type", "veth", "peer", "name", "eth0", "netns", &inside]);
        run(&["-n", &node, "addr", "add", &format!("{gateway}/32"), "dev", peer]);
        run(&["-n", &node, "link", "set", peer, "up"]);
        run(&["-n", &node, "route", "add", address, "dev", peer]);
        run(&["-n", &inside, "addr", "add", &format!("{address}/32"), "dev", "eth0"]);
        run(&["-n", &inside, "link", "set", "eth0", "up"]);
        run(&["-n", &inside, "route", "add", gateway, "dev", "eth0"]);
        run(&["-n", &inside, "route", "add", "default", "via", gateway]);
    }

    /// Lets `range` lead to the link `device` of `node`, as the node's bridge does for Services.
    pub fn route(&self, node: &str, range: &str, device: &str) {
        run(&["-n", &full(node), "route", "add", range, "dev", device]);
    }

    /// Runs `act` in the namespace `name`, on a thread of its own. Sockets made there stay there.
    pub fn within<T: Send>(&self, name: &str, act: impl FnOnce() -> T + Send) -> T {
        std::thread::scope(|scope| {
            let inside = scope.spawn(|| {
                let file = File::open(format!("/run/netns/{}", full(name))).unwrap();
                setns(&file, CloneFlags::CLONE_NEWNET).unwrap();
                act()
            });
            inside.join().unwrap()
        })
    }
}

impl Drop for Namespaces {
    fn drop(&mut self) {
        for name in &self.names {
            let _ = Command::new("ip").args(["netns", "del", &full(name)]).status();
        }
    }
}

fn full(name: &str) -> String {
    format!("ktp-{}-{name}", std::process::id())
}

fn run(arguments: &[&str]) {
    let output = Command::new("ip").args(arguments).output().expect("ip (package iproute2) starts");
    assert!(output.status.success(), "ip {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr));
}

//! A network namespace for one test.

use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

static NEXT: AtomicU32 = AtomicU32::new(0);

/// A named network namespace with nothing but loopback; removed at the end.
pub struct Netns {
    name: String,
}

impl Netns {
    pub fn new() -> Self {
        let name = format!("kt-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        run(&["netns", "add", &name]);
        let netns = Self { name };
        run(&["-n", &netns.name, "link", "set", "lo", "up"]);
        netns
    }

    /// Its name, unlike any other's on this machine.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Runs `work` on a thread that lives inside, with a runtime of its own.
    pub fn inside<T: Send>(&self, work: impl Future<Output = T> + Send) -> T {
        let path = format!("/var/run/netns/{}", self.name);
        let enter = || {
            let space = std::fs::File::open(&path).unwrap();
            nix::sched::setns(space, nix::sched::CloneFlags::CLONE_NEWNET).unwrap();
            tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
        };
        std::thread::scope(|scope| scope.spawn(enter).join()).unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }

    /// A command that runs inside.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.name, program]);
        command
    }
}

impl Drop for Netns {
    fn drop(&mut self) {
        let _ = Command::new("ip").args(["netns", "del", &self.name]).status();
    }
}

fn run(arguments: &[&str]) {
    let output = Command::new("ip").args(arguments).output().expect("ip (package iproute2) starts");
    assert!(output.status.success(), "ip {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr));
}

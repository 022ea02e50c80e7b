//! A server process of our own, and what the kernel knows of it.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::connection::{Connection, Peer};

/// Longest start that is waited for.
const START_LIMIT: Duration = Duration::from_secs(30);
/// Clock ticks per second in `/proc/PID/stat`; fixed by the kernel's interface.
const TICKS: f64 = 100.0;

/// A `kontiki up --no-node` of our own; ends with the value.
pub struct Server {
    child: Child,
    /// From start until the first answer of `/readyz`.
    pub ready: Duration,
}

impl Server {
    /// Starts a server in `folder` on `port` and waits until it is ready. `peer` makes the way in,
    /// once the credentials are written.
    pub async fn start(folder: &Path, port: u16, peer: impl Fn() -> Result<Peer>) -> Result<Self> {
        let program = std::env::current_exe().context("cannot find this program")?;
        let start = Instant::now();
        let mut child = Command::new(program)
            .args(["up", "--no-node", "--no-kubeconfig", "--peer-port", "0", "--port", &port.to_string(), "--data-dir"])
            .arg(folder)
            .stdout(Stdio::null())
            .spawn()
            .context("cannot start a server")?;
        let mut attempts = tokio::time::interval(Duration::from_millis(2));
        loop {
            attempts.tick().await;
            if let Some(status) = child.try_wait()? {
                bail!("the server ended at its start: {status}");
            }
            if start.elapsed() > START_LIMIT {
                let _ = child.kill();
                bail!("the server was not ready after {} s", START_LIMIT.as_secs());
            }
            let Ok(peer) = peer() else { continue };
            let Ok(mut connection) = Connection::open(&peer).await else { continue };
            if connection.call(hyper::Method::GET, "/readyz", "", hyper::body::Bytes::new()).await.is_ok() {
                return Ok(Self { child, ready: start.elapsed() });
            }
        }
    }

    /// Resident memory in bytes.
    pub fn resident(&self) -> Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS in /proc")?;
        let kib: u64 = line.trim().trim_end_matches("kB").trim().parse()?;
        Ok(kib * 1024)
    }

    /// CPU seconds used so far, user and system.
    pub fn cpu(&self) -> Result<f64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        let rest = stat.rsplit_once(')').context("unknown form of /proc/PID/stat")?.1;
        let fields: Vec<&str> = rest.split_whitespace().collect();
        let ticks: f64 = [11, 12].iter().filter_map(|at| fields.get(*at)?.parse::<f64>().ok()).sum();
        Ok(ticks / TICKS)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

//! A server process of our own, and what the kernel knows of it.

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::connection::Connection;
use super::peer::Peer;

/// Longest start that is waited for.
const START_LIMIT: Duration = Duration::from_secs(120);
/// Clock ticks per second in `/proc/PID/stat`; fixed by the kernel's interface.
const TICKS: f64 = 100.0;

/// Where a server of ours keeps its data and listens.
pub struct Place {
    /// Its data folder.
    pub data: PathBuf,
    /// Its address.
    pub address: Ipv4Addr,
    /// The port of its API.
    pub port: u16,
    /// Its port for other masters; 0 for one that stays alone.
    pub peer_port: u16,
}

impl Place {
    /// For a server that stays alone, with its data in `data`.
    ///
    /// # Errors
    /// Where the system has no port to give.
    pub fn alone(data: &Path) -> Result<Self> {
        let address = Ipv4Addr::LOCALHOST;
        Ok(Self { data: data.into(), address, port: free(address)?, peer_port: 0 })
    }

    /// For the master `number` (from 1), with its data below `folder`, at a loopback address of its own.
    ///
    /// # Errors
    /// Where the system has no port to give.
    pub fn master(folder: &Path, number: u8) -> Result<Self> {
        let address = Ipv4Addr::new(127, 0, 0, number);
        Ok(Self { data: folder.join(format!("m{number}")), address, port: free(address)?, peer_port: free(address)? })
    }

    /// `host:port` of its API.
    pub fn api(&self) -> String {
        format!("{}:{}", self.address, self.port)
    }
}

fn free(address: Ipv4Addr) -> Result<u16> {
    Ok(TcpListener::bind((address, 0))?.local_addr()?.port())
}

/// A server of our own, without a node; ends with the value.
pub struct Server {
    child: Child,
    /// From start until the first answer of `/readyz`.
    pub ready: Duration,
}

impl Server {
    /// Runs `command` (`up`, or `join` with its words) at `place` and waits until it is ready. `peer` makes the way
    /// in, once the credentials are written.
    pub async fn start(place: &Place, command: &[&str], peer: impl Fn() -> Result<Peer>) -> Result<Self> {
        let start = Instant::now();
        let mut child = spawn(place, command)?;
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
        self.memory("VmRSS:")
    }

    fn memory(&self, field: &str) -> Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix(field)).with_context(|| format!("no {field} in /proc"))?;
        let kib: u64 = line.trim().trim_end_matches("kB").trim().parse()?;
        Ok(kib * 1024)
    }

    /// Resident memory in bytes; from now on the kernel looks for the most anew.
    pub fn mark(&self) -> Result<u64> {
        std::fs::write(format!("/proc/{}/clear_refs", self.child.id()), "5")?;
        self.resident()
    }

    /// The most resident memory since the last mark, in bytes.
    pub fn peak(&self) -> Result<u64> {
        self.memory("VmHWM:")
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

/// The program that is measured: this one, unless `KONTIKI_BENCH_PROGRAM` names another.
///
/// # Errors
/// Where the system does not tell which this one is.
pub fn program() -> Result<PathBuf> {
    match std::env::var_os("KONTIKI_BENCH_PROGRAM") {
        Some(other) => Ok(other.into()),
        None => std::env::current_exe().context("cannot find this program"),
    }
}

fn spawn(place: &Place, command: &[&str]) -> Result<Child> {
    let program = program()?;
    let (address, name) = (place.address.to_string(), format!("master-{}", place.port));
    let mut process = Command::new(program);
    process.args(command).args(["--no-node", "--no-kubeconfig", "--component-ports", "false"]);
    process.args(["--listen", &address, "--node-ip", &address, "--node-name", &name]);
    process.args(["--port", &place.port.to_string(), "--peer-port", &place.peer_port.to_string(), "--data-dir"]);
    process
        .arg(&place.data)
        .env("RUST_LOG", std::env::var("RUST_LOG").unwrap_or_else(|_| "error".into()))
        .stdout(Stdio::null())
        .spawn()
        .context("cannot start a server")
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

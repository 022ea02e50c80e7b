//! Masters under test.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use http::{HeaderMap, HeaderValue, Method};
use http_body_util::BodyExt;
use kontiki_runtime::client::http::{HttpClient, HttpConfig, Kubeconfig};
use serde_json::Value;

/// Longest wait for anything a test waits for.
pub const LIMIT: Duration = Duration::from_secs(60);

/// One master: a process, its folder, its address.
struct Master {
    child: Option<Child>,
    address: String,
    port: u16,
    peer_port: u16,
}

impl Master {
    /// One that does not run yet, on the loopback address of this number.
    fn at(number: usize) -> Self {
        let address = format!("127.0.0.{number}");
        Self { child: None, port: free(&address), peer_port: free(&address), address }
    }
}

/// Masters, each on a loopback address of its own.
pub struct Masters {
    folder: tempfile::TempDir,
    masters: Vec<Master>,
    flags: Vec<String>,
}

impl Masters {
    /// Machines of which none is a master yet.
    pub fn none(count: usize) -> Self {
        let masters = (1..=count).map(Master::at).collect();
        Self { folder: tempfile::tempdir().unwrap(), masters, flags: Vec::new() }
    }

    /// Three masters that vote.
    pub async fn three() -> Self {
        Self::three_with(&[]).await
    }

    /// Three masters that vote, started with further flags of `kontiki up`.
    pub async fn three_with(flags: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let flags = flags.iter().map(ToString::to_string).collect();
        let mut all = Self { folder, masters: vec![Master::at(1)], flags };
        all.start(0);
        all.ready(0).await;
        for _ in 0..2 {
            all.join(0).await;
        }
        all.until("three vote", |status| members(status).filter(|one| one["voter"] == true).count() == 3).await;
        all
    }

    /// One master of the cluster that the backup in `file` was made of, in a folder of its own.
    pub async fn restored(file: &Path, passphrase: &Path) -> Self {
        let mut all = Self { folder: tempfile::tempdir().unwrap(), masters: vec![Master::at(1)], flags: Vec::new() };
        let told = all.kontiki(0, &["restore", &file.to_string_lossy(), "--passphrase-file", &passphrase.to_string_lossy()]);
        assert!(told.contains("revisions go on from"), "{told}");
        all.start(0);
        all.ready(0).await;
        all
    }

    /// One more master joins by way of the master `from`.
    pub async fn join(&mut self, from: usize) -> usize {
        let token = self.kontiki(from, &["token", "create"]);
        let token = token.trim().rsplit(' ').next().unwrap().to_owned();
        let at = self.masters.len();
        self.masters.push(Master::at(at + 1));
        let server = self.url(from);
        self.spawn(at, &["join", &server, "--token", &token]);
        self.ready(at).await;
        at
    }

    /// Starts a master, or starts it again in its folder.
    pub fn start(&mut self, at: usize) {
        self.spawn(at, &["up"]);
    }

    /// Starts a master by the words that a person would type.
    pub fn started(&mut self, at: usize, words: &[&str]) {
        assert!(self.masters[at].child.is_none(), "it runs");
        self.spawn(at, words);
    }

    /// Types Ctrl-C where a master runs, and waits until it has ended.
    pub fn interrupt(&mut self, at: usize) {
        self.signal(at, "-INT");
        self.wait_for_end(at);
    }

    /// Sends a signal to a master that runs.
    pub fn signal(&self, at: usize, signal: &str) {
        let id = self.masters[at].child.as_ref().unwrap().id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
    }

    /// From its next start on the master is reached at another address.
    pub fn move_to(&mut self, at: usize, address: &str) {
        let child = self.masters[at].child.take();
        assert!(child.is_none(), "it runs");
        self.masters[at] = Master { child, address: address.into(), port: free(address), peer_port: free(address) };
    }

    fn spawn(&mut self, at: usize, command: &[&str]) {
        let log =
            std::fs::OpenOptions::new().create(true).append(true).open(self.folder.path().join(format!("log-{at}"))).unwrap();
        let data = self.data(at);
        let master = &mut self.masters[at];
        let child = Command::new(env!("CARGO_BIN_EXE_kontiki"))
            .args(command)
            .args(["--no-node", "--no-kubeconfig", "--component-ports", "false", "--listen", &master.address])
            .args(["--node-ip", &master.address, "--node-name", &format!("m{}", at + 1)])
            .args(["--port", &master.port.to_string(), "--peer-port", &master.peer_port.to_string(), "--data-dir"])
            .arg(data)
            .args(&self.flags)
            .stdin(Stdio::null())
            .stdout(Stdio::from(log.try_clone().unwrap()))
            .stderr(Stdio::from(log))
            .spawn();
        master.child = Some(child.unwrap());
    }

    /// Runs `kontiki` on the folder of a master, whatever comes of it.
    pub fn try_kontiki(&self, at: usize, words: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kontiki"));
        command.args(words).arg("--data-dir").arg(self.data(at)).env_remove("KUBECONFIG");
        command.stdin(Stdio::null()).output().unwrap()
    }

    /// The same; returns what it printed and fails the test where it fails.
    pub fn kontiki(&self, at: usize, words: &[&str]) -> String {
        let output = self.try_kontiki(at, words);
        assert!(output.status.success(), "kontiki {words:?}: {output:?}\n{}", self.log(at));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Waits until a master ends by itself; returns what it has printed.
    pub fn wait_for_end(&mut self, at: usize) -> String {
        let start = Instant::now();
        let mut child = self.masters[at].child.take().unwrap();
        while child.try_wait().unwrap().is_none() {
            if start.elapsed() > LIMIT {
                let _ = child.kill();
                panic!("master {at} does not end: {}", self.log(at));
            }
            std::thread::park_timeout(Duration::from_millis(20));
        }
        self.log(at)
    }

    /// Kills a master; nothing is written or said any more.
    pub fn kill(&mut self, at: usize) {
        let mut child = self.masters[at].child.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// The folder of a master.
    pub fn data(&self, at: usize) -> PathBuf {
        self.folder.path().join(format!("m{}", at + 1))
    }

    /// The address and port of a master's API.
    pub fn api(&self, at: usize) -> String {
        format!("{}:{}", self.masters[at].address, self.masters[at].port)
    }

    /// The address and port of a master for its peers.
    pub fn peer(&self, at: usize) -> String {
        format!("{}:{}", self.masters[at].address, self.masters[at].peer_port)
    }

    /// Where the API of a master is.
    pub fn url(&self, at: usize) -> String {
        format!("https://{}", self.api(at))
    }

    fn kubeconfig(&self) -> Option<PathBuf> {
        (0..self.masters.len()).map(|at| self.data(at).join("admin.kubeconfig")).find(|path| path.exists())
    }

    /// The way in for the administrator by one master alone.
    pub fn only(&self, at: usize) -> HttpConfig {
        HttpConfig { server: self.url(at), others: Vec::new(), ..self.config(None) }
    }

    /// The way in for the administrator, all masters but `without` known.
    pub fn config(&self, without: Option<usize>) -> HttpConfig {
        let kubeconfig = Kubeconfig::read(&self.kubeconfig().unwrap(), None).unwrap();
        let mut servers = (0..self.masters.len()).filter(|at| Some(*at) != without).map(|at| self.url(at));
        HttpConfig { server: servers.next().unwrap(), others: servers.collect(), ..kubeconfig.http }
    }

    /// Waits until a master answers.
    pub async fn ready(&self, at: usize) {
        let start = Instant::now();
        loop {
            let answers = async |config| ask(&config, Method::GET, "/readyz", "").await.is_some_and(|(code, _)| code == 200);
            if self.kubeconfig().is_some() && answers(self.only(at)).await {
                return;
            }
            assert!(start.elapsed() < LIMIT, "master {at} is not ready: {}", self.log(at));
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Waits until `holds` of what the leader tells.
    pub async fn until(&self, what: &str, holds: impl Fn(&Value) -> bool) {
        let start = Instant::now();
        loop {
            let leader = self.leader().await;
            let told = ask(&self.only(leader), Method::GET, "/kontiki/v1/status", "").await;
            if told.as_ref().is_some_and(|(_, status)| holds(status)) {
                return;
            }
            assert!(start.elapsed() < LIMIT, "{what}: {told:?}\n{}", self.log(leader));
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until `holds` of what the leader answers at `path`.
    pub async fn until_read(&self, path: &str, holds: impl Fn(&Value) -> bool) {
        let start = Instant::now();
        loop {
            let read = ask(&self.only(self.leader().await), Method::GET, path, "").await;
            if read.as_ref().is_some_and(|(_, read)| holds(read)) {
                return;
            }
            assert!(start.elapsed() < LIMIT, "{path}: {read:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Who leads, as soon as all who run say the same of themselves.
    pub async fn leader(&self) -> usize {
        let start = Instant::now();
        loop {
            for at in (0..self.masters.len()).filter(|at| self.masters[*at].child.is_some()) {
                let told = ask(&self.only(at), Method::GET, "/kontiki/v1/status", "").await;
                if let Some(leader) = told.and_then(|(_, status)| status["leader"].as_u64()) {
                    let leader = usize::try_from(leader).unwrap() - 1;
                    if self.masters[leader].child.is_some() {
                        return leader;
                    }
                }
            }
            assert!(start.elapsed() < LIMIT, "nobody leads");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// What a master has printed.
    pub fn log(&self, at: usize) -> String {
        std::fs::read_to_string(self.folder.path().join(format!("log-{at}"))).unwrap_or_default()
    }
}

impl Drop for Masters {
    fn drop(&mut self) {
        for child in self.masters.iter_mut().filter_map(|master| master.child.as_mut()) {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// The members in a status.
pub fn members(status: &Value) -> impl Iterator<Item = &Value> {
    status["members"].as_array().into_iter().flatten()
}

/// Code and body of an answer; `None` where there is none.
pub async fn ask(config: &HttpConfig, method: Method, path: &str, body: &str) -> Option<(u16, Value)> {
    call(&HttpClient::new(config).unwrap(), method, path, body).await
}

/// The same over the connections of a client.
pub async fn call(client: &HttpClient, method: Method, path: &str, body: &str) -> Option<(u16, Value)> {
    let mut headers = HeaderMap::new();
    headers.insert("content-type", HeaderValue::from_static("application/json"));
    let answer = client.send(method, path, headers, body.to_owned().into());
    let answer = tokio::time::timeout(Duration::from_secs(15), answer).await.ok()?.ok()?;
    let code = answer.status().as_u16();
    let body = answer.into_body().collect().await.ok()?.to_bytes();
    Some((code, serde_json::from_slice(&body).unwrap_or_default()))
}

/// A port below those that the system gives to outgoing connections: one of them could take it before a master listens there.
fn free(address: &str) -> u16 {
    static ASKED: AtomicU32 = AtomicU32::new(0);
    let ports = std::iter::repeat_with(|| {
        let next = std::process::id().wrapping_mul(101).wrapping_add(ASKED.fetch_add(1, Ordering::Relaxed));
        10_000 + (next % 22_000) as u16
    });
    ports.take(22_000).find(|port| TcpListener::bind((address, *port)).is_ok()).unwrap()
}

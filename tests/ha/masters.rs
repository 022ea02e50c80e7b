//! Masters under test.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
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

/// Masters, each on a loopback address of its own.
pub struct Masters {
    folder: tempfile::TempDir,
    masters: Vec<Master>,
}

impl Masters {
    /// Three masters that vote.
    pub async fn three() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let masters = (1..=3).map(|number| {
            let address = format!("127.0.0.{number}");
            Master { child: None, port: free(&address), peer_port: free(&address), address }
        });
        let mut all = Self { folder, masters: masters.collect() };
        all.start(0);
        all.ready(0).await;
        let output =
            Command::new(env!("CARGO_BIN_EXE_kontiki")).args(["token", "create", "--data-dir"]).arg(all.data(0)).output();
        let line = String::from_utf8(output.unwrap().stdout).unwrap();
        let token = line.trim().rsplit(' ').next().unwrap().to_owned();
        for at in [1, 2] {
            let server = all.url(0);
            all.spawn(at, &["join", &server, "--token", &token]);
            all.ready(at).await;
        }
        all.until("three vote", |status| members(status).filter(|one| one["voter"] == true).count() == 3).await;
        all
    }

    /// Starts a master, or starts it again in its folder.
    pub fn start(&mut self, at: usize) {
        self.spawn(at, &["up"]);
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
            .stdout(Stdio::from(log.try_clone().unwrap()))
            .stderr(Stdio::from(log))
            .spawn();
        master.child = Some(child.unwrap());
    }

    /// Kills a master; nothing is written or said any more.
    pub fn kill(&mut self, at: usize) {
        let mut child = self.masters[at].child.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    fn data(&self, at: usize) -> PathBuf {
        self.folder.path().join(format!("m{}", at + 1))
    }

    fn url(&self, at: usize) -> String {
        format!("https://{}:{}", self.masters[at].address, self.masters[at].port)
    }

    /// The way in for the administrator, all masters but `without` known.
    pub fn config(&self, without: Option<usize>) -> HttpConfig {
        let kubeconfig = Kubeconfig::read(&self.data(0).join("admin.kubeconfig"), None).unwrap();
        let mut servers = (0..self.masters.len()).filter(|at| Some(*at) != without).map(|at| self.url(at));
        HttpConfig { server: servers.next().unwrap(), others: servers.collect(), ..kubeconfig.http }
    }

    /// Waits until a master answers.
    pub async fn ready(&self, at: usize) {
        let start = Instant::now();
        loop {
            if self.data(0).join("admin.kubeconfig").exists() {
                let config = HttpConfig { server: self.url(at), others: Vec::new(), ..self.config(None) };
                if ask(&config, Method::GET, "/readyz", "").await.is_some_and(|(code, _)| code == 200) {
                    return;
                }
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
            let config = HttpConfig { server: self.url(leader), others: Vec::new(), ..self.config(None) };
            let told = ask(&config, Method::GET, "/kontiki/v1/status", "").await;
            if told.as_ref().is_some_and(|(_, status)| holds(status)) {
                return;
            }
            assert!(start.elapsed() < LIMIT, "{what}: {told:?}\n{}", self.log(leader));
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Who leads, as soon as all who run say the same of themselves.
    pub async fn leader(&self) -> usize {
        let start = Instant::now();
        loop {
            for at in (0..self.masters.len()).filter(|at| self.masters[*at].child.is_some()) {
                let config = HttpConfig { server: self.url(at), others: Vec::new(), ..self.config(None) };
                let told = ask(&config, Method::GET, "/kontiki/v1/status", "").await;
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

    fn log(&self, at: usize) -> String {
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

fn free(address: &str) -> u16 {
    TcpListener::bind((address, 0)).unwrap().local_addr().unwrap().port()
}

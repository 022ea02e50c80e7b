//! A cluster under test.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use super::netns::Netns;

/// Longest wait for anything a test waits for.
const LIMIT: Duration = Duration::from_secs(60);

/// `kontiki up` in a network namespace of its own.
pub struct Cluster {
    netns: Netns,
    folder: tempfile::TempDir,
    child: Option<Child>,
    arguments: Vec<String>,
    node: String,
}

impl Cluster {
    /// Starts a cluster with these further flags of `kontiki up` and waits until it is ready.
    pub fn up(arguments: &[&str]) -> Self {
        let arguments = arguments.iter().map(ToString::to_string).collect();
        let netns = Netns::new();
        let node = netns.name().to_string();
        let mut cluster = Self { netns, folder: tempfile::tempdir().unwrap(), child: None, arguments, node };
        cluster.put_kubectls();
        cluster.start();
        cluster
    }

    /// What a user's shell finds as `kubectl`: the unmodified one, its requests written down; or ours.
    fn put_kubectls(&self) {
        let (folder, real, ours) = (self.folder.path().display(), kubectl_path(), env!("CARGO_BIN_EXE_kontiki"));
        let traced = format!(
            "#!/bin/sh\necho \"#> $*\" >> {folder}/trace\n{real} -v=6 \"$@\" 2> {folder}/trace.$$; code=$?\n\
             cat {folder}/trace.$$ >> {folder}/trace; grep -v '^I[0-9]' {folder}/trace.$$ >&2; rm {folder}/trace.$$; exit $code\n"
        );
        self.put("unmodified/kubectl", &traced);
        self.put("ours/kubectl", &format!("#!/bin/sh\nexec {ours} kubectl \"$@\"\n"));
        self.put("unmodified/kontiki", &format!("#!/bin/sh\nexec {ours} \"$@\"\n"));
    }

    fn put(&self, name: &str, script: &str) {
        let path = self.folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, script).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Starts the process again on the same data folder.
    pub fn start(&mut self) {
        let log = std::fs::OpenOptions::new().create(true).append(true).open(self.folder.path().join("log")).unwrap();
        let child = self
            .netns
            .command(env!("CARGO_BIN_EXE_kontiki"))
            .args(["up", "--no-kubeconfig", "--data-dir"])
            .arg(self.data())
            .args(["--node-name", &self.node])
            .args(&self.arguments)
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        self.child = Some(child);
        self.eventually("the API server is ready", |cluster| {
            let ended = cluster.child.as_mut().unwrap().try_wait().unwrap();
            assert!(ended.is_none(), "kontiki ended at its start ({ended:?}):\n{}", cluster.log());
            cluster.data().join("admin.kubeconfig").exists() && cluster.try_kubectl("get --raw /readyz").status.success()
        });
    }

    /// Ends the process as Ctrl-C does and waits for it.
    pub fn stop(&mut self) {
        self.signal("INT");
        let status = self.wait_for_end();
        assert!(status.success(), "Ctrl-C ends with success, not {status}:\n{}", self.log());
    }

    /// Ends the process with SIGKILL.
    pub fn kill(&mut self) {
        self.signal("KILL");
        self.wait_for_end();
    }

    fn signal(&self, name: &str) {
        let pid = self.child.as_ref().unwrap().id().to_string();
        assert!(Command::new("kill").args(["-s", name, &pid]).status().unwrap().success());
    }

    fn wait_for_end(&mut self) -> std::process::ExitStatus {
        let mut child = self.child.take().unwrap();
        let start = Instant::now();
        loop {
            if let Some(status) = child.try_wait().unwrap() {
                return status;
            }
            if start.elapsed() > LIMIT {
                let _ = child.kill();
                panic!("kontiki did not end within {LIMIT:?}:\n{}", self.log());
            }
            std::thread::yield_now();
            pause();
        }
    }

    /// The name of its node, which no other test has.
    pub fn node(&self) -> &str {
        &self.node
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// What the process has printed.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// Runs kubectl and returns what it printed; fails the test where it fails.
    pub fn kubectl(&self, arguments: &str) -> String {
        let output = self.try_kubectl(arguments);
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "kubectl {arguments}: {}\n{out}{err}\n--- log\n{}", output.status, tail(&self.log()));
        out.into_owned()
    }

    /// Runs kubectl, whatever comes of it.
    pub fn try_kubectl(&self, arguments: &str) -> Output {
        let words: Vec<&str> = arguments.split_whitespace().collect();
        self.kubectl_words(&words)
    }

    /// Runs kubectl with arguments that hold blanks.
    pub fn kubectl_words(&self, words: &[&str]) -> Output {
        let mut command = self.netns.command(&kubectl_path());
        command.arg("--kubeconfig").arg(self.data().join("admin.kubeconfig"));
        command.env("KUBECACHEDIR", self.folder.path().join("cache")).current_dir(env!("CARGO_MANIFEST_DIR"));
        command.args(words).stdin(Stdio::null()).output().unwrap()
    }

    /// What a user types into a shell at the root of the project, `kubectl` being `which`.
    pub fn shell(&self, which: Kubectl, script: &str) -> Output {
        let folder = self.folder.path().join(which.folder());
        let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap_or_default());
        let mut command = self.netns.command("bash");
        command.args(["-c", script]).env("PATH", path).env("KUBECONFIG", self.data().join("admin.kubeconfig"));
        command
            .env("KONTIKI_DATA_DIR", self.data())
            .env("HOME", self.folder.path())
            .env("KUBECACHEDIR", self.folder.path().join("cache"));
        command.current_dir(env!("CARGO_MANIFEST_DIR")).stdin(Stdio::null()).output().unwrap()
    }

    /// Every request of the unmodified kubectl in [`Cluster::shell`], each below the command that sent it.
    pub fn trace(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("trace")).unwrap_or_default()
    }

    /// Any other command inside the cluster's network.
    pub fn inside(&self, program: &str) -> Command {
        self.netns.command(program)
    }

    /// Runs `work` inside the cluster's network.
    pub fn block_on<T: Send>(&self, work: impl Future<Output = T> + Send) -> T {
        self.netns.inside(work)
    }

    /// For whoever reads of a test that failed: the pods, the containers and the last of the log.
    fn tell_how_it_stands(&self) {
        let filter = format!("label=io.kontiki.node={}", self.node);
        let table = "table {{.Names}}\t{{.Status}}\t{{.CreatedAt}}";
        let containers = self.inside("docker").args(["ps", "-a", "--filter", &filter, "--format", table]).output();
        let containers = containers.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
        let pods = self.try_kubectl("get pods -A -o wide --request-timeout=5s");
        let pods = [pods.stdout, pods.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
        eprintln!("--- pods\n{pods}--- containers\n{containers}--- log of the cluster\n{}", tail(&self.log()));
    }

    /// Waits until `holds`, or fails the test after a minute.
    pub fn eventually(&mut self, what: &str, mut holds: impl FnMut(&mut Self) -> bool) {
        let start = Instant::now();
        while !holds(self) {
            assert!(start.elapsed() < LIMIT, "not within {LIMIT:?}: {what}\n--- log\n{}", tail(&self.log()));
            pause();
        }
    }
}

/// Which program answers to `kubectl`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kubectl {
    /// Upstream's.
    Unmodified,
    /// `kontiki kubectl`.
    Ours,
}

impl Kubectl {
    fn folder(self) -> &'static str {
        match self {
            Self::Unmodified => "unmodified",
            Self::Ours => "ours",
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.tell_how_it_stands();
        }
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
        remove_containers(&self.node);
    }
}

/// Containers outlive the process by design: those of this test's node are removed here.
fn remove_containers(node: &str) {
    let filter = format!("label=io.kontiki.node={node}");
    let Ok(listed) = Command::new("docker").args(["ps", "-aq", "--filter", &filter]).output() else { return };
    let ids = String::from_utf8_lossy(&listed.stdout).into_owned();
    let ids: Vec<&str> = ids.split_whitespace().collect();
    if !ids.is_empty() {
        let _ = Command::new("docker").args(["rm", "-f"]).args(&ids).output();
    }
}

/// The newest unmodified kubectl at hand: `$KUBECTL`, or the newest beside the one on PATH.
pub fn kubectl_path() -> String {
    if let Ok(path) = std::env::var("KUBECTL") {
        return path;
    }
    let found = Command::new("sh").args(["-c", "readlink -f \"$(command -v kubectl)\""]).output().unwrap();
    let path = PathBuf::from(String::from_utf8_lossy(&found.stdout).trim());
    let fetched = PathBuf::from("/usr/local/lib/kontiki/kubectl");
    if fetched.exists() {
        return fetched.to_string_lossy().into_owned();
    }
    assert!(path.exists(), "no kubectl on PATH: scripts/install tests fetches one, or set KUBECTL");
    let folder = path.parent().unwrap();
    let newest = (30..50).rev().map(|minor| folder.join(format!("kubectl.1.{minor}"))).find(|path| path.exists());
    newest.unwrap_or(path).to_string_lossy().into_owned()
}

fn tail(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(60)..].join("\n")
}

/// Between two looks at a condition.
fn pause() {
    std::thread::park_timeout(Duration::from_millis(50));
}

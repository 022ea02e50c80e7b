use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tokio::process::{Child, Command};

use super::dials::Dials;
use super::network::{End, address};

/// One master: its namespace, its folder, and its process while it runs.
pub struct Master {
    /// Its place, from 0 on.
    pub at: usize,
    /// The network namespace it lives in.
    pub namespace: String,
    /// Its data folder.
    pub data: PathBuf,
    /// Its clock and its disk.
    pub dials: Dials,
    program: PathBuf,
    shim: PathBuf,
    log: PathBuf,
    child: Option<Child>,
    paused: bool,
    started: Instant,
    refusing: bool,
    excused: bool,
}

/// How long a process may take to start: until then it may end where its disk refuses.
const STARTS: Duration = Duration::from_secs(15);

impl Master {
    /// One that does not run yet, with everything of it below `folder`.
    pub fn new(at: usize, namespace: String, folder: &Path, program: &Path, shim: &Path) -> Result<Self> {
        let name = |what: &str| folder.join(format!("{what}{}", at + 1));
        let dials = Dials::new(name("dials"))?;
        let (program, shim) = (program.into(), shim.into());
        Ok(Self {
            at,
            namespace,
            data: name("m"),
            dials,
            program,
            shim,
            log: name("log"),
            child: None,
            paused: false,
            started: Instant::now(),
            refusing: false,
            excused: false,
        })
    }

    /// Starts its process with `words`: `up`, or `join` and what belongs to it.
    pub fn start(&mut self, words: &[&str]) -> Result<()> {
        (self.started, self.excused) = (Instant::now(), self.refusing);
        let log = std::fs::OpenOptions::new().create(true).append(true).open(&self.log)?;
        let address = address(End::Master(self.at)).to_string();
        let mut command = self.kontiki(words);
        command.args(["--no-node", "--no-kubeconfig", "--component-ports", "false", "--listen", &address]);
        command.args(["--node-ip", &address, "--node-name", &format!("m{}", self.at + 1)]);
        command.args(["--port", "6443", "--peer-port", "2380"]);
        command.env("LD_PRELOAD", &self.shim).env("KONTIKI_CHAOS_DIALS", self.dials.path());
        if std::env::var_os("RUST_LOG").is_none() {
            command.env("RUST_LOG", "warn,kontiki_store=info,kontiki=info");
        }
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).kill_on_drop(true);
        self.child = Some(command.spawn().context("cannot start a master")?);
        self.paused = false;
        Ok(())
    }

    /// What `kontiki` prints, asked with `words` about this master's folder.
    pub async fn ask(&self, words: &[&str]) -> Result<String> {
        let output = self.kontiki(words).stdin(Stdio::null()).output().await?;
        if !output.status.success() {
            bail!("kontiki {words:?}: {}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    fn kontiki(&self, words: &[&str]) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.namespace]).arg(&self.program).args(words);
        command.arg("--data-dir").arg(&self.data).env_remove("KUBECONFIG");
        command
    }

    /// Whether its process runs, paused or not.
    pub fn is_up(&self) -> bool {
        self.child.is_some()
    }

    /// Whether its process runs and is not paused.
    pub fn is_awake(&self) -> bool {
        self.is_up() && !self.paused
    }

    /// From now on its disk refuses writes, or syncs, with these numbers; 0 for none.
    pub fn refuse(&mut self, write: i64, sync: i64) -> Result<()> {
        self.refusing = write != 0 || sync != 0;
        self.excused |= self.refusing && self.started.elapsed() < STARTS;
        self.dials.refuse(write, sync)
    }

    /// Whether its disk refused when it started: then its process may end.
    pub fn is_excused(&self) -> bool {
        self.excused
    }

    /// The process has ended although nobody ended it.
    pub fn has_died(&mut self) -> bool {
        self.child.as_mut().is_some_and(|child| !matches!(child.try_wait(), Ok(None)))
    }

    /// Ends its process with SIGKILL.
    pub async fn kill(&mut self) -> Result<()> {
        if let Some(mut child) = self.child.take() {
            child.kill().await?;
        }
        Ok(())
    }

    /// Stops its process for now, or lets it go on.
    pub async fn pause(&mut self, paused: bool) -> Result<()> {
        let Some(id) = self.child.as_ref().and_then(Child::id) else { return Ok(()) };
        let signal = if paused { "-STOP" } else { "-CONT" };
        Command::new("kill").args([signal, &id.to_string()]).status().await?;
        self.paused = paused;
        Ok(())
    }
}

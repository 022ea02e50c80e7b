use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use http::Method;
use kontiki_runtime::client::http::{HttpConfig, Kubeconfig};
use serde_json::Value;

use super::master::Master;
use super::network::{End, Network, address};
use super::way::{Told, Way};

/// How many there are.
pub const MASTERS: usize = 3;
/// How long a cluster in which nothing is broken may take for anything.
const LIMIT: Duration = Duration::from_secs(60);
/// How long a master may take to say who leads.
const SAY: Duration = Duration::from_millis(400);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(20);

/// The masters of the run.
pub struct Masters {
    /// Each of them.
    pub all: Vec<Master>,
    config: HttpConfig,
}

impl Masters {
    /// Three masters that vote, each in its namespace of `network`, with everything below `folder`.
    pub async fn start(network: &Network, folder: &Path, program: &Path) -> Result<Self> {
        let shim = super::dials::compile(folder)?;
        let master = |at| Master::new(at, network.name(at), folder, program, &shim);
        let mut all: Vec<Master> = (0..MASTERS).map(master).collect::<Result<_>>()?;
        let first = all.first_mut().context("no masters")?;
        first.start(&["up"])?;
        let config = config(first).await?;
        let mut masters = Self { all, config };
        masters.ready(0).await?;
        for at in 1..MASTERS {
            masters.join(at).await?;
        }
        masters.until_all_vote().await?;
        Ok(masters)
    }

    async fn join(&mut self, at: usize) -> Result<()> {
        let token = self.all.first().context("no masters")?.ask(&["token", "create"]).await?;
        let token = token.trim().rsplit(' ').next().unwrap_or_default().to_owned();
        let server = format!("https://{}:6443", address(End::Master(0)));
        self.all.get_mut(at).context("no such master")?.start(&["join", &server, "--token", &token])?;
        self.ready(at).await
    }

    async fn until_all_vote(&self) -> Result<()> {
        let voters = |status: &Value| {
            status["members"].as_array().into_iter().flatten().filter(|one| one["voter"] == true).count() == MASTERS
        };
        let start = Instant::now();
        while !self.status(0).await.is_some_and(|status| voters(&status)) {
            if start.elapsed() > LIMIT {
                bail!("the masters do not all vote");
            }
            tokio::time::sleep(LOOK).await;
        }
        Ok(())
    }

    /// The way to one master for the administrator.
    pub fn way(&self, at: usize) -> Way {
        Way::new(HttpConfig {
            server: format!("https://{}:6443", address(End::Master(at))),
            others: Vec::new(),
            ..self.config.clone()
        })
    }

    /// The ways to all of them.
    pub fn ways(&self) -> Vec<Way> {
        (0..MASTERS).map(|at| self.way(at)).collect()
    }

    /// Waits until a master is ready.
    async fn ready(&mut self, at: usize) -> Result<()> {
        let (start, mut way) = (Instant::now(), self.way(at));
        while !matches!(way.ask(Method::GET, "/version", "", String::new(), SAY).await, Told::Answer(200, _)) {
            if start.elapsed() > LIMIT || self.all.get_mut(at).is_some_and(Master::has_died) {
                bail!("master {} does not start", at + 1);
            }
            tokio::time::sleep(LOOK).await;
        }
        Ok(())
    }

    async fn status(&self, at: usize) -> Option<Value> {
        match self.way(at).ask(Method::GET, "/kontiki/v1/status", "", String::new(), SAY).await {
            Told::Answer(200, status) => Some(status),
            _ => None,
        }
    }

    /// Who leads, by the first that is awake and says that it is itself.
    pub async fn leader(&self) -> Option<usize> {
        for at in self.all.iter().filter(|master| master.is_awake()).map(|master| master.at) {
            let leader = self.status(at).await.and_then(|status| status["leader"].as_u64());
            if leader == Some(at as u64 + 1) {
                return Some(at);
            }
        }
        None
    }
}

/// The way in that the first master writes down.
async fn config(first: &mut Master) -> Result<HttpConfig> {
    let (start, path) = (Instant::now(), first.data.join("admin.kubeconfig"));
    loop {
        if let Ok(kubeconfig) = Kubeconfig::read(&path, None) {
            return Ok(kubeconfig.http);
        }
        if start.elapsed() > LIMIT || first.has_died() {
            bail!("the first master writes no {}", path.display());
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// The masters, for whoever has something to do to them.
pub type Shared = Arc<tokio::sync::Mutex<Masters>>;

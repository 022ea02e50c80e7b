//! Masters of our own on loopback addresses.

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::connection::Connection;
use super::peer::Peer;
use super::process::{Place, Server, program};

/// Longest wait for what masters agree upon.
const LIMIT: Duration = Duration::from_secs(600);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(5);

/// One or several masters of one cluster; they end with the value.
pub struct Masters {
    folder: tempfile::TempDir,
    places: Vec<Place>,
    servers: Vec<Option<Server>>,
}

impl Masters {
    /// One master, which can be joined.
    pub async fn one() -> Result<Self> {
        let folder = tempfile::tempdir().context("cannot make a folder for the servers' data")?;
        let place = Place::master(folder.path(), 1)?;
        let server = Server::start(&place, &["up"], || {
            // Written last, and needed by whoever asks for a token.
            std::fs::metadata(place.data.join("admin.kubeconfig"))?;
            Peer::own(&place.data, place.api())
        });
        let server = server.await?;
        Ok(Self { folder, places: vec![place], servers: vec![Some(server)] })
    }

    /// Three masters that vote.
    pub async fn three() -> Result<Self> {
        let mut masters = Self::one().await?;
        masters.join(false).await?;
        masters.join(false).await?;
        masters.until("three masters vote", |members| members.iter().filter(|one| one["voter"] == true).count() == 3).await?;
        Ok(masters)
    }

    /// One more master; how long it takes from its start until it holds everything.
    pub async fn join(&mut self, learner: bool) -> Result<Duration> {
        let number = u8::try_from(self.places.len() + 1)?;
        let (place, token, url) =
            (Place::master(self.folder.path(), number)?, self.token()?, format!("https://{}", self.api(0)?));
        let mut command = vec!["join", &*url, "--token", &*token];
        command.extend(learner.then_some("--learner"));
        let start = Instant::now();
        let server = Server::start(&place, &command, || Peer::own(&self.data(0)?, place.api())).await?;
        self.places.push(place);
        self.servers.push(Some(server));
        let all = self.places.len();
        let holds = |one: &Value| one["lag"].as_u64().is_some_and(|lag| lag < 10);
        self.until("the new master holds everything", |members| members.len() == all && members.iter().all(holds)).await?;
        Ok(start.elapsed())
    }

    /// The way into a master.
    pub fn peer(&self, at: usize) -> Result<Peer> {
        Peer::own(&self.data(0)?, self.api(at)?)
    }

    /// The process of a master, where it runs.
    pub fn server(&self, at: usize) -> Option<&Server> {
        self.servers.get(at)?.as_ref()
    }

    /// Kills a master.
    pub fn kill(&mut self, at: usize) {
        if let Some(server) = self.servers.get_mut(at) {
            *server = None;
        }
    }

    /// Starts a killed master again; returns once all hold everything.
    pub async fn restart(&mut self, at: usize) -> Result<()> {
        let place = self.places.get(at).context("there is no such master")?;
        let server = Server::start(place, &["up"], || self.peer(at)).await?;
        if let Some(slot) = self.servers.get_mut(at) {
            *slot = Some(server);
        }
        let holds = |one: &Value| one["lag"].as_u64().is_some_and(|lag| lag < 10);
        self.until("the master holds everything again", |members| members.iter().all(holds)).await
    }

    /// The place of the master that leads.
    pub async fn leader(&self) -> Result<usize> {
        let start = Instant::now();
        while start.elapsed() < LIMIT {
            for at in (0..self.places.len()).filter(|at| self.server(*at).is_some()) {
                let Ok(status) = self.status(at).await else { continue };
                let leader = status["leader"].as_u64().and_then(|leader| usize::try_from(leader).ok()?.checked_sub(1));
                if let Some(leader) = leader.filter(|leader| self.server(*leader).is_some()) {
                    return Ok(leader);
                }
            }
            tokio::time::sleep(LOOK).await;
        }
        bail!("nobody leads")
    }

    /// The term of the leader, as a master knows it.
    pub async fn term(&self, at: usize) -> Result<u64> {
        self.status(at).await?["term"].as_u64().context("no term is told")
    }

    async fn until(&self, what: &str, holds: impl Fn(&[Value]) -> bool) -> Result<()> {
        let start = Instant::now();
        loop {
            let leader = self.leader().await?;
            let status = self.status(leader).await.unwrap_or_default();
            if status["members"].as_array().is_some_and(|members| holds(members)) {
                return Ok(());
            }
            if start.elapsed() > LIMIT {
                bail!("{what}: not within {} s", LIMIT.as_secs());
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    async fn status(&self, at: usize) -> Result<Value> {
        Connection::open(&self.peer(at)?).await?.json("/kontiki/v1/status").await
    }

    fn token(&self) -> Result<String> {
        let mut command = Command::new(program()?);
        let output = command.args(["token", "create", "--data-dir"]).arg(self.data(0)?).env_remove("KUBECONFIG").output()?;
        if !output.status.success() {
            bail!("no token for a new master: {}", String::from_utf8_lossy(&output.stderr));
        }
        let line = String::from_utf8(output.stdout)?;
        line.split_whitespace().last().map(str::to_owned).context("no token was printed")
    }

    fn data(&self, at: usize) -> Result<PathBuf> {
        Ok(self.places.get(at).context("there is no such master")?.data.clone())
    }

    fn api(&self, at: usize) -> Result<String> {
        Ok(self.places.get(at).context("there is no such master")?.api())
    }
}

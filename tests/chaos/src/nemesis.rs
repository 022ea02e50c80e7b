use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::Result;
use rand::Rng;
use rand::rngs::StdRng;
use tokio::time::Instant;

use super::fault::Fault;
use super::ledger::Ledger;
use super::master::Master;
use super::masters::Shared;
use super::network::{Losses, Network};

/// So many things are broken at a time, at most.
const TOGETHER: usize = 3;
/// How long the others may take to acknowledge a write after the leader was killed, before something else is broken.
const TAKES_OVER: Duration = Duration::from_secs(10);
/// Acknowledgements so shortly after a kill may have been on their way.
const ON_THE_WAY: Duration = Duration::from_millis(20);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(1);

/// Breaks things, as a seed says.
pub struct Nemesis {
    /// Where its choices come from.
    pub rng: StdRng,
    /// What it breaks.
    pub masters: Shared,
    /// What it cuts.
    pub network: Arc<Network>,
    /// Whom it disturbs.
    pub ledger: Arc<Ledger>,
    /// Faults by kind.
    pub counts: BTreeMap<&'static str, u64>,
    /// How often the leader was killed.
    pub leader_kills: u64,
    /// How long nothing was acknowledged after the leader was killed and nothing else was broken.
    pub gaps: Vec<Duration>,
    /// Where it tells what it does.
    pub log: std::fs::File,
    /// What is broken now, and until when.
    pub active: Vec<(Instant, Fault)>,
}

impl Nemesis {
    /// Breaks ever other things until `end`; the first is the leader.
    pub async fn storm(&mut self, end: Instant) -> Result<()> {
        self.kill_the_leader().await?;
        while Instant::now() < end {
            self.end_those_over().await?;
            if self.active.len() < TOGETHER {
                let leader = self.masters.lock().await.leader().await;
                let fault = Fault::choose(&mut self.rng, leader);
                let time = Duration::from_millis(self.rng.random_range(200..3_500));
                self.begin(fault, leader, time).await?;
            }
            let pause = Duration::from_millis(self.rng.random_range(100..900));
            tokio::time::sleep(pause).await;
        }
        Ok(())
    }

    /// Everything is whole again.
    pub async fn heal(&mut self) -> Result<()> {
        let active = std::mem::take(&mut self.active);
        let mut masters = self.masters.lock().await;
        for (_, fault) in &active {
            fault.end(&mut masters).await?;
        }
        self.network.lose(&Losses::new()).await?;
        for master in &mut masters.all {
            master.dials.clock(0)?;
            master.refuse(0, 0)?;
            if master.has_died() {
                if !master.is_excused() {
                    self.ledger.accuse(format!("master {} has ended by itself", master.at + 1));
                }
                master.kill().await?;
            }
            if !master.is_up() {
                master.start(&["up"])?;
            }
        }
        drop(masters);
        self.tell("everything heals")
    }

    /// Kills the leader while nothing else is broken, and measures until a write is acknowledged.
    async fn kill_the_leader(&mut self) -> Result<()> {
        let Some(leader) = self.masters.lock().await.leader().await else { return Ok(()) };
        let time = Duration::from_millis(self.rng.random_range(500..3_000));
        self.begin(Fault::Kill(vec![leader]), Some(leader), time).await?;
        let killed = self.ledger.now();
        let seen = killed + u64::try_from(ON_THE_WAY.as_nanos())?;
        let end = Instant::now() + TAKES_OVER;
        while self.ledger.answered.load(Ordering::Acquire) < seen && Instant::now() < end {
            tokio::time::sleep(LOOK).await;
        }
        self.gaps.push(Duration::from_nanos(self.ledger.now() - killed));
        Ok(())
    }

    async fn begin(&mut self, fault: Fault, leader: Option<usize>, time: Duration) -> Result<()> {
        let mut masters = self.masters.lock().await;
        let awake = |at: &usize| masters.all.get(*at).is_some_and(Master::is_awake);
        let possible = match &fault {
            Fault::Kill(which) => which.iter().all(awake),
            Fault::Pause(at) => awake(at),
            _ => true,
        };
        if !possible {
            return Ok(());
        }
        if matches!(&fault, Fault::Kill(which) if leader.is_some_and(|leader| which.contains(&leader))) {
            self.leader_kills += 1;
        }
        fault.begin(&mut masters).await?;
        drop(masters);
        *self.counts.entry(fault.kind()).or_default() += 1;
        self.tell(&format!("{fault:?} for {} ms, leader {leader:?}", time.as_millis()))?;
        self.active.push((Instant::now() + time, fault));
        self.cut().await
    }

    async fn end_those_over(&mut self) -> Result<()> {
        let now = Instant::now();
        let (over, active): (Vec<_>, Vec<_>) = std::mem::take(&mut self.active).into_iter().partition(|(end, _)| *end <= now);
        self.active = active;
        let mut masters = self.masters.lock().await;
        for (_, fault) in &over {
            fault.end(&mut masters).await?;
        }
        drop(masters);
        if over.iter().any(|(_, fault)| matches!(fault, Fault::Cut(_))) { self.cut().await } else { Ok(()) }
    }

    /// Lets packets get lost as all cuts together say.
    async fn cut(&mut self) -> Result<()> {
        let mut losses = Losses::new();
        for (_, fault) in &self.active {
            let Fault::Cut(more) = fault else { continue };
            for (link, percent) in more {
                let known = losses.entry(*link).or_default();
                *known = (*percent).max(*known);
            }
        }
        self.network.lose(&losses).await
    }

    fn tell(&mut self, what: &str) -> Result<()> {
        writeln!(self.log, "{:>14} {what}", self.ledger.now())?;
        Ok(())
    }
}

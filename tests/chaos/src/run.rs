use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use http::Method;
use kontiki_checker::Kind;
use parking_lot::Mutex;
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::client::{Client, JSON, OBJECTS, object};
use super::epoch::Epochs;
use super::judge::{Case, Verdict, judge};
use super::ledger::Ledger;
use super::masters::{MASTERS, Masters, Shared};
use super::name::{Name, Sort};
use super::nemesis::Nemesis;
use super::network::Network;
use super::rounds::{prepare, rounds};
use super::watcher::{Selection, Tape, Watcher};
use super::way::{Told, Way};
use super::{Figures, Options};

/// Between two lines that tell how far it is.
const PROGRESS: Duration = Duration::from_secs(10);
/// How long something is broken before everything heals.
const STORM: Duration = Duration::from_secs(14);
/// How long it may take until everything is as good as new, once it has healed.
const SETTLES: Duration = Duration::from_secs(45);
/// How long one request to a healed cluster may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(10);

/// Runs it. Needs root, and the programs `ip`, `nft`, `cc` and `kill`.
///
/// # Errors
/// Where the cluster cannot be started, or the machine refuses to be a test bed. A violation is none: see
/// [`Figures::is_good`].
pub fn run(options: &Options) -> Result<Figures> {
    let program = program(options)?;
    let folder = Folder::new(options.keep.as_deref())?;
    let network = Arc::new(Network::new(MASTERS)?);
    let verdict = Arc::<Mutex<Verdict>>::default();
    let (cases, waiting) = channel();
    let inside = || {
        network.enter()?;
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let run = Run { options, folder: folder.path(), network: network.clone(), verdict: &verdict, cases };
        runtime.block_on(async {
            tokio::select! {
                figures = run.run(&program) => figures,
                _ = tokio::signal::ctrl_c() => Err(anyhow!("interrupted")),
            }
        })
    };
    let mut figures = std::thread::scope(|scope| {
        let judging = scope.spawn(|| judge(waiting, &verdict, folder.path()));
        let figures = scope.spawn(inside).join().map_err(|_| anyhow!("the run panicked"))??;
        judging.join().map_err(|_| anyhow!("the judge panicked"))?;
        anyhow::Ok(figures)
    })?;
    let found = std::mem::take(&mut figures.verdict.violations);
    figures.verdict = verdict.lock().clone();
    figures.verdict.violations.extend(found);
    if !figures.is_good() {
        eprintln!("chaos: seed {}: what happened is in {}", options.seed, folder.keep().display());
        figures.verdict.violations.iter().take(20).for_each(|violation| eprintln!("chaos: {violation}"));
    }
    Ok(figures)
}

fn program(options: &Options) -> Result<PathBuf> {
    match &options.program {
        Some(program) => std::path::absolute(program).context("the program"),
        None => Ok(std::env::current_exe()?.with_file_name("kontiki")),
    }
}

/// Where the run keeps everything; goes with it unless it was named or something is wrong.
struct Folder {
    path: PathBuf,
    temporary: Mutex<Option<tempfile::TempDir>>,
}

impl Folder {
    fn new(named: Option<&Path>) -> Result<Self> {
        if let Some(path) = named {
            std::fs::create_dir_all(path)?;
            return Ok(Self { path: std::path::absolute(path)?, temporary: Mutex::default() });
        }
        let temporary = tempfile::Builder::new().prefix("kontiki-chaos-").tempdir()?;
        Ok(Self { path: temporary.path().into(), temporary: Mutex::new(Some(temporary)) })
    }

    fn path(&self) -> &Path {
        &self.path
    }

    /// From now on it stays.
    fn keep(&self) -> &Path {
        if let Some(temporary) = self.temporary.lock().take() {
            let _ = temporary.keep();
        }
        &self.path
    }
}

struct Run<'a> {
    options: &'a Options,
    folder: &'a Path,
    network: Arc<Network>,
    verdict: &'a Mutex<Verdict>,
    cases: Sender<Case>,
}

/// Everything that runs beside the nemesis.
struct Crowd {
    ledger: Arc<Ledger>,
    tapes: Vec<(Selection, Arc<Mutex<Tape>>)>,
    clients: JoinSet<()>,
    watchers: JoinSet<()>,
    rounds: tokio::task::JoinHandle<()>,
}

impl Run<'_> {
    async fn run(self, program: &Path) -> Result<Figures> {
        let masters = Masters::start(&self.network, self.folder, program).await?;
        let mut ways = masters.ways();
        make_namespace(&mut ways).await?;
        let crowd = self.crowd(&masters).await;
        let ledger = Arc::clone(&crowd.ledger);
        let mut nemesis = self.nemesis(masters, &ledger)?;
        let progress = tokio::spawn(tell(Arc::clone(&ledger), self.options.seed));
        let (start, mut epochs, mut settled) = (Instant::now(), Epochs::default(), Duration::ZERO);
        while start.elapsed() < self.options.time() {
            let end = (Instant::now() + STORM).min(start + self.options.time());
            if self.options.calm {
                tokio::time::sleep_until(end).await
            } else {
                nemesis.storm(end).await?
            }
            nemesis.heal().await?;
            match self.settle(&ledger, &mut ways, &crowd.tapes).await {
                Some(time) => settled = settled.max(time),
                None => {
                    ledger.accuse(format!("not everything works {} s after it has healed", SETTLES.as_secs()));
                    break;
                }
            }
            epochs.cut(&ledger, &crowd.tapes, &self.cases);
        }
        self.finish(crowd, epochs).await?;
        progress.abort();
        let mut verdict = self.verdict.lock().clone();
        verdict.violations = ledger.accusations();
        Ok(Figures {
            seed: self.options.seed,
            time: start.elapsed(),
            verdict,
            leader_kills: nemesis.leader_kills,
            faults: nemesis.counts,
            unknown: ledger.unknown.load(Ordering::Relaxed),
            gaps: nemesis.gaps,
            settled,
        })
    }

    fn nemesis(&self, masters: Masters, ledger: &Arc<Ledger>) -> Result<Nemesis> {
        Ok(Nemesis {
            rng: StdRng::seed_from_u64(self.options.seed),
            masters: Shared::new(tokio::sync::Mutex::new(masters)),
            network: Arc::clone(&self.network),
            ledger: Arc::clone(ledger),
            counts: Default::default(),
            leader_kills: 0,
            gaps: Vec::new(),
            log: std::fs::File::create(self.folder.join("faults.txt"))?,
            active: Vec::new(),
        })
    }

    async fn crowd(&self, masters: &Masters) -> Crowd {
        let ledger = Arc::new(Ledger::new());
        let rng = |number: u64| StdRng::seed_from_u64(self.options.seed ^ (number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let mut first = Client::new(u64::MAX, rng(0), Arc::clone(&ledger), masters.ways(), None);
        prepare(&mut first, &ledger.round.load_full()).await;
        let rounds = tokio::spawn(rounds(Arc::clone(&ledger), masters.ways(), rng(1), self.cases.clone()));
        let (mut clients, mut watchers, mut tapes) = (JoinSet::new(), JoinSet::new(), Vec::new());
        for number in 0..self.options.clients {
            let client = Client::new(number, rng(100 + number), Arc::clone(&ledger), masters.ways(), self.options.falsify);
            clients.spawn(client.run());
        }
        for number in 0..self.options.watchers {
            let (selection, tape) = (Selection::of(number), Arc::<Mutex<Tape>>::default());
            tapes.push((selection, Arc::clone(&tape)));
            let rng = rng(10_000 + number as u64);
            watchers.spawn(Watcher { selection, tape, ledger: Arc::clone(&ledger), rng, ways: masters.ways() }.run());
        }
        Crowd { ledger, tapes, clients, watchers, rounds }
    }

    /// How long it takes until a write is acknowledged, every master reads it, and every watcher has seen it.
    async fn settle(&self, ledger: &Ledger, ways: &mut [Way], tapes: &[(Selection, Arc<Mutex<Tape>>)]) -> Option<Duration> {
        let (start, mark) = (Instant::now(), async {
            let (name, revision) = write_marker(ledger, ways).await;
            for way in ways.iter_mut() {
                let path = format!("{OBJECTS}/{name}");
                while !matches!(way.ask(Method::GET, &path, "", String::new(), PATIENCE).await, Told::Answer(200, _)) {
                    tokio::time::sleep(LOOK).await;
                }
            }
            while tapes.iter().any(|(_, tape)| tape.lock().position < revision) {
                tokio::time::sleep(LOOK).await;
            }
        });
        tokio::time::timeout(SETTLES, mark).await.ok().map(|()| start.elapsed())
    }

    /// Lets everybody come to an end, and all of it be judged.
    async fn finish(&self, crowd: Crowd, mut epochs: Epochs) -> Result<()> {
        let Crowd { ledger, tapes, mut clients, mut watchers, rounds } = crowd;
        ledger.stop.store(true, Ordering::Release);
        while clients.join_next().await.is_some() {}
        rounds.await?;
        while watchers.join_next().await.is_some() {}
        epochs.cut(&ledger, &tapes, &self.cases);
        epochs.finish(&ledger, &self.cases);
        std::fs::write(self.folder.join("refused.txt"), ledger.refusals())?;
        Ok(())
    }
}

async fn make_namespace(ways: &mut [Way]) -> Result<()> {
    let body = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "chaos"}}).to_string();
    let way = ways.first_mut().context("no masters")?;
    match way.ask(Method::POST, "/api/v1/namespaces", JSON, body, PATIENCE).await {
        Told::Answer(201 | 409, _) => Ok(()),
        other => Err(anyhow!("the namespace is not made: {other:?}")),
    }
}

/// Writes markers until one is acknowledged.
async fn write_marker(ledger: &Ledger, ways: &mut [Way]) -> (Name, u64) {
    for at in (0..ways.len()).cycle() {
        let value = ledger.unique();
        let name = Name { element: value, ..Name::new(Sort::Marker, u32::MAX, 0) };
        let body = object(name, json!({"v": value.to_string()})).to_string();
        let Some(way) = ways.get_mut(at) else { continue };
        let told = way.ask(Method::POST, OBJECTS, JSON, body, PATIENCE).await;
        ledger.wrote(name, Some(Kind::Created), Some(value), &told);
        if let Told::Answer(201, made) = &told
            && let Some(revision) = super::ledger::revision(made)
        {
            return (name, revision);
        }
        tokio::time::sleep(LOOK).await;
    }
    std::future::pending().await
}

async fn tell(ledger: Arc<Ledger>, seed: u64) {
    loop {
        tokio::time::sleep(PROGRESS).await;
        let figure = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
        let seconds = ledger.now() / 1_000_000_000;
        let (asked, unknown, events) = (figure(&ledger.asked), figure(&ledger.unknown), figure(&ledger.events));
        let answers: Vec<String> = ledger.answers().iter().map(|(code, count)| format!("{code}: {count}")).collect();
        let wrong = ledger.accusations().len();
        eprintln!(
            "chaos: seed {seed}, {seconds} s: {asked} requests, {unknown} unknown, {events} events, {wrong} violations; {}",
            answers.join(", ")
        );
    }
}

use std::sync::Arc;

use super::chance;
use super::plan::Plan;
use super::world::World;
use crate::sqlite::keyring::Keyring;

/// The figures of one run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    pub operations: u64,
    pub acknowledged: u64,
    pub unknown: u64,
    pub faults: u64,
    pub simulated_ms: u64,
    pub revisions: u64,
    pub digest: u64,
}

/// One line to the error output, where `KONTIKI_SIM_TRACE` is set.
pub fn trace(line: impl FnOnce() -> String) {
    if std::env::var_os("KONTIKI_SIM_TRACE").is_some() {
        eprintln!("{}", line());
    }
}

/// Makes one run: in a process of its own, on a thread of its own.
///
/// # Errors
/// What the members did wrong.
pub fn run(plan: Plan) -> Result<Report, String> {
    chance::seed(plan.seed);
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let key = folder.path().join("cluster.key");
    std::fs::write(&key, "5a".repeat(32)).map_err(|error| error.to_string())?;
    let keyring = Arc::new(Keyring::open(&key).map_err(|error| error.to_string())?);
    let thread = std::thread::spawn(move || on_this_thread(plan, keyring));
    thread.join().unwrap_or_else(|_| Err("the run panicked".into()))
}

fn on_this_thread(plan: Plan, keyring: Arc<Keyring>) -> Result<Report, String> {
    trace(|| format!("{plan:?}"));
    let length_ms = plan.length_ms;
    let mut world = World::new(plan, keyring);
    world.found()?;
    let begun = world.now_ms;
    while world.now_ms < begun + length_ms {
        world.disturb();
        world.serve_clients(false)?;
        world.serve_watchers(false);
        world.tick()?;
    }
    let listing = world.settle()?;
    world.history.read_all(&listing);
    let watchers = world.watchers();
    let history = std::mem::take(&mut world.history);
    let report = Report {
        operations: history.operations,
        acknowledged: history.acknowledged,
        unknown: history.unknown,
        faults: world.nemesis.count + world.operator.count,
        simulated_ms: world.now_ms,
        revisions: listing.revision.0,
        digest: history.digest,
    };
    history.check(&watchers)?;
    Ok(report)
}

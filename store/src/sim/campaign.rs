//! Many runs, each in a process of its own, so that a seed says everything.

use std::process::Command;

use super::chance;
use super::mutant::Mutant;
use super::plan::Plan;
use super::run::{Report, run};

/// What the process of one run is told: seed, length, mutant.
const RUN: &str = "KONTIKI_SIM_RUN";
/// The seed of the first run, and how many runs.
const SEED: &str = "KONTIKI_SIM_SEED";
const RUNS: &str = "KONTIKI_SIM_RUNS";
/// Simulated milliseconds of one run.
const LENGTH: &str = "KONTIKI_SIM_MS";

const LENGTH_MS: u64 = 10_000;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

/// One run as the parent learns of it.
#[derive(Debug, Default)]
struct Told {
    report: Report,
    cpu_ms: u64,
}

/// Processor time of this process so far.
fn cpu_ms() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<u64>().ok()).unwrap_or_default();
    (ticks(11) + ticks(12)) * 10
}

/// The process of one run. Without its variable there is nothing to do.
#[test]
fn one_run() {
    let Ok(text) = std::env::var(RUN) else { return };
    let words: Vec<&str> = text.split(',').collect();
    let number = |at: usize| words.get(at).and_then(|word| word.parse().ok()).unwrap_or_default();
    let mutant = words.get(2).and_then(|name| Mutant::named(name));
    chance::catch_panics();
    match run(Plan::of(number(0), mutant, number(1))) {
        Ok(Report { operations, acknowledged, unknown, faults, simulated_ms, revisions, digest }) => {
            let figures = [operations, acknowledged, unknown, faults, simulated_ms, revisions, digest, cpu_ms()];
            println!("sim ok {}", figures.map(|figure| figure.to_string()).join(" "));
        }
        Err(what) => println!("sim failed {what}\nsim end"),
    }
}

/// Makes one run in another process.
fn made(seed: u64, length_ms: u64, mutant: Option<Mutant>) -> Result<Told, String> {
    let mutant = mutant.map(|mutant| format!("{mutant:?}")).unwrap_or_default();
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["sim::campaign::one_run", "--exact", "--nocapture", "--test-threads=1"]);
    command.env(RUN, format!("{seed},{length_ms},{mutant}"));
    if std::env::var_os("KONTIKI_SIM_TRACE").is_some() {
        command.stderr(std::process::Stdio::inherit());
    }
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    if let Some((_, rest)) = text.split_once("sim ok ") {
        let figures: Vec<u64> = rest.lines().next().unwrap_or_default().split(' ').filter_map(|word| word.parse().ok()).collect();
        let [operations, acknowledged, unknown, faults, simulated_ms, revisions, digest, cpu_ms] = figures[..] else {
            return Err(format!("an answer that cannot be read: {text}"));
        };
        let report = Report { operations, acknowledged, unknown, faults, simulated_ms, revisions, digest };
        return Ok(Told { report, cpu_ms });
    }
    let why = text.split_once("sim failed ").map(|(_, rest)| rest.split("\nsim end").next().unwrap_or_default().to_owned());
    Err(why.unwrap_or_else(|| format!("the process died: {text}{}", String::from_utf8_lossy(&output.stderr))))
}

fn replay(seed: u64, length_ms: u64) -> String {
    format!("make sim SEED={seed} RUNS=1 MS={length_ms}")
}

/// Runs from `seed` on; the figures of all of them.
fn campaign(seed: u64, runs: u64, length_ms: u64) -> Told {
    let mut sum = Told::default();
    let mut failed = Vec::new();
    for seed in seed..seed + runs {
        match made(seed, length_ms, None) {
            Ok(Told { report, cpu_ms }) => {
                sum.cpu_ms += cpu_ms;
                sum.report.operations += report.operations;
                sum.report.acknowledged += report.acknowledged;
                sum.report.unknown += report.unknown;
                sum.report.faults += report.faults;
                sum.report.simulated_ms += report.simulated_ms;
                sum.report.revisions += report.revisions;
            }
            Err(what) => {
                println!("seed {seed} failed: {what}\n  again: {}", replay(seed, length_ms));
                failed.push(seed);
            }
        }
    }
    let Told { report, cpu_ms } = &sum;
    println!(
        "sim: {runs} runs from seed {seed}, {} operations ({} acknowledged, {} of unknown outcome), {} faults, {} s simulated, {:.1} s of CPU; per CPU-minute {} operations, {} faults; {} failed",
        report.operations,
        report.acknowledged,
        report.unknown,
        report.faults,
        report.simulated_ms / 1_000,
        *cpu_ms as f64 / 1_000.0,
        report.operations * 60_000 / (*cpu_ms).max(1),
        report.faults * 60_000 / (*cpu_ms).max(1),
        failed.len(),
    );
    assert!(failed.is_empty(), "seeds {failed:?} failed; to see one again: {}", replay(failed[0], length_ms));
    sum
}

/// As many runs as asked for; a few, always the same, where nobody asks.
#[test]
fn clients_and_watchers_see_one_store() {
    let (seed, runs, length) = (number(SEED).unwrap_or(1), number(RUNS).unwrap_or(16), number(LENGTH).unwrap_or(LENGTH_MS));
    let told = campaign(seed, runs, length);
    assert!(told.report.acknowledged * 3 > told.report.operations, "most operations come to nothing");
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let runs: Vec<Report> = [7, 7, 8].into_iter().map(|seed| made(seed, 5_000, None).unwrap().report).collect();
    assert_eq!(runs[0], runs[1]);
    assert_ne!(runs[0].digest, runs[2].digest);
}

/// Each known bug is found within so many seeds.
fn is_found(mutant: Mutant) {
    const SEEDS: u64 = 100;
    let found = (1..=SEEDS).find_map(|seed| made(seed, LENGTH_MS, Some(mutant)).err().map(|what| (seed, what)));
    let (seed, what) = found.unwrap_or_else(|| panic!("{mutant:?} was not found within {SEEDS} seeds"));
    println!("{mutant:?} is found with seed {seed}: {what}");
}

macro_rules! mutants {
    ($($name:ident: $mutant:ident),* $(,)?) => {
        $(
            #[test]
            fn $name() {
                is_found(Mutant::$mutant);
            }
        )*
    };
}

mutants! {
    a_lost_sync_is_found: LostSync,
    a_forgotten_vote_is_found: ForgottenVote,
    a_tail_that_is_not_cut_is_found: UncutTail,
    a_start_without_a_sync_is_found: UnsyncedStart,
    a_log_used_on_after_a_failed_sync_is_found: RetriedSync,
    a_vote_after_the_loss_of_the_log_is_found: HastyVote,
    a_missing_fence_is_found: NoFence,
    an_early_checkpoint_is_found: EarlyCheckpoint,
    a_stale_read_is_found: StaleRead,
    a_leader_that_lags_behind_a_follower_is_found: LaggingLeader,
    a_gap_in_a_watch_is_found: WatchGap,
    a_change_that_comes_again_is_found: WatchRepeat,
    a_request_applied_twice_is_found: AppliedTwice,
}

//! The log itself: how long a commit takes beside what the disk takes, and how many there are a second.

use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use kontiki_store::{Store, bench};

use super::table::{Row, progress};

/// How long each load runs.
const RUN: Duration = Duration::from_secs(2);
/// Clients of the loads.
const CLIENTS: [usize; 4] = [1, 16, 64, 1_000];

/// Commits of one and of three members in this process, each to a log of its own on the same disk.
pub async fn measure(rows: &mut Vec<Row>) -> Result<()> {
    // First: what is measured later frees blocks, which a disk may take a while to note.
    churn(rows).await?;
    let folder = tempfile::tempdir().context("cannot make a folder for the logs")?;
    for count in [1, 3] {
        progress(format!("the disk alone, then commits of {count} member(s)"));
        let floor = bench::floor(folder.path(), RUN).context("cannot write to the disk")?;
        rows.push(Row::new("append and fdatasync of 4 KiB, p50 (p99)", latency(&floor), "-"));
        let members = bench::members(&folder.path().join(count.to_string()), count).await?;
        if let Some(leader) = members.first().cloned() {
            let leader: Arc<dyn Store> = leader;
            for clients in CLIENTS {
                let figures = bench::commits(&leader, clients, RUN).await;
                let name = format!("commits, {count} member(s), {clients} client(s)");
                let target = match (count, clients) {
                    (1, 1) => format!("p50 ≤ {:.2} ms", target(floor.p50).as_secs_f64() * 1e3),
                    _ => "-".into(),
                };
                rows.push(Row::new(name, format!("{:.0}/s, {}", figures.rate(), latency(&figures)), target));
            }
        }
        for member in members {
            member.close().await;
        }
    }
    Ok(())
}

/// Commits while the past is compacted all the time, beside an append on a disk on which another file is written to as
/// much: what the disk itself stalls.
async fn churn(rows: &mut Vec<Row>) -> Result<()> {
    let folder = tempfile::tempdir().context("cannot make a folder for the log")?;
    // What others left to be written would be waited for here.
    nix::unistd::sync();
    progress("commits while the past is compacted all the time");
    let before = written(folder.path());
    let figures = bench::churn(&folder.path().join("churn"), 16, RUN * 4).await?;
    let bytes = written(folder.path()).zip(before).map_or(0, |(after, before)| after.saturating_sub(before));
    let rate = bytes / (RUN * 4).as_secs();
    progress("the disk alone, written to as much");
    let floor = bench::floor_beside(folder.path(), RUN * 4, rate).context("cannot write to the disk")?;
    let name = format!("append and fdatasync beside {} MB/s, p99.9, worst", rate / 1_000_000);
    rows.push(Row::new(name, format!("{}, {}", latency(&floor), tail(&floor)), "-"));
    let figure = format!("{:.0}/s, {}, {}", figures.rate(), latency(&figures), tail(&figures));
    rows.push(Row::new("commits, constant compaction, 16 clients, p99.9, worst", figure, "10 ms, or 10 more"));
    Ok(())
}

/// Bytes that the disk below `folder` has been given to write, by anybody; `None` where the system does not tell. What a process is
/// said to have written counts a page, or all of a run of pages, for each of its bytes.
fn written(folder: &Path) -> Option<u64> {
    let device = std::fs::metadata(folder).ok()?.dev();
    let stat = format!("/sys/dev/block/{}:{}/stat", nix::sys::stat::major(device), nix::sys::stat::minor(device));
    let sectors: u64 = std::fs::read_to_string(stat).ok()?.split_whitespace().nth(SECTORS_WRITTEN)?.parse().ok()?;
    Some(sectors * SECTOR)
}

/// Where `/sys/dev/block/*/stat` tells what was written, and its unit (the kernel's Documentation/block/stat.rst).
const SECTORS_WRITTEN: usize = 6;
const SECTOR: u64 = 512;

/// What one commit may take on a disk that takes `floor`.
fn target(floor: Duration) -> Duration {
    floor.mul_f64(1.25) + Duration::from_micros(150)
}

/// The longest of a thousand, and the longest.
fn tail(figures: &bench::Figures) -> String {
    format!("{:.1}, {:.1} ms", ms(figures.p999), ms(figures.worst))
}

fn latency(figures: &bench::Figures) -> String {
    format!("{:.2} ({:.2}) ms", ms(figures.p50), ms(figures.p99))
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::Figures;

/// What the writer beside the floor writes at once,
const CHUNK: usize = 256 << 10;
/// syncs at once,
const SYNCED: usize = 8;
/// and writes over again, in chunks.
const ROUND: usize = 256;

/// Appends blocks of 4 KiB to a new file in `folder`, each synced, for `limit`: no store on this disk
/// answers one durable write sooner. The file stays: to free its blocks would slow down what is measured next. Blocks its
/// thread.
///
/// # Errors
/// What the system says of the file.
pub fn floor(folder: &Path, limit: Duration) -> io::Result<Figures> {
    let mut file = new_file(folder, "floor")?;
    let block = [7; 4096];
    let mut latencies = Vec::new();
    let start = Instant::now();
    while start.elapsed() < limit {
        let before = Instant::now();
        file.write_all(&block)?;
        file.sync_data()?;
        latencies.push(before.elapsed());
    }
    Ok(Figures::of(1, start.elapsed(), latencies, 0))
}

/// The same while another thread writes `bytes_per_s` to another file and syncs them, two mebibytes at a time: what the
/// disk itself makes an append wait when somebody else uses it.
///
/// # Errors
/// What the system says of the files.
pub fn floor_beside(folder: &Path, limit: Duration, bytes_per_s: u64) -> io::Result<Figures> {
    let other = new_file(folder, "beside")?;
    let ended = AtomicBool::new(false);
    thread::scope(|scope| {
        let beside = scope.spawn(|| write_beside(&other, bytes_per_s, &ended));
        let figures = floor(folder, limit);
        ended.store(true, Ordering::Release);
        beside.thread().unpark();
        beside.join().map_err(|_| io::Error::other("the other writer has panicked"))??;
        figures
    })
}

fn write_beside(file: &File, bytes_per_s: u64, ended: &AtomicBool) -> io::Result<()> {
    let chunk = vec![8; CHUNK];
    let start = Instant::now();
    let due = |number: usize| Duration::from_secs_f64((number * CHUNK) as f64 / bytes_per_s.max(1) as f64);
    for number in 0.. {
        if ended.load(Ordering::Acquire) {
            break;
        }
        file.write_all_at(&chunk, (number % ROUND * CHUNK) as u64)?;
        if number % SYNCED == SYNCED - 1 {
            file.sync_data()?;
        }
        // Paced by the clock: there is nothing to wait for but time.
        thread::park_timeout(due(number + 1).saturating_sub(start.elapsed()));
    }
    Ok(())
}

/// A new file in `folder` whose name begins with `name`.
fn new_file(folder: &Path, name: &str) -> io::Result<File> {
    let free = (0..).map(|number| folder.join(format!("{name}-{number}"))).find(|path| !path.exists());
    File::create_new(free.unwrap_or_else(|| folder.join(name)))
}

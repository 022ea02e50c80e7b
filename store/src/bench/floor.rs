use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use super::Figures;

/// Appends blocks of 4 KiB to a new file in `folder`, each synced, for `limit`: no store on this disk
/// answers one durable write sooner. The file is removed at the end. Blocks its thread.
///
/// # Errors
/// What the system says of the file.
pub fn floor(folder: &Path, limit: Duration) -> io::Result<Figures> {
    let path = folder.join("floor");
    let mut file = File::create(&path)?;
    let block = [7; 4096];
    let mut latencies = Vec::new();
    let start = Instant::now();
    while start.elapsed() < limit {
        let before = Instant::now();
        file.write_all(&block)?;
        file.sync_data()?;
        latencies.push(before.elapsed());
    }
    let figures = Figures::of(1, start.elapsed(), latencies, 0);
    std::fs::remove_file(path)?;
    Ok(figures)
}

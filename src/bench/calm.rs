//! Three masters on a machine without a moment to spare: nobody else may be elected.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Result;

use super::load::{self, CONNECTIONS};
use super::masters::Masters;
use super::table::{Row, progress};

/// Threads per core that compute without end.
const BUSY: usize = 2;
/// Objects that are patched all the time.
const OBJECTS: usize = 1_000;
/// Between two looks at who leads.
const LOOK: Duration = Duration::from_millis(500);

/// Counts the elections within `time` while every core is busy and clients write.
pub async fn calm(time: Duration, rows: &mut Vec<Row>) -> Result<()> {
    let masters = Masters::three().await?;
    let leader = masters.leader().await?;
    let peer = masters.peer(leader)?;
    load::prepare(&peer).await?;
    load::throughput(&peer, OBJECTS, load::create_config_map).await?;
    let before = masters.term(leader).await?;
    let busy = Busy::start();
    let (start, mut written) = (Instant::now(), 0);
    let mut newest = before;
    while start.elapsed() < time {
        progress(format!("every core is busy: {} of {} s, term {newest}", start.elapsed().as_secs(), time.as_secs()));
        let patches = load::throughput(&peer, OBJECTS * 5, load::patch_config_map).await;
        written += if patches.is_ok() { OBJECTS * 5 } else { 0 };
        let leader = masters.leader().await?;
        newest = newest.max(masters.term(leader).await?);
        tokio::time::sleep(LOOK).await;
    }
    drop(busy);
    let name = format!("elections in {:.0} min at 100 % CPU", time.as_secs_f64() / 60.0);
    rows.push(Row::new(name, format!("{} ({written} writes, {CONNECTIONS} clients)", newest - before), "0"));
    Ok(())
}

/// Keeps every core busy for as long as it lives.
struct Busy {
    stop: Arc<AtomicBool>,
    threads: Vec<std::thread::JoinHandle<u64>>,
}

impl Busy {
    fn start() -> Self {
        let stop = Arc::<AtomicBool>::default();
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let one = |_| {
            let stop = Arc::clone(&stop);
            std::thread::spawn(move || {
                let mut number = 1u64;
                while !stop.load(Ordering::Relaxed) {
                    number = std::hint::black_box(number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1));
                }
                number
            })
        };
        let threads = (0..cores * BUSY).map(one).collect();
        Self { stop, threads }
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            // It computes and cannot fail.
            let _ = thread.join();
        }
    }
}

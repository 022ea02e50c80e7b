//! One and three masters through their API: throughput, fail-over, joining.

use std::time::Duration;

use anyhow::Result;

use super::failover::failover;
use super::load::{self, CONNECTIONS, LARGE};
use super::masters::Masters;
use super::peer::Peer;
use super::table::{Row, progress};

/// Clients of the loads.
const CLIENTS: [usize; 4] = [1, 16, 64, 1_000];
/// Requests of the load of one client.
const SERIAL: usize = 1_000;

/// Creates a second at several numbers of clients, through one master and through three.
pub async fn throughput(requests: usize, rows: &mut Vec<Row>) -> Result<()> {
    let mut alone = Vec::new();
    for count in [1, 3] {
        progress(format!("creates through {count} master(s)"));
        let masters = if count == 1 { Masters::one().await? } else { Masters::three().await? };
        let leader = masters.peer(masters.leader().await?)?;
        let all: Vec<Peer> = (0..count).map(|at| masters.peer(at)).collect::<Result<_>>()?;
        load::prepare(&leader).await?;
        let mut from = 0;
        for (at, clients) in CLIENTS.into_iter().enumerate() {
            let total = if clients == 1 { SERIAL.min(requests) } else { requests };
            let rate = load::spread(std::slice::from_ref(&leader), clients, from..from + total, load::create_config_map).await?;
            from += total;
            let target = match (count, clients, alone.get(at)) {
                (1, 64, _) => "16,000/s".into(),
                (3, _, Some(alone)) => format!("a quarter: {:.0}/s", alone / 4.0),
                _ => "-".into(),
            };
            rows.push(Row::new(
                format!("create ConfigMap, {count} master(s), {clients} client(s)"),
                format!("{rate:.0}/s"),
                target,
            ));
            if count == 1 {
                alone.push(rate);
            }
        }
        if count == 3 {
            let rate = load::spread(&all, CONNECTIONS, from..from + requests, load::create_config_map).await?;
            let target = alone.get(2).map_or_else(|| "-".into(), |alone| format!("a quarter: {:.0}/s", alone / 4.0));
            rows.push(Row::new("the same, 64 clients over all masters", format!("{rate:.0}/s"), target));
        }
    }
    Ok(())
}

/// What killing the leader of three masters costs.
pub async fn kills(kills: usize, rows: &mut Vec<Row>) -> Result<()> {
    let mut masters = Masters::three().await?;
    load::prepare(&masters.peer(masters.leader().await?)?).await?;
    let gaps = failover(&mut masters, kills, |round| progress(format!("killing the leader: {} of {kills}", round + 1))).await?;
    let mut writes: Vec<Duration> = gaps.iter().map(|gap| gap.writes).collect();
    let mut acted: Vec<Duration> = gaps.iter().map(|gap| gap.reconcilers).collect();
    rows.push(Row::new(format!("writes resume after a kill, p50 ({kills})"), percentile(&mut writes, 50), "≤ 300 ms"));
    rows.push(Row::new("the same, p99", percentile(&mut writes, 99), "≤ 1 s"));
    rows.push(Row::new("reconcilers act after a kill, p50", percentile(&mut acted, 50), "-"));
    rows.push(Row::new("the same, at most", percentile(&mut acted, 100), "≤ 2 s"));
    Ok(())
}

/// How long a new master takes to hold `bytes` of objects.
pub async fn join(bytes: u64, rows: &mut Vec<Row>) -> Result<()> {
    let mut masters = Masters::one().await?;
    let peer = masters.peer(0)?;
    load::prepare(&peer).await?;
    let count = usize::try_from(bytes / LARGE as u64)?.max(1);
    let step = count.div_ceil(10);
    for from in (0..count).step_by(step) {
        progress(format!("writing {} MB for a new master: {} %", bytes / 1_000_000, from * 100 / count));
        load::spread(std::slice::from_ref(&peer), 8, from..count.min(from + step), load::create_large).await?;
    }
    progress("a new master joins");
    let took = masters.join(true).await?;
    let name = format!("a master joins and holds {} MB", bytes / 1_000_000);
    rows.push(Row::new(name, format!("{:.1} s", took.as_secs_f64()), "-"));
    Ok(())
}

/// The value below which `percent` of them lie.
fn percentile(times: &mut [Duration], percent: usize) -> String {
    times.sort_unstable();
    let at = (times.len() * percent / 100).min(times.len().saturating_sub(1));
    times.get(at).map_or_else(|| "-".into(), |time| format!("{} ms", time.as_millis()))
}

//! What many writes leave behind: memory, and the next start.

use anyhow::{Context, Result};

use super::load;
use super::peer::Peer;
use super::process::{Place, Server};
use super::run::megabytes;
use super::table::{Row, progress};

/// Values of 100 kB: about a gigabyte.
const LARGE_WRITES: usize = 10_000;
/// Patches of small objects, a commit each.
const SMALL_WRITES: usize = 140_000;
/// Objects that the patches go round.
const SMALL: usize = 1_000;
/// Clients that write large values.
const CLIENTS: usize = 8;

/// The resident memory of one server after a gigabyte in large values, after as many small writes as fill the window of
/// watches, and how soon it is ready again after it was killed then.
pub async fn measure(rows: &mut Vec<Row>) -> Result<()> {
    let folder = tempfile::tempdir().context("cannot make a folder for the server's data")?;
    let place = Place::alone(folder.path())?;
    let way = || Peer::own(&place.data, place.api());
    let server = Server::start(&place, &["up"], way).await?;
    let peer = way()?;
    load::prepare(&peer).await?;
    progress("one server: a gigabyte in values of 100 kB");
    let one = std::slice::from_ref(&peer);
    load::spread(one, CLIENTS, 0..load::REPLACED, load::replace_large).await?;
    load::spread(one, CLIENTS, load::REPLACED..LARGE_WRITES, load::replace_large).await?;
    rows.push(Row::new("resident memory after 1 GB in 100 kB values", megabytes(server.resident()?), "-"));
    progress(format!("one server: {SMALL_WRITES} patches"));
    load::throughput(&peer, SMALL, load::create_config_map).await?;
    load::throughput(&peer, SMALL_WRITES, load::patch_config_map).await?;
    rows.push(Row::new(format!("the same after {SMALL_WRITES} patches more"), megabytes(server.resident()?), "-"));
    drop(server);
    progress("one server: start after a kill");
    let server = Server::start(&place, &["up"], way).await?;
    rows.push(Row::new("ready after a kill with all that behind it", format!("{} ms", server.ready.as_millis()), "< 500 ms"));
    rows.push(Row::new("resident memory then", megabytes(server.resident()?), "-"));
    Ok(())
}

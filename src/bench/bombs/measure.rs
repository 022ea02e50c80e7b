//! What refusing each bomb costs a fresh server.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use hyper::Method;
use hyper::body::Bytes;

use super::list::{Bomb, bombs, long_lists, long_pod};
use crate::bench::connection::{Connection, Refused};
use crate::bench::peer::Peer;
use crate::bench::process::{Place, Server};
use crate::bench::table::{Row, progress};

/// How often each is sent, for the kernel counts processor time in hundredths of a second.
const TIMES: u32 = 20;
/// Bytes of the largest body that is read.
const LARGEST: f64 = 3_145_728.0;
/// How long a namespace may be without its service account.
const PREPARED: Duration = Duration::from_secs(10);

/// Sends every bomb to a server of its own.
///
/// # Errors
/// Where one is not refused, or no server can be started.
pub async fn measure(rows: &mut Vec<Row>) -> Result<()> {
    let small = bombs().into_iter().map(|bomb| (bomb, "20 ms, 4× a body of 3 MiB"));
    let long = long_lists().into_iter().map(|bomb| (bomb, "200 ms, 20× a body of 3 MiB"));
    for (bomb, wanted) in small.chain(long) {
        progress(format!("bomb: {}", bomb.name));
        rows.push(one(&bomb, wanted).await.with_context(|| bomb.name.to_owned())?);
    }
    Ok(())
}

async fn one(bomb: &Bomb, wanted: &'static str) -> Result<Row> {
    let folder = tempfile::tempdir().context("cannot make a folder for the server's data")?;
    let place = Place::alone(folder.path())?;
    let server = Server::start(&place, &["up"], || Peer::own(&place.data, place.api())).await?;
    let mut connection = Connection::open(&Peer::own(&place.data, place.api())?).await?;
    // What tables a first request reads is no matter of the bomb.
    prepare(&mut connection).await?;
    refused(&mut connection, bomb).await?;
    let (memory, cpu) = (server.mark()?, server.cpu()?);
    for _ in 0..TIMES {
        refused(&mut connection, bomb).await?;
    }
    let milliseconds = (server.cpu()? - cpu) * 1e3 / f64::from(TIMES);
    let factor = server.peak()?.saturating_sub(memory) as f64 / LARGEST;
    let figure = format!("{milliseconds:.1} ms, {factor:.1}×");
    Ok(Row::new(format!("bomb: {}", bomb.name), figure, wanted))
}

/// Makes the pod that patches are of, as soon as its namespace has a service account.
async fn prepare(connection: &mut Connection) -> Result<()> {
    let begun = Instant::now();
    let mut attempts = tokio::time::interval(Duration::from_millis(5));
    loop {
        attempts.tick().await;
        let body = Bytes::from(long_pod().to_string());
        let made = connection.call(Method::POST, "/api/v1/namespaces/default/pods", "application/json", body).await;
        match made {
            Ok(_) => return Ok(()),
            Err(error) if begun.elapsed() > PREPARED => return Err(error),
            Err(_) => {}
        }
    }
}

async fn refused(connection: &mut Connection, bomb: &Bomb) -> Result<()> {
    let method = Method::from_bytes(bomb.method.as_bytes())?;
    match connection.call(method, bomb.path, bomb.media, Bytes::from(bomb.body.clone())).await {
        Ok(_) => bail!("it was taken"),
        Err(error) => match error.downcast_ref::<Refused>() {
            Some(refused) if refused.code < 500 => Ok(()),
            _ => Err(error),
        },
    }
}

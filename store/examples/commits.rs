//! Commits per second of one and of three members at 1, 16, 64 and 256 clients beside the disk's own floor.
//! `cargo run --release -p kontiki-store --example commits [FOLDER]`

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use kontiki_store::{SqliteConfig, SqliteStore, Store, bench};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let limit = Duration::from_secs(3);
    let parent = std::env::args_os().nth(1).map_or_else(|| PathBuf::from("target"), PathBuf::from);
    let folder = tempfile::tempdir_in(parent)?;
    for count in [1, 3] {
        println!("append+sync  {}", bench::floor(folder.path(), limit)?);
        let own = folder.path().join(format!("of-{count}"));
        let members = bench::members(&own, count).await?;
        let Some(leader) = members.first().cloned() else { continue };
        let leader: Arc<dyn Store> = leader;
        for clients in [1, 16, 64, 256] {
            println!("{count} members    {}", bench::commits(&leader, clients, limit).await);
        }
        let start = Instant::now();
        for member in members {
            member.close().await;
        }
        println!("closed in {:?}", start.elapsed());
    }
    for clients in [1, 64] {
        let own = folder.path().join(format!("churn-{clients}"));
        println!("compacting   {}", bench::churn(&own, clients, limit).await?);
    }
    let start = Instant::now();
    let store = SqliteStore::open(SqliteConfig::single(folder.path().join("of-1/1"))).await?;
    println!("opened again in {:?}, {:?}", start.elapsed(), store.status());
    store.close().await;
    Ok(())
}

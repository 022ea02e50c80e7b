//! Commits per second at 1, 16 and 64 clients beside the disk's own floor.
//! `cargo run --release -p kontiki-store --example commits [FOLDER]`

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use kontiki_store::{SqliteConfig, SqliteStore, Store, bench};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let limit = Duration::from_secs(3);
    let parent = std::env::args_os().nth(1).map_or_else(|| PathBuf::from("target"), PathBuf::from);
    let folder = tempfile::tempdir_in(parent)?;
    println!("append+sync  {}", bench::floor(folder.path(), limit)?);
    let start = std::time::Instant::now();
    let store: Arc<dyn Store> = SqliteStore::open(SqliteConfig::single(folder.path())).await?;
    println!("opened in {:?}", start.elapsed());
    for clients in [1, 16, 64, 256] {
        println!("commits      {}", bench::commits(&store, clients, limit).await);
    }
    let start = std::time::Instant::now();
    store.close().await;
    println!("closed in {:?}", start.elapsed());
    let start = std::time::Instant::now();
    let store = SqliteStore::open(SqliteConfig::single(folder.path())).await?;
    println!("opened again in {:?}, {:?}", start.elapsed(), store.status());
    store.close().await;
    Ok(())
}

use std::sync::Arc;

use kontiki_store::{SqliteConfig, SqliteStore};
use tempfile::TempDir;

async fn open() -> (Arc<SqliteStore>, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(SqliteConfig::single(folder.path())).await.unwrap();
    (store, folder)
}

crate::suite::whole_suite!(open());

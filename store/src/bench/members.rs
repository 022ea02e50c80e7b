use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use crate::peers::LocalNetwork;
use crate::{Member, MemberError, OpenError, SqliteConfig, SqliteStore, Start, Store};

/// Why members could not be started.
#[derive(Debug, thiserror::Error)]
pub enum MembersError {
    /// One does not open.
    #[error("a member does not open")]
    Open(#[from] OpenError),
    /// They do not become one cluster.
    #[error("the members do not come together")]
    Members(#[from] MemberError),
    /// The key that they share cannot be handed over.
    #[error("the cluster's key cannot be copied")]
    Key(#[from] std::io::Error),
}

/// `count` voters of one cluster in this process, each with its files below `folder`, joined by a network without
/// encryption. The first leads. Must be called within a tokio runtime.
///
/// # Errors
/// [`MembersError`].
pub async fn members(folder: &Path, count: u64) -> Result<Vec<Arc<SqliteStore>>, MembersError> {
    let network = LocalNetwork::default();
    let mut stores: Vec<Arc<SqliteStore>> = Vec::new();
    for id in 1..=count {
        let own = folder.join(id.to_string());
        std::fs::create_dir_all(&own)?;
        if id > 1 {
            std::fs::copy(folder.join("1/cluster.key"), own.join("cluster.key"))?;
        }
        let member = Member { id, address: format!("127.0.0.1:{id}") };
        let start = if id == 1 { Start::Found } else { Start::Join };
        let config = SqliteConfig { member: member.clone(), start, ..SqliteConfig::single(own) };
        let store = SqliteStore::open_among(config, Arc::new(network.transport(id))).await?;
        if let Some(leader) = stores.first() {
            leader.add_member(member).await?;
        }
        stores.push(store);
    }
    if let Some(leader) = stores.first().filter(|_| count > 1) {
        leader.members_when(|members| members.iter().all(|member| member.caught_up)).await;
        leader.promote_members((2..=count).collect::<BTreeSet<u64>>()).await?;
        let _ = leader.leadership().wait_for(|now| now.own.is_some()).await;
    }
    Ok(stores)
}

//! Programs written with kube-rs.

mod collections;
mod controller;
mod objects;
mod watches;

use std::time::Duration;

use futures::{Stream, StreamExt};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::core::Status;
use kube::{Client, Config};

use crate::node::Cluster;

/// A client of `cluster`'s administrator; to be used inside the cluster's network.
pub async fn client(cluster: &Cluster) -> Client {
    let file = Kubeconfig::read_from(cluster.data().join("admin.kubeconfig")).unwrap();
    let config = Config::from_custom_kubeconfig(file, &KubeConfigOptions::default()).await.unwrap();
    Client::try_from(config).unwrap()
}

/// The next item of `stream`, which comes within a minute.
async fn next<S: Stream + Unpin>(stream: &mut S) -> S::Item {
    let item = tokio::time::timeout(Duration::from_secs(60), stream.next()).await;
    item.expect("nothing came within a minute").expect("the stream ended")
}

/// What `refused` was refused with.
fn refusal<T>(refused: Result<T, kube::Error>) -> Status {
    match refused {
        Err(kube::Error::Api(status)) => *status,
        Err(error) => panic!("not a refusal: {error}"),
        Ok(_) => panic!("it went well"),
    }
}

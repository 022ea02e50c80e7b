//! The start, the wait for Ctrl-C, the end.

use std::sync::Arc;

use anyhow::{Context, Result};
use kontiki_reconcilers::garbage_collector::GarbageCollector;
use kontiki_reconcilers::node_lifecycle::NodeLifecycle;
use kontiki_reconcilers::pod_gc::PodGc;
use kontiki_runtime::clock::SystemClock;
use kontiki_runtime::effect::NoPort;
use kontiki_runtime::engine::{EngineBuilder, EngineHandle, Options};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::args::UpArgs;
use super::control_plane::{ControlPlane, kubeconfigs};
use super::machine;
use super::signer::Signer;
use super::steps::Steps;

/// Runs the cluster until Ctrl-C or SIGTERM.
///
/// # Errors
/// Where a part cannot start: says which, and why.
pub async fn run(args: UpArgs) -> Result<()> {
    let mut steps = Steps::new();
    println!("kontiki {} in {}", env!("CARGO_PKG_VERSION"), args.data_dir.display());
    let stop = CancellationToken::new();
    let address = args.node_ip.or_else(machine::route_address).unwrap_or(std::net::Ipv4Addr::new(10, 244, 0, 1));
    let plane = ControlPlane::start(&args, address, &stop, &mut steps).await?;
    let engine = reconcilers(&plane, &stop)?;
    steps.done("reconcilers and scheduler");
    let hint = kubeconfigs(&args, &plane.pki)?;
    println!(
        "ready after {:.0} ms. In another terminal:\n\n  {hint}\n\nCtrl-C stops the cluster; containers keep running.",
        steps.total_ms()
    );
    wait_for_end().await?;
    println!("stopping");
    stop.cancel();
    engine.join().await;
    plane.end().await;
    Ok(())
}

async fn wait_for_end() -> Result<()> {
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
    tokio::select! {
        outcome = tokio::signal::ctrl_c() => outcome.context("cannot listen for Ctrl-C"),
        _ = terminate.recv() => Ok(()),
    }
}

fn reconcilers(plane: &ControlPlane, stop: &CancellationToken) -> Result<EngineHandle> {
    let signer = Signer { tokens: plane.tokens.clone(), store: plane.store.clone(), authority: plane.pki.authority().into() };
    let builder = EngineBuilder::new(plane.client.clone(), Arc::new(SystemClock::default()))
        .kinds(plane.kinds.clone())
        .signer(Arc::new(signer))
        .leader(plane.store.revision().0)
        .register(GarbageCollector::new((*plane.kinds).clone()), NoPort, Options::controller("generic-garbage-collector"))
        .register(PodGc::default(), NoPort, Options::controller("pod-garbage-collector"))
        .register(NodeLifecycle, NoPort, Options::controller("node"));
    builder.start(&tokio::runtime::Handle::current(), stop).context("cannot start the reconcilers' thread")
}

//! The start, the wait for Ctrl-C, the end.

use std::path::Path;

use anyhow::{Context, Result};
use kontiki_kubelet::simulated_nodes::{SimulatedNodes, SimulatedNodesConfig};
use kontiki_runtime::engine::EngineHandle;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::args::UpArgs;
use super::components;
use super::control_plane::{ControlPlane, kubeconfigs};
use super::machine;
use super::node::Node;
use super::reconcilers::{controllers, scheduler};
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
    let mut engines = vec![controllers(&plane, &stop)?, scheduler(&plane, &stop)?];
    for (name, engine) in ["controllers", "scheduler"].into_iter().zip(&engines) {
        show(&plane, name, engine, args.record.as_deref())?;
    }
    steps.done("reconcilers and scheduler");
    let node = if args.no_node { None } else { Some(Node::start(&args, &plane, &stop, &mut steps).await?) };
    if let Some(node) = &node {
        show(&plane, "proxy", &node.network.engine, args.record.as_deref())?;
    }
    if let Some(simulated) = simulated_nodes(&args, &plane, &stop)? {
        show(&plane, "simulated-nodes", &simulated, args.record.as_deref())?;
        engines.push(simulated);
    }
    if args.component_ports {
        component_ports(&plane, &engines, node.as_ref(), &stop).await;
    }
    let hint = kubeconfigs(&args, &plane.pki)?;
    println!(
        "ready after {:.0} ms. In another terminal:\n\n  {hint}\n\nCtrl-C stops the cluster; containers keep running.",
        steps.total_ms()
    );
    wait_for_end().await?;
    println!("stopping");
    stop.cancel();
    let left = match node {
        Some(node) => node.end().await,
        None => 0,
    };
    for engine in engines {
        engine.join().await;
    }
    plane.end().await;
    if left > 0 {
        println!("the containers of {left} pods stay in Docker, with their network; the next start takes them over");
    }
    Ok(())
}

/// Shows `engine` below `/debug/`, and records it where that is wanted.
fn show(plane: &ControlPlane, name: &'static str, engine: &EngineHandle, record: Option<&Path>) -> Result<()> {
    plane.debug.show(name, engine);
    let Some(folder) = record else { return Ok(()) };
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let path = folder.join(name).with_extension("jsonl");
    let file = std::fs::File::create(&path).with_context(|| format!("cannot make {}", path.display()))?;
    engine.record(Some(plane.debug.sink(std::io::BufWriter::new(file))?));
    Ok(())
}

async fn wait_for_end() -> Result<()> {
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
    tokio::select! {
        outcome = tokio::signal::ctrl_c() => outcome.context("cannot listen for Ctrl-C"),
        _ = terminate.recv() => Ok(()),
    }
}

fn simulated_nodes(args: &UpArgs, plane: &ControlPlane, stop: &CancellationToken) -> Result<Option<EngineHandle>> {
    if args.simulated_nodes == 0 {
        return Ok(None);
    }
    let config = SimulatedNodesConfig {
        count: args.simulated_nodes,
        prefix: "simulated-".into(),
        client: plane.client.clone(),
        start_id: plane.start_id,
    };
    SimulatedNodes::start(config, stop).map(Some).context("cannot start the simulated nodes")
}

async fn component_ports(plane: &ControlPlane, engines: &[EngineHandle], node: Option<&Node>, stop: &CancellationToken) {
    let control = [components::CONTROLLERS, components::SCHEDULER];
    for (engine, ports) in engines.iter().zip(control) {
        components::serve(ports, engine, &plane.debug, stop).await;
    }
    if let Some(node) = node {
        components::serve(components::PROXY, &node.network.engine, &plane.debug, stop).await;
    }
}

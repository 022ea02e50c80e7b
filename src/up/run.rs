//! The start, the wait for Ctrl-C, the end.

use std::path::Path;

use anyhow::{Context, Result, anyhow};
use kontiki_kubelet::simulated_nodes::{SimulatedNodes, SimulatedNodesConfig};
use kontiki_runtime::engine::EngineHandle;
use kontiki_store::Range;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::args::UpArgs;
use super::components;
use super::control_plane::{ControlPlane, kubeconfigs};
use super::debug::Debug;
use super::node::Node;
use super::open_files::raise_open_files;
use super::reconcilers::Control;
use super::steps::Steps;
use crate::backup::Sandbox;
use crate::members::{Identity, Lead};

/// Runs the cluster until Ctrl-C or SIGTERM.
///
/// # Errors
/// Where a part cannot start: says which, and why.
pub async fn run(mut args: UpArgs) -> Result<()> {
    let sandbox = Sandbox::read(&args.data_dir)?;
    if let Some(sandbox) = &sandbox {
        println!("a sandbox as of revision {} ({}): its nodes are simulated", sandbox.revision, sandbox.time);
        args.keep_apart();
    }
    let mut steps = Steps::new();
    raise_open_files();
    println!("kontiki {} in {}", env!("CARGO_PKG_VERSION"), args.data_dir.display());
    let stop = CancellationToken::new();
    let plane = ControlPlane::start(&args, args.address(), &stop, &mut steps).await?;
    let mut acting = watch::channel(false);
    let task = tokio::spawn(lead(&args, &plane).run(stop.clone(), acting.0));
    if plane.store.leadership().borrow().own.is_some() {
        let _ = acting.1.wait_for(|acting| *acting).await;
        steps.done("reconcilers and scheduler");
    }
    let mut engines = Vec::new();
    let node = if args.no_node { None } else { Some(Node::start(&args, &plane, &stop, &mut steps).await?) };
    if let Some(node) = &node {
        show(&plane.debug, "kubelet", node.engine(), args.record.as_deref())?;
        show(&plane.debug, "proxy", &node.network.engine, args.record.as_deref())?;
    }
    if let Some(simulated) = simulated_nodes(&args, &plane, sandbox.is_some(), &stop)? {
        show(&plane.debug, "simulated-nodes", &simulated, args.record.as_deref())?;
        engines.push(simulated);
    }
    if args.component_ports {
        component_ports(&plane, node.is_some(), &stop).await;
    }
    let hint = kubeconfigs(&args, &plane.pki)?;
    println!(
        "ready after {:.0} ms. In another terminal:\n\n  {hint}\n\nCtrl-C stops the cluster; containers keep running.",
        steps.total_ms()
    );
    let ended = wait_for_end(&plane, &args.data_dir).await;
    println!("stopping");
    stop.cancel();
    let left = match node {
        Some(node) => node.end().await,
        None => 0,
    };
    for engine in engines {
        engine.join().await;
    }
    let _ = task.await;
    plane.end().await;
    if left > 0 {
        println!("the containers of {left} pods stay in Docker, with their network; the next start takes them over");
    }
    ended
}

/// Shows `engine` below `/debug/`, and records it where that is wanted.
pub(super) fn show(debug: &Debug, name: &'static str, engine: &EngineHandle, record: Option<&Path>) -> Result<()> {
    debug.show(name, engine);
    let Some(folder) = record else { return Ok(()) };
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let path = folder.join(name).with_extension("jsonl");
    let file = std::fs::File::create(&path).with_context(|| format!("cannot make {}", path.display()))?;
    engine.record(Some(debug.sink(std::io::BufWriter::new(file))?));
    Ok(())
}

/// # Errors
/// Where the cluster was recovered without this master, or this master was removed, or its API cannot be reached any more.
async fn wait_for_end(plane: &ControlPlane, data_dir: &Path) -> Result<()> {
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
    let (mut left_behind, mut removed) = (plane.left_behind.clone(), plane.log.removed());
    let told = async {
        let told = left_behind.wait_for(Option::is_some).await.map(|told| *told);
        match told {
            Ok(Some(member)) => member,
            _ => std::future::pending().await,
        }
    };
    let removed = async {
        if removed.wait_for(|removed| *removed).await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        outcome = tokio::signal::ctrl_c() => outcome.context("cannot listen for Ctrl-C"),
        _ = terminate.recv() => Ok(()),
        member = told => {
            Identity::leave_behind(data_dir)?;
            ended(data_dir).with_context(|| format!("member {member} has told this master to end"))
        }
        () = removed => {
            Identity::remove(data_dir)?;
            ended(data_dir)
        }
        () = plane.deaf() => Err(anyhow!("nothing listens at the API's port any more")),
    }
}

/// Says why the master in this folder is none any more.
fn ended(data_dir: &Path) -> Result<()> {
    Identity::read(data_dir)?.map_or(Ok(()), |found| found.check())
}

fn simulated_nodes(args: &UpArgs, plane: &ControlPlane, sandbox: bool, stop: &CancellationToken) -> Result<Option<EngineHandle>> {
    let nodes = if sandbox { plane.store.list(&Range::Resource("nodes".into())).objects } else { Vec::new() };
    if args.simulated_nodes == 0 && nodes.is_empty() {
        return Ok(None);
    }
    let config = SimulatedNodesConfig {
        count: args.simulated_nodes,
        prefix: "simulated-".into(),
        named: nodes.iter().map(|node| node.key.name.clone()).collect(),
        client: plane.client.clone(),
        start_id: plane.start_id,
    };
    SimulatedNodes::start(config, stop).map(Some).context("cannot start the simulated nodes")
}

/// What this master does while it leads.
fn lead(args: &UpArgs, plane: &ControlPlane) -> Lead {
    Lead {
        store: plane.log.clone(),
        kinds: plane.kinds.clone(),
        bootstrap: plane.bootstrap(args),
        record: plane.record.clone(),
        changed: plane.members_changed.clone(),
        control: Control::of(plane, args.record.clone(), args.api.event_ttl),
        issued: plane.issued.clone(),
    }
}

async fn component_ports(plane: &ControlPlane, node: bool, stop: &CancellationToken) {
    components::serve(components::CONTROLLERS, "controllers", &plane.debug, stop).await;
    components::serve(components::SCHEDULER, "scheduler", &plane.debug, stop).await;
    if node {
        components::serve(components::PROXY, "proxy", &plane.debug, stop).await;
    }
}

//! The reconcilers of the control plane, each as upstream's controller of that name.

use std::sync::Arc;

use anyhow::{Context, Result};
use kontiki_api::view::{ReplicaSet, ReplicationController};
use kontiki_reconcilers::deployment::Deployments;
use kontiki_reconcilers::endpoint_slice::EndpointSlices;
use kontiki_reconcilers::endpoints::EndpointsReconciler;
use kontiki_reconcilers::garbage_collector::GarbageCollector;
use kontiki_reconcilers::namespace::Namespaces;
use kontiki_reconcilers::node_lifecycle::NodeLifecycle;
use kontiki_reconcilers::pod_gc::PodGc;
use kontiki_reconcilers::replica_set::Replicas;
use kontiki_reconcilers::root_ca::RootCa;
use kontiki_reconcilers::scheduler::Scheduler;
use kontiki_reconcilers::service_account::DefaultServiceAccount;
use kontiki_reconcilers::token::Tokens;
use kontiki_runtime::clock::SystemClock;
use kontiki_runtime::effect::NoPort;
use kontiki_runtime::engine::{EngineBuilder, EngineHandle, Options};
use kontiki_runtime::execute::Identity;
use tokio_util::sync::CancellationToken;

use super::control_plane::ControlPlane;
use super::signer::Signer;

/// Starts every reconciler but the scheduler, on one engine.
pub fn controllers(plane: &ControlPlane, stop: &CancellationToken) -> Result<EngineHandle> {
    let authority = plane.pki.authority();
    let signer = Signer { tokens: plane.tokens.clone(), store: plane.store.clone(), authority: authority.into() };
    builder(plane)
        .signer(Arc::new(signer))
        .register(Namespaces::new(&plane.kinds), NoPort, Options::controller("namespace"))
        .register(DefaultServiceAccount, NoPort, Options::controller("service-account"))
        .register(Tokens, NoPort, named("tokens-controller"))
        .register(RootCa { ca_pem: authority.into() }, NoPort, named("root-ca-cert-publisher"))
        .register(Replicas::<ReplicationController>::default(), NoPort, Options::controller("replication"))
        .register(Replicas::<ReplicaSet>::default(), NoPort, Options::controller("replicaset"))
        .register(Deployments, NoPort, Options::controller("deployment"))
        .register(EndpointsReconciler, NoPort, Options::controller("endpoint"))
        .register(EndpointSlices, NoPort, Options::controller("endpointslice"))
        .register(NodeLifecycle, NoPort, Options::controller("node"))
        .register(PodGc::default(), NoPort, named("pod-garbage-collector"))
        .register(GarbageCollector::new((*plane.kinds).clone()), NoPort, named("generic-garbage-collector"))
        .start(&tokio::runtime::Handle::current(), stop)
        .context("cannot start the reconcilers' thread")
}

/// Starts the scheduler on an engine of its own: its overlay of bindings under way is laid once.
pub fn scheduler(plane: &ControlPlane, stop: &CancellationToken) -> Result<EngineHandle> {
    builder(plane)
        .register(Scheduler, NoPort, Options::of(Identity::scheduler()))
        .start(&tokio::runtime::Handle::current(), stop)
        .context("cannot start the scheduler's thread")
}

fn builder(plane: &ControlPlane) -> EngineBuilder {
    EngineBuilder::new(plane.client.clone(), Arc::new(SystemClock::default())).kinds(plane.kinds.clone())
}

/// A controller whose account upstream names without the usual ending.
fn named(account: &str) -> Options {
    let user = format!("system:serviceaccount:kube-system:{account}");
    let groups = ["system:serviceaccounts", "system:serviceaccounts:kube-system", "system:authenticated"];
    Options::of(Identity::of(&user, &groups, account))
}

//! Health and metrics of the components on the ports everyone knows.

use std::fmt::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use kontiki_apiserver::ServerConfig;
use kontiki_apiserver::health::{Check, FnCheck};
use kontiki_apiserver::http::serve_health;
use kontiki_apiserver::virtuals::{COMPONENT_STATUSES, ComponentStatuses};
use kontiki_runtime::engine::EngineHandle;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::debug::{Debug, Local};

/// Controllers: upstream's old insecure port and today's.
pub const CONTROLLERS: &[u16] = &[10252, 10257];
/// The scheduler.
pub const SCHEDULER: &[u16] = &[10251, 10259];
/// The proxy: metrics and health.
pub const PROXY: &[u16] = &[10249, 10256];

/// Serves `/healthz`, `/livez`, `/readyz` and `/metrics` of the engine shown as `name`, and `/debug/reconcilers` of all, on loopback at
/// `ports`, until `stop`.
/// A port that is taken is told once; the component runs all the same.
pub async fn serve(ports: &[u16], name: &'static str, debug: &Arc<Debug>, stop: &CancellationToken) {
    for port in ports {
        let at = SocketAddr::from((Ipv4Addr::LOCALHOST, *port));
        let listener = match TcpListener::bind(at).await {
            Ok(listener) => listener,
            Err(error) => {
                tracing::warn!(%at, %error, "health and metrics are not served there");
                continue;
            }
        };
        let engines = debug.clone();
        let metrics: Arc<dyn Fn() -> String + Send + Sync> =
            Arc::new(move || engines.engine(name).map_or_else(String::new, |engine| metrics(&engine)));
        let checks: Arc<[Arc<dyn Check>]> = Arc::from([]);
        tokio::spawn(serve_health(checks, metrics, Arc::new(Local(debug.clone())), listener, stop.clone()));
    }
}

/// Lets the server of `config` show the engines of this process, and tell whether they have started.
pub fn show(config: &mut ServerConfig, debug: &Arc<Debug>) {
    config.pages = Some(debug.clone());
    let statuses = ComponentStatuses::new(&config.store, checks(debug));
    config.observed.insert(COMPONENT_STATUSES.into(), Arc::new(statuses));
}

/// Whether the components that upstream runs as processes of their own have started here, by upstream's names.
fn checks(debug: &Arc<Debug>) -> Vec<(&'static str, Arc<dyn Check>)> {
    let check = |name: &'static str, engine: &'static str| -> (&'static str, Arc<dyn Check>) {
        let engines = debug.clone();
        let started = move || engines.engine(engine).map(drop).ok_or_else(|| format!("the {name} has not started yet"));
        (name, Arc::new(FnCheck::new(name, started)))
    };
    vec![check("controller-manager", "controllers"), check("scheduler", "scheduler")]
}

/// Prometheus text: what controller-runtime calls these figures.
fn metrics(engine: &EngineHandle) -> String {
    let mut out = String::new();
    let families: [(&str, &str, fn(&kontiki_runtime::engine::Figures) -> u64); 5] = [
        ("controller_runtime_reconcile_total", "counter", |figures| figures.passes()),
        ("controller_runtime_reconcile_errors_total", "counter", |figures| figures.stuck()),
        ("kontiki_reconcile_writes_total", "counter", |figures| figures.intents()),
        ("kontiki_reconcile_writes_refused_total", "counter", |figures| figures.refused()),
        ("workqueue_depth", "gauge", |figures| figures.queue()),
    ];
    for (name, form, figure) in families {
        let _ = writeln!(out, "# TYPE {name} {form}");
        for (reconciler, figures) in engine.figures() {
            let _ = writeln!(out, "{name}{{controller=\"{reconciler}\"}} {}", figure(figures));
        }
    }
    out
}

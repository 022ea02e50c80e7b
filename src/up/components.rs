//! Health and metrics of the components on the ports everyone knows.

use std::fmt::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use kontiki_apiserver::ServerConfig;
use kontiki_apiserver::health::{Check, FnCheck};
use kontiki_apiserver::http::serve_health;
use kontiki_apiserver::virtuals::{COMPONENT_STATUSES, ComponentStatuses};
use kontiki_runtime::engine::EngineHandle;
use kontiki_store::{Leadership, Store};
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

/// Lets the server of `config` show the engines of this process, and tell how they are.
pub fn show(config: &mut ServerConfig, debug: &Arc<Debug>) {
    config.pages = Some(debug.clone());
    let statuses = ComponentStatuses::new(&config.store, checks(&*config.store, debug));
    config.observed.insert(COMPONENT_STATUSES.into(), Arc::new(statuses));
}

/// How the components are that upstream runs as processes of their own, by upstream's names.
fn checks(store: &dyn Store, debug: &Arc<Debug>) -> Vec<(&'static str, Arc<dyn Check>)> {
    let check = |name: &'static str, engine: &'static str| -> (&'static str, Arc<dyn Check>) {
        let (engines, leadership) = (debug.clone(), store.leadership());
        let well = move || is_well(name, engines.engine(engine).is_some(), &leadership.borrow());
        (name, Arc::new(FnCheck::new(name, well)))
    };
    vec![check("controller-manager", "controllers"), check("scheduler", "scheduler")]
}

/// A component runs where its master leads; on the others it stands by, as upstream's do.
fn is_well(name: &str, started: bool, leadership: &Leadership) -> Result<(), String> {
    let stands_by = leadership.leader.is_some() && leadership.own.is_none();
    if started || stands_by { Ok(()) } else { Err(format!("the {name} has not started yet")) }
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
            // Upstream's controllers call themselves so here, newer ones of controller-runtime both.
            let queue = if name.starts_with("workqueue") { format!(",name=\"{reconciler}\"") } else { String::new() };
            let _ = writeln!(out, "{name}{{controller=\"{reconciler}\"{queue}}} {}", figure(figures));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use kontiki_api::meta::Revision;
    use kontiki_api::request::LeaderId;

    use super::*;

    #[test]
    fn who_stands_by_is_well_and_who_leads_must_have_started() {
        let leader = Some(LeaderId { term: 1, node: 2 });
        let nobody = Leadership { leader: None, own: None };
        let other = Leadership { leader, own: None };
        let own = Leadership { leader, own: Some(Revision(1)) };
        let well = |started, leadership| is_well("scheduler", started, leadership).is_ok();
        assert_eq!([&nobody, &other, &own].map(|leadership| well(false, leadership)), [false, true, false]);
        assert!([&nobody, &other, &own].iter().all(|leadership| well(true, leadership)));
    }
}

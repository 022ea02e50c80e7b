//! The registry of one server.

use std::time::Duration;

use kontiki_api::Text;
use kontiki_api::kind::Kind;
use parking_lot::Mutex;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Metric, Registry};

/// A shared text as a label's value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Label(Text);

impl EncodeLabelValue for Label {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> Result<(), std::fmt::Error> {
        (&*self.0).encode(encoder)
    }
}

impl From<&Text> for Label {
    fn from(text: &Text) -> Self {
        Self(text.clone())
    }
}

/// What tells requests apart in the figures.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct RequestLabels {
    /// `LIST`, `GET`, `POST` and so on, as upstream counts them.
    pub verb: &'static str,
    /// API group.
    pub group: Label,
    /// API version.
    pub version: Label,
    /// Plural.
    pub resource: Label,
    /// Subresource.
    pub subresource: Label,
    /// `cluster`, `namespace`, `resource`.
    pub scope: &'static str,
    /// `apiserver`.
    pub component: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct AnsweredLabels {
    verb: &'static str,
    group: Label,
    version: Label,
    resource: Label,
    subresource: Label,
    scope: &'static str,
    component: &'static str,
    code: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct KindLabels {
    request_kind: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct WatchLabels {
    group: Label,
    version: Label,
    kind: Label,
    resource: Label,
}

/// Upstream's bounds of request durations, in seconds.
const BOUNDS: [f64; 22] =
    [0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0, 1.25, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 15.0, 20.0, 30.0, 60.0];

fn durations() -> Histogram {
    Histogram::new(BOUNDS)
}

/// The figures of one server, and those that others register beside.
pub struct Metrics {
    registry: Mutex<Registry>,
    requests: Family<AnsweredLabels, Counter>,
    durations: Family<RequestLabels, Histogram, fn() -> Histogram>,
    long_running: Family<RequestLabels, Gauge>,
    in_flight: Family<KindLabels, Gauge>,
    watched: Family<WatchLabels, Counter>,
}

impl Metrics {
    /// An empty registry with the server's own figures.
    pub fn new() -> Self {
        let mut registry = Registry::default();
        let requests = Family::<AnsweredLabels, Counter>::default();
        let durations = Family::new_with_constructor(durations as fn() -> Histogram);
        let long_running = Family::<RequestLabels, Gauge>::default();
        let in_flight = Family::<KindLabels, Gauge>::default();
        let watched = Family::<WatchLabels, Counter>::default();
        registry.register("apiserver_request", "Requests answered.", requests.clone());
        registry.register("apiserver_request_duration_seconds", "Time from request to answer.", durations.clone());
        registry.register("apiserver_longrunning_requests", "Watches and connections under way.", long_running.clone());
        registry.register("apiserver_current_inflight_requests", "Other requests under way.", in_flight.clone());
        registry.register("apiserver_watch_events", "Events sent to watchers.", watched.clone());
        Self { registry: Mutex::new(registry), requests, durations, long_running, in_flight, watched }
    }

    /// Registers another figure; counters without `_total` in `name`, which is added.
    pub fn register(&self, name: &str, help: &str, metric: impl Metric) {
        self.registry.lock().register(name, help, metric);
    }

    /// Counts an answered request.
    pub fn answered(&self, labels: &RequestLabels, code: u16, took: Duration) {
        let of = labels.clone();
        let labels_with_code = AnsweredLabels {
            verb: of.verb,
            group: of.group,
            version: of.version,
            resource: of.resource,
            subresource: of.subresource,
            scope: of.scope,
            component: of.component,
            code,
        };
        self.requests.get_or_create(&labels_with_code).inc();
        self.durations.get_or_create(labels).observe(took.as_secs_f64());
    }

    /// The gauge of watches and connections like `labels`.
    pub fn long_running(&self, labels: &RequestLabels) -> Gauge {
        self.long_running.get_or_create(labels).clone()
    }

    /// The gauge of all other requests under way that change something, or do not.
    pub fn in_flight(&self, mutating: bool) -> Gauge {
        let request_kind = if mutating { "mutating" } else { "readOnly" };
        self.in_flight.get_or_create(&KindLabels { request_kind }).clone()
    }

    /// The counter of events that watchers of `kind` are sent.
    pub fn watched(&self, kind: &Kind) -> Counter {
        let labels = WatchLabels {
            group: (&kind.group).into(),
            version: (&kind.version).into(),
            kind: (&kind.kind).into(),
            resource: (&kind.plural).into(),
        };
        self.watched.get_or_create(&labels).clone()
    }

    /// All figures as OpenMetrics text.
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing into a string cannot fail.
        let _ = prometheus_client::encoding::text::encode(&mut text, &self.registry.lock());
        text
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

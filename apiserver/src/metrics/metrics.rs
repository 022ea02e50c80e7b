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

use super::Sizes;
use super::process::Process;

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
    #[prometheus(flatten)]
    request: RequestLabels,
    dry_run: &'static str,
    code: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct DurationLabels {
    #[prometheus(flatten)]
    request: RequestLabels,
    dry_run: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct TerminatedLabels {
    #[prometheus(flatten)]
    request: RequestLabels,
    code: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct DeprecatedLabels {
    group: Label,
    version: Label,
    resource: Label,
    subresource: Label,
    removed_release: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct KindLabels {
    request_kind: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct WatchLabels {
    group: Label,
    version: Label,
    resource: Label,
}

/// Upstream's bounds of request durations, in seconds.
const BOUNDS: [f64; 23] = [
    0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0, 1.25, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 15.0, 20.0, 30.0, 45.0, 60.0,
];

/// The bounds of durations without waiting: upstream's have nothing below.
const SLI_ABOVE: f64 = 0.05;

/// Upstream's bounds of the sizes of answers, in bytes.
const SIZES: [f64; 7] = [1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];

fn durations() -> Histogram {
    Histogram::new(BOUNDS)
}

fn slis() -> Histogram {
    Histogram::new(BOUNDS.into_iter().filter(|bound| *bound >= SLI_ABOVE))
}

fn sizes() -> Histogram {
    Histogram::new(SIZES)
}

/// The version as labels of a figure that is always one.
fn build_info() -> Family<Vec<(&'static str, String)>, Gauge> {
    let version = crate::http::version();
    let names = [
        ("major", "major"),
        ("minor", "minor"),
        ("git_version", "gitVersion"),
        ("git_commit", "gitCommit"),
        ("git_tree_state", "gitTreeState"),
        ("build_date", "buildDate"),
        ("go_version", "goVersion"),
        ("compiler", "compiler"),
        ("platform", "platform"),
    ];
    let info = Family::<Vec<(&'static str, String)>, Gauge>::default();
    info.get_or_create(&names.map(|(label, name)| (label, version[name].as_str().unwrap_or_default().to_owned())).into()).set(1);
    info
}

/// The figures of what watchers of one kind are sent.
#[derive(Clone, Debug)]
pub struct Watched {
    events: Counter,
    sizes: Sizes,
}

impl Watched {
    /// Some events were sent, which have so many bytes together.
    pub fn sent(&self, events: usize, bytes: usize) {
        self.events.inc_by(events as u64);
        self.sizes.observe(events as u64, bytes as u64);
    }
}

/// The figures of one server, and those that others register beside.
pub struct Metrics {
    registry: Mutex<Registry>,
    requests: Family<AnsweredLabels, Counter>,
    durations: Family<DurationLabels, Histogram, fn() -> Histogram>,
    slis: Family<RequestLabels, Histogram, fn() -> Histogram>,
    response_sizes: Family<RequestLabels, Histogram, fn() -> Histogram>,
    long_running: Family<RequestLabels, Gauge>,
    reading: Gauge,
    mutating: Gauge,
    watched: Family<WatchLabels, Counter>,
    watched_sizes: Family<WatchLabels, Sizes>,
    terminations: Family<TerminatedLabels, Counter>,
    deprecated: Family<DeprecatedLabels, Gauge>,
}

impl Metrics {
    /// An empty registry with the server's own figures.
    pub fn new() -> Self {
        let mut registry = Registry::default();
        let requests = Family::<AnsweredLabels, Counter>::default();
        let durations = Family::new_with_constructor(durations as fn() -> Histogram);
        let slis = Family::new_with_constructor(slis as fn() -> Histogram);
        let response_sizes = Family::new_with_constructor(sizes as fn() -> Histogram);
        let long_running = Family::<RequestLabels, Gauge>::default();
        let in_flight = Family::<KindLabels, Gauge>::default();
        let watched = Family::<WatchLabels, Counter>::default();
        let watched_sizes = Family::<WatchLabels, Sizes>::default();
        registry.register("apiserver_request", "Requests answered.", requests.clone());
        registry.register("apiserver_request_duration_seconds", "Time from request to answer.", durations.clone());
        registry.register("apiserver_request_sli_duration_seconds", "The same without waiting.", slis.clone());
        registry.register("apiserver_response_sizes", "Bytes of answers to GET and LIST.", response_sizes.clone());
        registry.register("apiserver_longrunning_requests", "Watches and connections under way.", long_running.clone());
        let of_kind = |request_kind| in_flight.get_or_create_owned(&KindLabels { request_kind });
        let (reading, mutating) = (of_kind("readOnly"), of_kind("mutating"));
        registry.register("apiserver_current_inflight_requests", "Other requests under way.", in_flight);
        registry.register("apiserver_watch_events", "Events sent to watchers.", watched.clone());
        registry.register("apiserver_watch_events_sizes", "Bytes of events sent to watchers.", watched_sizes.clone());
        let (terminations, deprecated) =
            (Family::<TerminatedLabels, Counter>::default(), Family::<DeprecatedLabels, Gauge>::default());
        let ended = "Requests refused or given up to keep the server well.";
        registry.register("apiserver_request_terminations", ended, terminations.clone());
        registry.register("apiserver_requested_deprecated_apis", "Old APIs that were asked for.", deprecated.clone());
        registry.register("kubernetes_build_info", "What this server is built from.", build_info());
        registry.register_collector(Box::new(Process));
        Self {
            registry: Mutex::new(registry),
            requests,
            durations,
            slis,
            response_sizes,
            long_running,
            reading,
            mutating,
            watched,
            watched_sizes,
            terminations,
            deprecated,
        }
    }

    /// A request was refused or given up with this code, so that others are served.
    pub fn terminated(&self, labels: &RequestLabels, code: u16) {
        self.terminations.get_or_create(&TerminatedLabels { request: labels.clone(), code }).inc();
    }

    /// A deprecated version of `kind`, or of what lies below it, was asked for.
    pub fn deprecated(&self, kind: &Kind, subresource: &Text) {
        let labels = DeprecatedLabels {
            group: (&kind.group).into(),
            version: (&kind.version).into(),
            resource: (&kind.plural).into(),
            subresource: subresource.into(),
            removed_release: "",
        };
        self.deprecated.get_or_create(&labels).set(1);
    }

    /// Registers another figure; counters without `_total` in `name`, which is added.
    pub fn register(&self, name: &str, help: &str, metric: impl Metric) {
        self.registry.lock().register(name, help, metric);
    }

    /// Counts an answered request, of which `waited` was spent waiting for a seat; `bytes` are those of its answer,
    /// where they are known. `dry_run` is what was asked for: `All`, nothing, or `invalid`.
    pub fn answered(
        &self,
        labels: &RequestLabels,
        dry_run: &'static str,
        code: u16,
        took: Duration,
        waited: Duration,
        bytes: Option<u64>,
    ) {
        self.requests.get_or_create(&AnsweredLabels { request: labels.clone(), dry_run, code }).inc();
        self.durations.get_or_create(&DurationLabels { request: labels.clone(), dry_run }).observe(took.as_secs_f64());
        self.slis.get_or_create(labels).observe(took.saturating_sub(waited).as_secs_f64());
        if let Some(bytes) = bytes.filter(|_| matches!(labels.verb, "GET" | "LIST")) {
            self.response_sizes.get_or_create(labels).observe(bytes as f64);
        }
    }

    /// The gauge of watches and connections like `labels`.
    pub fn long_running(&self, labels: &RequestLabels) -> Gauge {
        self.long_running.get_or_create(labels).clone()
    }

    /// The gauge of all other requests under way that change something, or do not.
    pub fn in_flight(&self, mutating: bool) -> Gauge {
        if mutating { self.mutating.clone() } else { self.reading.clone() }
    }

    /// The figures of what watchers of `kind` are sent.
    pub fn watched(&self, kind: &Kind) -> Watched {
        let labels =
            WatchLabels { group: (&kind.group).into(), version: (&kind.version).into(), resource: (&kind.plural).into() };
        Watched { events: self.watched.get_or_create(&labels).clone(), sizes: self.watched_sizes.get_or_create(&labels).clone() }
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

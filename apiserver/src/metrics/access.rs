//! Figures of who asks and what they may, under upstream's names.

use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};

use super::Metrics;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ResultLabels {
    result: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct UserLabels {
    username: &'static str,
}

/// Upstream's bounds of the time for which a certificate still holds, in seconds: none, half an hour to a year.
const LEFT: [f64; 14] = [
    0.0,
    1800.0,
    3600.0,
    7200.0,
    21600.0,
    43200.0,
    86400.0,
    172_800.0,
    345_600.0,
    604_800.0,
    2_592_000.0,
    7_776_000.0,
    15_552_000.0,
    31_104_000.0,
];

/// How often something came out in one way, and how long that took. The gauge counts what upstream's name does not say is counted.
#[derive(Debug)]
struct Outcome<C> {
    count: C,
    took: Histogram,
}

/// The figures of authentication and authorization.
#[derive(Debug)]
pub(crate) struct AccessFigures {
    users: Family<UserLabels, Gauge>,
    known: Outcome<Gauge>,
    unknown: Outcome<Gauge>,
    allowed: Outcome<Counter>,
    refused: Outcome<Counter>,
    certificates: Histogram,
    handshakes: Counter,
}

fn durations() -> Histogram {
    Histogram::new(exponential_buckets(0.001, 2.0, 15))
}

impl AccessFigures {
    /// Figures that `metrics` shows.
    pub fn new(metrics: &Metrics) -> Self {
        let users = Family::<UserLabels, Gauge>::default();
        let attempts = Family::<ResultLabels, Gauge>::default();
        let decisions = Family::<ResultLabels, Counter>::default();
        let authentications = Family::<ResultLabels, Histogram, _>::new_with_constructor(durations as fn() -> Histogram);
        let authorizations = Family::<ResultLabels, Histogram, _>::new_with_constructor(durations as fn() -> Histogram);
        let (certificates, handshakes) = (Histogram::new(LEFT), Counter::default());
        metrics.register("authenticated_user_requests", "Requests by what kind of name their user has.", users.clone());
        metrics.register("authentication_attempts", "Requests whose user was looked for.", attempts.clone());
        metrics.register("authentication_duration_seconds", "Time it took to know the user.", authentications.clone());
        metrics.register("authorization_attempts", "Requests by whether they are allowed.", decisions.clone());
        metrics.register("authorization_duration_seconds", "Time it took to allow or refuse.", authorizations.clone());
        let left = "How long the certificates of clients still hold, at each request.";
        metrics.register("apiserver_client_certificate_expiration_seconds", left, certificates.clone());
        metrics.register("apiserver_tls_handshake_errors", "TLS handshakes that failed.", handshakes.clone());
        let authentication = |result| Outcome {
            count: attempts.get_or_create_owned(&ResultLabels { result }),
            took: authentications.get_or_create_owned(&ResultLabels { result }),
        };
        let authorization = |result| Outcome {
            count: decisions.get_or_create_owned(&ResultLabels { result }),
            took: authorizations.get_or_create_owned(&ResultLabels { result }),
        };
        Self {
            users,
            known: authentication("success"),
            unknown: authentication("error"),
            allowed: authorization("allowed"),
            refused: authorization("no-opinion"),
            certificates,
            handshakes,
        }
    }

    /// A request turned out to be of `user`, or of nobody that is known.
    pub fn authenticated(&self, user: Option<&str>, took: Duration) {
        let outcome = if user.is_some() { &self.known } else { &self.unknown };
        outcome.count.inc();
        outcome.took.observe(took.as_secs_f64());
        if let Some(user) = user {
            self.users.get_or_create(&UserLabels { username: kind_of_name(user) }).inc();
        }
    }

    /// A request was allowed or refused.
    pub fn authorized(&self, allowed: bool, took: Duration) {
        let outcome = if allowed { &self.allowed } else { &self.refused };
        outcome.count.inc();
        outcome.took.observe(took.as_secs_f64());
    }

    /// The certificate that a request's user is known by holds for so many seconds.
    pub fn certificate(&self, left: f64) {
        self.certificates.observe(left);
    }

    /// A TLS handshake failed.
    pub fn handshake_failed(&self) {
        self.handshakes.inc();
    }
}

/// Names are not told: nobody shall make as many figures as they like.
fn kind_of_name(user: &str) -> &'static str {
    match user {
        "admin" => "admin",
        "client" => "client",
        "kube_proxy" => "kube_proxy",
        "kubelet" => "kubelet",
        "system:serviceaccount:kube-system:default" => "system:serviceaccount:kube-system:default",
        other if other.contains('@') => "email_id",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::plain;

    #[test]
    fn users_are_counted_without_their_names() {
        let metrics = Metrics::new();
        let figures = AccessFigures::new(&metrics);
        for user in [Some("admin"), Some("eve@example.com"), Some("alice"), Some("bob"), None] {
            figures.authenticated(user, Duration::from_millis(3));
        }
        figures.authorized(true, Duration::from_micros(10));
        figures.authorized(false, Duration::from_secs(60));
        figures.certificate(5400.0);
        figures.handshake_failed();
        let text = plain(&metrics.text());
        for line in [
            "# TYPE authenticated_user_requests counter",
            "authenticated_user_requests{username=\"admin\"} 1",
            "authenticated_user_requests{username=\"email_id\"} 1",
            "authenticated_user_requests{username=\"other\"} 2",
            "# TYPE authentication_attempts counter",
            "authentication_attempts{result=\"success\"} 4",
            "authentication_attempts{result=\"error\"} 1",
            "authentication_duration_seconds_bucket{le=\"0.004\",result=\"success\"} 4",
            "authorization_attempts_total{result=\"allowed\"} 1",
            "authorization_attempts_total{result=\"no-opinion\"} 1",
            "authorization_duration_seconds_bucket{le=\"16.384\",result=\"no-opinion\"} 0",
            "apiserver_client_certificate_expiration_seconds_bucket{le=\"3600\"} 0",
            "apiserver_client_certificate_expiration_seconds_bucket{le=\"7200\"} 1",
            "apiserver_tls_handshake_errors_total 1",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}: {text}");
        }
    }
}

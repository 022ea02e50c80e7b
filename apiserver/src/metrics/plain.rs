//! The older text format of Prometheus, which upstream answers unless asked for OpenMetrics.

/// Upstream's counters whose names do not say so.
const COUNTERS: [&str; 4] = [
    "apiserver_admission_webhook_rejection_count",
    "apiserver_admission_webhook_fail_open_count",
    "authenticated_user_requests",
    "authentication_attempts",
];

/// The media type of this format.
pub const PLAIN: &str = "text/plain; version=0.0.4; charset=utf-8";

/// OpenMetrics `text` in the older format: counters are declared under the names of their samples, bounds are written as Go does.
pub fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut help = None;
    for line in text.lines() {
        let mut words = line.splitn(4, ' ');
        match (words.next(), words.next(), words.next(), words.next()) {
            (Some("#"), Some("HELP"), Some(_), told) => help = told,
            (Some("#"), Some("TYPE"), Some(name), Some(kind)) => {
                let total = if kind == "counter" { "_total" } else { "" };
                let kind = if COUNTERS.contains(&name) { "counter" } else { kind };
                let help = help.take().unwrap_or_default().trim_end_matches('.');
                out.push_str(&format!("# HELP {name}{total} {help}.\n# TYPE {name}{total} {kind}\n"));
            }
            (Some("#"), ..) => {}
            _ => {
                bounded(line, &mut out);
                out.push('\n');
            }
        }
    }
    out
}

/// A sample with its bound, where it has one, as Go writes it: `1`, `0.5`, `1e+06`.
fn bounded(line: &str, out: &mut String) {
    let whole = line.find("le=\"").and_then(|at| {
        let (before, rest) = line.split_at_checked(at + 4)?;
        let (bound, after) = rest.split_once('"')?;
        Some((before, bound.strip_suffix(".0")?, after))
    });
    let Some((before, bound, after)) = whole else { return out.push_str(line) };
    out.push_str(before);
    match bound.strip_prefix('1').filter(|zeros| zeros.len() >= 6 && zeros.bytes().all(|byte| byte == b'0')) {
        Some(zeros) => out.push_str(&format!("1e+{:02}", zeros.len())),
        None => out.push_str(bound),
    }
    out.push('"');
    out.push_str(after);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_and_bounds_are_written_as_upstream_does() {
        let open = "# HELP a Requests..\n# TYPE a counter\na_total{b=\"x y\"} 1\n# HELP s Sizes.\n# TYPE s histogram\n# UNIT s bytes\n\
            s_bucket{le=\"0.5\",b=\"c\"} 1\ns_bucket{le=\"1.0\"} 1\ns_bucket{le=\"1000000.0\"} 1\ns_bucket{le=\"+Inf\"} 1\n\
            # HELP apiserver_admission_webhook_rejection_count No.\n# TYPE apiserver_admission_webhook_rejection_count gauge\n# EOF\n";
        let wanted = "# HELP a_total Requests.\n# TYPE a_total counter\na_total{b=\"x y\"} 1\n# HELP s Sizes.\n# TYPE s histogram\n\
            s_bucket{le=\"0.5\",b=\"c\"} 1\ns_bucket{le=\"1\"} 1\ns_bucket{le=\"1e+06\"} 1\ns_bucket{le=\"+Inf\"} 1\n\
            # HELP apiserver_admission_webhook_rejection_count No.\n# TYPE apiserver_admission_webhook_rejection_count counter\n";
        assert_eq!(plain(open), wanted);
    }
}

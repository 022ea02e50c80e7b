//! What the health paths answer.

use std::fmt::Write;
use std::sync::Arc;

use super::Check;

/// An answer of a health path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// Whether everything is well: 200, else 500.
    pub well: bool,
    /// The text.
    pub text: String,
}

/// The answer of `/healthz` and the like: `path` is its first word, `only` the one check asked for
/// (`/readyz/ping`), `exclude` those left out. `None` where `only` is not a check.
pub fn report(path: &str, checks: &[Arc<dyn Check>], only: Option<&str>, exclude: &[&str], verbose: bool) -> Option<Health> {
    if only.is_some_and(|only| only != "ping" && !checks.iter().any(|check| check.name() == only)) {
        return None;
    }
    let mut text = String::new();
    let mut failed = Vec::new();
    if only.is_none_or(|only| only == "ping") {
        text.push_str("[+]ping ok\n");
    }
    for check in checks.iter().filter(|check| only.is_none_or(|only| only == check.name())) {
        let name = check.name();
        if exclude.contains(&name) {
            let _ = writeln!(text, "[+]{name} excluded: ok");
            continue;
        }
        match check.check() {
            Ok(()) => drop(writeln!(text, "[+]{name} ok")),
            Err(why) => {
                let _ = writeln!(text, "[-]{name} failed: {why}");
                failed.push(name);
            }
        }
    }
    let well = failed.is_empty();
    if well && !verbose {
        return Some(Health { well, text: "ok".into() });
    }
    let _ = writeln!(text, "{path} check {}", if well { "passed" } else { "failed" });
    Some(Health { well, text })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::health::FnCheck;

    #[test]
    fn a_failing_check_is_named() {
        let checks: Vec<Arc<dyn Check>> =
            vec![Arc::new(FnCheck::new("store", || Err("no leader".into()))), Arc::new(FnCheck::new("log", || Ok(())))];
        let all = report("readyz", &checks, None, &[], false).unwrap();
        assert_eq!(all.text, "[+]ping ok\n[-]store failed: no leader\n[+]log ok\nreadyz check failed\n");
        assert!(report("readyz", &checks, None, &["store"], false).unwrap().well);
        assert_eq!(report("livez", &checks, Some("ping"), &[], false).unwrap().text, "ok");
        assert!(report("livez", &checks, Some("unknown"), &[], false).is_none());
    }
}

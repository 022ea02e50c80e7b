//! What the health paths answer.

use std::collections::BTreeSet;
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

impl Health {
    fn new(well: bool, text: impl Into<String>) -> Self {
        Self { well, text: text.into() }
    }
}

/// The answer of `/healthz` and the like: `path` is its first word, `only` the one check asked for
/// (`/readyz/ping`), `exclude` those left out. `None` where `only` is not a check. Why one fails is told only to who asks for it
/// alone, which takes a right of its own: anybody sees the whole.
pub fn report(path: &str, checks: &[Arc<dyn Check>], only: Option<&str>, exclude: &[&str], verbose: bool) -> Option<Health> {
    let checks = checks.iter().filter(|check| check.is_of(path)).map(|check| (check.name(), Some(check)));
    let mut checks = std::iter::once(("ping", None)).chain(checks);
    let judge = |check: Option<&Arc<dyn Check>>| check.map_or(Ok(()), |check| check.check());
    if let Some(only) = only {
        let (_, check) = checks.find(|(name, _)| *name == only)?;
        let told = judge(check);
        return Some(
            told.map_or_else(|why| Health::new(false, format!("internal server error: {why}\n")), |()| Health::new(true, "ok")),
        );
    }
    let (mut text, mut well) = (String::new(), true);
    let mut unknown: BTreeSet<&str> = exclude.iter().copied().collect();
    for (name, check) in checks {
        if exclude.contains(&name) {
            unknown.remove(name);
            let _ = writeln!(text, "[+]{name} excluded: ok");
        } else if let Err(why) = judge(check) {
            tracing::debug!(path, name, why, "a health check fails");
            let _ = writeln!(text, "[-]{name} failed: reason withheld");
            well = false;
        } else {
            let _ = writeln!(text, "[+]{name} ok");
        }
    }
    if !unknown.is_empty() {
        let names: Vec<String> = unknown.iter().map(|name| format!("{name:?}")).collect();
        let _ = writeln!(text, "warn: some health checks cannot be excluded: no matches for {}", names.join(","));
    }
    if well && !verbose {
        return Some(Health::new(well, "ok"));
    }
    let _ = writeln!(text, "{path} check {}", if well { "passed" } else { "failed" });
    Some(Health::new(well, text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::health::FnCheck;

    struct Ready;

    impl Check for Ready {
        fn name(&self) -> &str {
            "ready"
        }

        fn check(&self) -> Result<(), String> {
            Ok(())
        }

        fn is_of(&self, path: &str) -> bool {
            path == "readyz"
        }
    }

    fn checks() -> Vec<Arc<dyn Check>> {
        let store = FnCheck::new("store", || Err("no leader".into()));
        vec![Arc::new(store), Arc::new(FnCheck::new("log", || Ok(()))), Arc::new(Ready)]
    }

    #[test]
    fn a_failing_check_is_named_and_why_it_fails_is_told_to_who_asks_for_it() {
        let all = report("readyz", &checks(), None, &[], false).unwrap();
        assert_eq!(all.text, "[+]ping ok\n[-]store failed: reason withheld\n[+]log ok\n[+]ready ok\nreadyz check failed\n");
        let one = report("readyz", &checks(), Some("store"), &[], true).unwrap();
        assert_eq!(one, Health::new(false, "internal server error: no leader\n"));
        for name in ["ping", "log"] {
            assert_eq!(report("livez", &checks(), Some(name), &[], true).unwrap(), Health::new(true, "ok"), "{name}");
        }
        for name in ["unknown", "ready"] {
            assert!(report("livez", &checks(), Some(name), &[], false).is_none(), "{name}");
        }
    }

    #[test]
    fn checks_are_excluded_by_name_and_what_is_none_is_warned_of() {
        assert_eq!(report("readyz", &checks(), None, &["store"], false).unwrap(), Health::new(true, "ok"));
        let told = report("livez", &checks(), None, &["store", "x", "ready"], true).unwrap();
        let warning = "warn: some health checks cannot be excluded: no matches for \"ready\",\"x\"";
        let wanted = format!("[+]ping ok\n[+]store excluded: ok\n[+]log ok\n{warning}\nlivez check passed\n");
        assert_eq!(told, Health::new(true, wanted));
    }
}

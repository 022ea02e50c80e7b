//! One webhook of a configuration.

use std::time::Duration;

use serde_json::Value;

use super::rules::Rules;
use super::selectors::Selectors;
use crate::admit::policy::Definition;
use crate::webhook::ClientConfig;

/// One webhook, read.
#[derive(Debug)]
pub(super) struct Hook {
    /// Its name, `deny.example.com`.
    pub name: String,
    /// Tells it apart from all others: configuration and place in it.
    pub id: (String, usize),
    /// Where it is, or why that cannot be told.
    pub client: Result<ClientConfig, String>,
    /// Which requests it wants to see.
    pub rules: Rules,
    /// Of which namespaces and objects.
    pub selectors: Selectors,
    /// `matchConditions`, compiled; `None` where there are none.
    pub conditions: Option<Definition>,
    /// Whether the request goes on where it cannot be called.
    pub fails_open: bool,
    /// Whether it may be called for a dry run.
    pub takes_dry_run: bool,
    /// Whether it is called once more where later ones changed the object.
    pub called_again: bool,
    /// How long it has.
    pub timeout: Duration,
    /// Versions of the review that it reads.
    pub versions: Vec<String>,
}

impl Hook {
    /// Reads the webhook that stands at `at` in the configuration `configuration`.
    pub fn read(configuration: &str, at: usize, hook: &Value) -> Self {
        let text = |name: &str| hook.get(name).and_then(Value::as_str).unwrap_or_default();
        let list = |name: &str| hook.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        Self {
            name: text("name").into(),
            id: (configuration.into(), at),
            client: ClientConfig::read(hook.get("clientConfig").unwrap_or(&Value::Null)).map_err(|error| error.to_string()),
            rules: Rules::read(list("rules"), text("matchPolicy")),
            selectors: Selectors::read(hook),
            conditions: conditions(list("matchConditions")),
            fails_open: text("failurePolicy") == "Ignore",
            takes_dry_run: matches!(text("sideEffects"), "None" | "NoneOnDryRun"),
            called_again: text("reinvocationPolicy") == "IfNeeded",
            timeout: Duration::from_secs(hook.get("timeoutSeconds").and_then(Value::as_u64).unwrap_or(10)),
            versions: list("admissionReviewVersions").iter().filter_map(Value::as_str).map(String::from).collect(),
        }
    }
}

fn conditions(conditions: &[Value]) -> Option<Definition> {
    (!conditions.is_empty()).then(|| Definition::of_conditions(conditions))
}

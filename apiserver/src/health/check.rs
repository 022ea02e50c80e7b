//! One thing that must be well.

use std::sync::Arc;

use kontiki_api::meta::Key;
use kontiki_store::Store;

/// One named check.
pub trait Check: Send + Sync + 'static {
    /// Its name in paths and reports.
    fn name(&self) -> &str;

    /// Whether it is well now; must answer at once.
    ///
    /// # Errors
    /// What is wrong, for people.
    fn check(&self) -> Result<(), String>;

    /// Whether it is asked at `path`: `healthz`, `livez` or `readyz`.
    fn is_of(&self, _path: &str) -> bool {
        true
    }
}

/// A check that is a function.
pub struct FnCheck<F> {
    name: &'static str,
    function: F,
}

impl<F: Fn() -> Result<(), String> + Send + Sync + 'static> FnCheck<F> {
    /// The check `name`, done by `function`.
    pub const fn new(name: &'static str, function: F) -> Self {
        Self { name, function }
    }
}

impl<F: Fn() -> Result<(), String> + Send + Sync + 'static> Check for FnCheck<F> {
    fn name(&self) -> &str {
        self.name
    }

    fn check(&self) -> Result<(), String> {
        (self.function)()
    }
}

/// Whether the store takes writes, or knows who does. Named as upstream's checks of its store, which monitoring asks for.
pub(crate) struct StoreCheck {
    pub store: Arc<dyn Store>,
    /// The one that is of `/readyz` alone.
    pub readiness: bool,
}

impl Check for StoreCheck {
    fn name(&self) -> &str {
        if self.readiness { "etcd-readiness" } else { "etcd" }
    }

    fn check(&self) -> Result<(), String> {
        let leadership = *self.store.leadership().borrow();
        let follows = leadership.own.is_none() && leadership.leader.is_some();
        let well = follows || self.store.status().leader;
        if well { Ok(()) } else { Err("the log takes no writes here and knows no leader".into()) }
    }

    fn is_of(&self, path: &str) -> bool {
        !self.readiness || path == "readyz"
    }
}

/// Whether what every cluster starts with is there: whoever waits for `/readyz` may create in the namespace `default` at once.
pub(crate) struct BeginningCheck {
    pub store: Arc<dyn Store>,
    pub name: &'static str,
}

impl BeginningCheck {
    /// Upstream's names of checks of parts of it.
    pub const NAMES: [&'static str; 2] =
        ["poststarthook/start-system-namespaces-controller", "poststarthook/rbac/bootstrap-roles"];
}

impl Check for BeginningCheck {
    fn name(&self) -> &str {
        self.name
    }

    fn check(&self) -> Result<(), String> {
        // All of it is one commit.
        let found = self.store.get(&Key::new("namespaces", "", "default"));
        found.map(drop).ok_or_else(|| "the namespace \"default\" is not there yet".into())
    }
}

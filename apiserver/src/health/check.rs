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

/// Whether the store takes writes, or knows who does. Named as upstream's check of its store, which monitoring asks for.
pub(crate) struct StoreCheck(pub Arc<dyn Store>);

impl Check for StoreCheck {
    fn name(&self) -> &str {
        "etcd"
    }

    fn check(&self) -> Result<(), String> {
        let leadership = *self.0.leadership().borrow();
        let follows = leadership.own.is_none() && leadership.leader.is_some();
        if follows || self.0.status().leader { Ok(()) } else { Err("the log takes no writes here and knows no leader".into()) }
    }
}

/// Whether what every cluster starts with is there: whoever waits for `/readyz` may create in the namespace `default` at once.
/// Named as upstream's check of the same.
pub(crate) struct NamespacesCheck(pub Arc<dyn Store>);

impl Check for NamespacesCheck {
    fn name(&self) -> &str {
        "poststarthook/start-system-namespaces-controller"
    }

    fn check(&self) -> Result<(), String> {
        // All of it is one commit.
        let found = self.0.get(&Key::new("namespaces", "", "default"));
        found.map(drop).ok_or_else(|| "the namespace \"default\" is not there yet".into())
    }
}
